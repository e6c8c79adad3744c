import { chmod, mkdir, open, writeFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Logger } from '../base/log.ts'
import {
  apparmorOf,
  capabilityNames,
  cgroupParentOf,
  groupsOf,
  identityOf,
  limitsOf,
  oomScoreAdj,
  seccompOf,
  userOf,
} from './container-spec.ts'
import type { PodPlace } from './downward.ts'
import { ConfigError, containerEnv, expandAll } from './env.ts'
import { imageVolumes } from './image-volumes.ts'
import { type Images, StartFailure, type Tell } from './images.ts'
import { PodDir } from './pod-dir.ts'
import { volumeMounts } from './pod-volumes.ts'
import { hostnameOf, type PodContainer, type PodView, podUidOf, specOf, usesHostNetwork } from './pods.ts'
import type { References } from './references.ts'
import type { ContainerSpec, Mount, Runtime, RuntimeContainer, RuntimeImage, RuntimeInfo } from './runtime/runtime.ts'
import { NOTE, resourcesText, specHash } from './step-pod.ts'
import type { VolumePath } from './volumes/volume.ts'

export interface StarterOptions {
  readonly runtime: Runtime
  readonly images: Images
  readonly log: Logger
  readonly dataDir: string
  readonly clusterDomain: string
  readonly nodeMemoryBytes: number
  /** The runtime's properties, known once it is connected. */
  readonly info: () => RuntimeInfo
  /** Variables for the services that a pod may know. */
  readonly services: (pod: PodView) => ReadonlyMap<string, string>
}

export interface StartRequest {
  readonly pod: PodView
  readonly container: PodContainer
  readonly attempt: number
  readonly delayMs: number
  /** How often all containers of the pod were begun anew before. */
  readonly round: number
  readonly sandbox: RuntimeContainer
  readonly place: PodPlace
  readonly references: References
  readonly volumes: ReadonlyMap<string, VolumePath>
  /** The container whose processes an ephemeral container sees; empty for none. */
  readonly targetId: string
  readonly tell: Tell
  readonly tellPod: Tell
  readonly signal: AbortSignal
  /** Takes what else was made for the pod, to be removed with it. */
  readonly keep: (c: RuntimeContainer) => void
}

/** Makes and starts containers. */
export class ContainerStarter {
  readonly #o: StarterOptions

  constructor(options: StarterOptions) {
    this.#o = options
  }

  /** The container, running or, where its process could not be started, ended. Rejects with {@link StartFailure}. */
  async start(request: StartRequest): Promise<RuntimeContainer> {
    const { runtime, images } = this.#o
    const { tell, signal } = request
    const image = await images
      .ensure({ ...request, container: request.container.spec })
      .catch((error: unknown) => fail(tell, error, 'ErrImagePull'))
    signal.throwIfAborted()
    const inImages = await imageVolumes(this.#o, { ...request, container: request.container.spec }).catch(
      (error: unknown) => fail(tell, error, 'CreateContainerError'),
    )
    signal.throwIfAborted()
    const volumes = new Map([...request.volumes, ...inImages])
    const spec = await this.#specFor({ ...request, volumes }, image).catch((error: unknown) =>
      fail(tell, error, 'CreateContainerConfigError'),
    )
    signal.throwIfAborted()
    const id = await runtime.createContainer(spec).catch((error: unknown) => fail(tell, error, 'CreateContainerError'))
    if (signal.aborted) {
      await runtime.removeContainer(id)
      signal.throwIfAborted()
    }
    tell('Normal', 'Created', 'Container created')
    try {
      const started = await runtime.startContainer(id)
      tell('Normal', 'Started', 'Container started')
      return started
    } catch (error) {
      tell('Warning', 'Failed', `Error: ${(error as Error).message}`)
      const ended = await runtime.inspect(id)
      if (ended?.startError) return ended
      // Nothing ran: it is made anew, and must not stay behind where that never happens.
      await runtime.removeContainer(id)
      throw new StartFailure('RunContainerError', (error as Error).message)
    }
  }

  async #specFor(request: StartRequest, image: RuntimeImage): Promise<ContainerSpec> {
    const { pod, container, attempt, sandbox, delayMs, round } = request
    const { spec } = container
    const user = userOf(pod, spec, image)
    const env = await containerEnv(pod, spec, { ...request, services: this.#o.services(pod) })
    const mounts = [
      ...(this.#o.runtime.simulated ? [] : await volumeMounts(spec, request.volumes, env)),
      ...(this.#o.runtime.simulated ? [] : await this.#ownMounts(pod, container, attempt)),
    ]
    const podSpec = specOf(pod)
    const { securityContext: security } = spec
    const hostname = hostnameOf(pod, this.#o.clusterDomain)
    return {
      ...identityOf(pod, spec.name, attempt),
      sandboxId: sandbox.id,
      image: image.id,
      command: expandAll(spec.command, env),
      args: expandAll(spec.args, env),
      env: [
        ...(usesHostNetwork(pod) || env.has('HOSTNAME') ? [] : [`HOSTNAME=${hostname}`]),
        ...[...env].map(([k, v]) => `${k}=${v}`),
      ],
      workingDir: spec.workingDir ?? '',
      tty: spec.tty ?? false,
      stdin: spec.stdin ?? false,
      stdinOnce: spec.stdinOnce ?? false,
      mounts,
      user,
      groups: groupsOf(pod),
      privileged: security?.privileged ?? false,
      addCapabilities: capabilityNames(security?.capabilities?.add),
      dropCapabilities: capabilityNames(security?.capabilities?.drop),
      readOnlyRoot: security?.readOnlyRootFilesystem ?? false,
      noNewPrivileges: security?.allowPrivilegeEscalation === false,
      seccomp: seccompOf(pod, spec, name => this.#seccompProfile(name)),
      apparmor: apparmorOf(pod, spec),
      unmaskedProc: security?.procMount === 'Unmasked',
      limits: limitsOf(spec.resources),
      oomScoreAdj: oomScoreAdj(pod, spec, this.#o.nodeMemoryBytes),
      stopSignal: spec.lifecycle?.stopSignal ?? '',
      cgroupParent: cgroupParentOf(pod, this.#o.info()),
      hostNetwork: podSpec.hostNetwork ?? false,
      hostPid: podSpec.hostPID ?? false,
      hostIpc: podSpec.hostIPC ?? false,
      pidOf: request.targetId || (podSpec.shareProcessNamespace ? sandbox.id : ''),
      notes: {
        [NOTE.sandbox]: sandbox.id,
        [NOTE.delay]: String(delayMs),
        [NOTE.hash]: specHash(spec),
        [NOTE.tty]: String(spec.tty ?? false),
        [NOTE.resources]: resourcesText(spec.resources),
        ...(round ? { [NOTE.round]: String(round) } : {}),
      },
    }
  }

  /** The files that the agent itself puts into every container. */
  async #ownMounts(pod: PodView, container: PodContainer, attempt: number): Promise<Mount[]> {
    const dir = new PodDir(this.#o.dataDir, podUidOf(pod))
    const { name, terminationMessagePath, volumeMounts: wanted = [] } = container.spec
    const words = dir.lastWords(name, attempt)
    await mkdir(dirname(words), { recursive: true })
    // Every user of the container may write it, whatever the process's mask says.
    await writeFile(words, '')
    await chmod(words, 0o666)
    const files = [
      { source: dir.hosts, target: '/etc/hosts', readOnly: false },
      { source: dir.resolver, target: '/etc/resolv.conf', readOnly: false },
      { source: words, target: terminationMessagePath || '/dev/termination-log', readOnly: false },
    ]
    const taken = new Set(wanted.map(m => m.mountPath))
    return files.filter(f => !taken.has(f.target)).map(f => ({ ...f, propagation: 'private' as const }))
  }

  #seccompProfile(name: string): string {
    const path = join(this.#o.dataDir, 'seccomp', name)
    try {
      return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      throw new ConfigError(`cannot load seccomp profile "${path}": ${(error as Error).message}`, { cause: error })
    }
  }
}

/** Tells of a failed start and makes it the container's waiting state. */
function fail(tell: Tell, error: unknown, reason: string): never {
  if (error instanceof StartFailure) {
    tell('Warning', 'Failed', `Error: ${error.reason}`)
    throw error
  }
  const { message, name } = error as Error
  if (name === 'AbortError') throw error
  tell('Warning', 'Failed', `Error: ${message}`)
  throw new StartFailure(reason, message)
}

const MAX_MESSAGE_BYTES = 4096
const MAX_LOG_MESSAGE_BYTES = 2048
const LOG_MESSAGE_LINES = 80

/** What an ended container left in its message file, or in its log where the spec allows that. */
export async function lastWords(
  runtime: Runtime,
  dataDir: string,
  container: PodContainer,
  ended: RuntimeContainer,
): Promise<string> {
  if (runtime.simulated) return ''
  const path = new PodDir(dataDir, ended.podUid).lastWords(ended.name, ended.attempt)
  const words = await readEnd(path, MAX_MESSAGE_BYTES)
  if (words.length) return words.toString('utf8')
  if (container.spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || ended.exitCode === 0) return ''
  const { merged } = await runtime.logs(ended.id, { follow: false, timestamps: false, tail: LOG_MESSAGE_LINES })
  const chunks: Buffer[] = []
  for await (const chunk of merged) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks)
  return text.subarray(Math.max(text.length - MAX_LOG_MESSAGE_BYTES, 0)).toString('utf8')
}

/** The last bytes of a file, which may be as large as its writer liked; none where it cannot be read. */
async function readEnd(path: string, bytes: number): Promise<Buffer> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    const length = Math.min(size, bytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.subarray(0, bytesRead)
  } catch {
    return Buffer.alloc(0)
  }
}
