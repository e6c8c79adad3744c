import type Dockerode from 'dockerode'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Duplex, Readable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { hostFiles } from '../../base/host-files.ts'
import type { Logger } from '../../base/log.ts'
import {
  containerConfig,
  containerName,
  holderConfig,
  isBadWorkingDir,
  limitsConfig,
  ownerLabel,
  readContainer,
  sandboxConfig,
  unstartable,
} from './docker-config.ts'
import { mountLayers } from './docker-image-mount.ts'
import { call, isGone, unlessGone } from './docker-errors.ts'
import { pullError, readEvents } from './docker-lines.ts'
import { attachProcess, execProcess, readLogs } from './docker-process.ts'
import { dialWith } from './dial.ts'
import { pauseBinary, pauseImageArchive, pauseImageName } from './pause-image.ts'
import {
  type AttachOptions,
  type ContainerIdentity,
  type ContainerSpec,
  type ContainerStats,
  type ExecOptions,
  type Limits,
  type LogOptions,
  type LogStreams,
  type ProcessStreams,
  type PullOptions,
  type Runtime,
  type RuntimeContainer,
  RuntimeError,
  type RuntimeImage,
  type RuntimeInfo,
  type RuntimeListener,
  type SandboxSpec,
} from './runtime.ts'

export interface DockerRuntimeOptions {
  /** Path of the engine's socket. */
  readonly socket: string
  /** Marks this agent's containers: another agent on the same engine has another owner. */
  readonly owner: string
  /** Directory for the few files that the runtime needs. */
  readonly dir: string
  readonly clock: Clock
  readonly log: Logger
}

/** Events after which a container is looked at again. */
const EVENTS = ['start', 'die', 'oom', 'destroy', 'update', 'pause', 'unpause']
const START_MS = 30_000
const FIRST_RECONNECT_MS = 250
const LAST_RECONNECT_MS = 5_000
/** Containers inspected at a time when all are listed. */
const LIST_WIDTH = 8

/** Containers in a Docker engine, or in Podman through its Docker-compatible socket. */
export class DockerRuntime implements Runtime {
  readonly simulated = false
  readonly #o: DockerRuntimeOptions
  #docker: Dockerode | undefined
  #pause: Promise<string> | undefined
  readonly #watches = new Set<AbortController>()
  /** Containers that are made and cannot be started, with the reason. */
  readonly #unstartable = new Map<string, string>()
  readonly #stopped = new AbortController()

  constructor(options: DockerRuntimeOptions) {
    this.#o = options
  }

  /**
   * Connects and makes sure that the engine has the pause image. An engine that is just starting is waited for;
   * rejects when it does not answer within {@link START_MS}.
   */
  async start(): Promise<void> {
    const { clock, log, socket } = this.#o
    const limit = clock.now() + START_MS
    for (let tries = 0; ; tries++) {
      try {
        await this.#pauseImage()
        return
      } catch (error) {
        if (this.#stopped.signal.aborted) return
        const reason = new Error(`Cannot reach the Docker engine at ${socket}`, { cause: error })
        if (error instanceof RuntimeError || clock.now() >= limit) throw reason
        if (tries === 0) log.warn('Waiting for the Docker engine', { socket, error: error as Error })
        await clock.sleep(FIRST_RECONNECT_MS * 2, this.#stopped.signal).catch(() => {})
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    for (const watch of this.#watches) watch.abort()
    this.#watches.clear()
  }

  /** dockerode is loaded when it is needed: it takes longer than the rest of the agent. */
  async #engine(): Promise<Dockerode> {
    if (!this.#docker) {
      const { default: Docker } = await import('dockerode')
      this.#docker ??= new Docker({ socketPath: this.#o.socket })
    }
    return this.#docker
  }

  async info(): Promise<RuntimeInfo> {
    const info = (await call(async () => (await this.#engine()).info())) as {
      ServerVersion: string
      DockerRootDir: string
      CgroupDriver: string
    }
    return {
      name: 'docker',
      version: info.ServerVersion,
      rootDir: info.DockerRootDir,
      cgroupDriver: info.CgroupDriver === 'systemd' ? 'systemd' : 'cgroupfs',
    }
  }

  async list(): Promise<RuntimeContainer[]> {
    const docker = await this.#engine()
    const rows = await call(() => docker.listContainers({ all: true, filters: { label: [ownerLabel(this.#o.owner)] } }))
    const found: RuntimeContainer[] = []
    for (let i = 0; i < rows.length; i += LIST_WIDTH) {
      const some = await Promise.all(rows.slice(i, i + LIST_WIDTH).map(r => this.inspect(r.Id)))
      for (const c of some) if (c) found.push(c)
    }
    return found
  }

  async inspect(id: string): Promise<RuntimeContainer | undefined> {
    const docker = await this.#engine()
    return unlessGone(async () => readContainer(await docker.getContainer(id).inspect()))
  }

  watch(listener: RuntimeListener): Disposable {
    const abort = new AbortController()
    this.#watches.add(abort)
    void this.#follow(listener, abort.signal)
    return {
      [Symbol.dispose]: () => {
        this.#watches.delete(abort)
        abort.abort()
      },
    }
  }

  /** Reads events until disposed; after a break it says so, waits and connects again. */
  async #follow(listener: RuntimeListener, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const docker = await this.#engine()
        const filters = { type: ['container'], event: EVENTS, label: [ownerLabel(this.#o.owner)] }
        const stream = await docker.getEvents({ filters, abortSignal: signal } as Dockerode.GetEventsOptions)
        failures = 0
        listener.onReconnect()
        await readEvents(stream, listener)
        throw new Error('The engine closed its event stream')
      } catch (error) {
        if (signal.aborted) return
        if (failures === 0) listener.onDisconnect(error as Error)
        const wait = Math.min(FIRST_RECONNECT_MS * 2 ** failures++, LAST_RECONNECT_MS)
        await this.#o.clock.sleep(wait, signal).catch(() => {})
      }
    }
  }

  /** The pause image's name once the engine has it. */
  #pauseImage(): Promise<string> {
    this.#pause ??= this.#loadPause().catch((error: unknown) => {
      this.#pause = undefined
      throw error
    })
    return this.#pause
  }

  async #loadPause(): Promise<string> {
    const name = pauseImageName()
    if (await this.findImage(name)) return name
    const docker = await this.#engine()
    const archive = await pauseImageArchive()
    const answer = await call(() => docker.loadImage(Readable.from([archive])))
    for await (const _ of answer) {
      // Read to the end: the image is there when the answer is complete.
    }
    this.#o.log.info('Pause image loaded', { image: name })
    return name
  }

  async startSandbox(spec: SandboxSpec): Promise<RuntimeContainer> {
    const make = async (): Promise<string> =>
      this.#create(sandboxConfig(spec, await this.#pauseImage(), this.#o.owner), containerName(spec))
    const id = await make().catch((error: unknown) => {
      if (!isGone(error)) throw error
      // Somebody removed the image.
      this.#pause = undefined
      return make()
    })
    try {
      return await this.startContainer(id)
    } catch (error) {
      // Nothing ran in it: the next attempt may have its name.
      await this.removeContainer(id)
      throw error
    }
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    const config = containerConfig(spec, this.#o.owner)
    try {
      return await this.#create(config, containerName(spec))
    } catch (error) {
      if (!(error instanceof RuntimeError) || !isBadWorkingDir(error)) throw error
      // Kubernetes' engines find this when they start it: it is made without, never started, and says why.
      const id = await this.#create(unstartable(config, error.message), containerName(spec))
      this.#unstartable.set(id, error.message)
      return id
    }
  }

  /** A container of that name that never started is left from an agent that was killed while it made it. */
  async #create(wanted: Dockerode.ContainerCreateOptions, name: string): Promise<string> {
    const docker = await this.#engine()
    const oomScoreAdj = Math.max(wanted.HostConfig?.OomScoreAdj ?? 0, lowestOomScore())
    const config = { ...wanted, HostConfig: { ...wanted.HostConfig, OomScoreAdj: oomScoreAdj } }
    try {
      return (await call(() => docker.createContainer(config))).id
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 409) throw error
      const old = await this.inspect(name)
      if (old && old.state !== 'created') throw error
      if (old) await this.removeContainer(old.id)
      return (await call(() => docker.createContainer(config))).id
    }
  }

  async startContainer(id: string): Promise<RuntimeContainer> {
    const docker = await this.#engine()
    const fault = this.#unstartable.get(id)
    this.#unstartable.delete(id)
    if (fault) throw new RuntimeError(fault, 500)
    await call(() => docker.getContainer(id).start())
    const started = await this.inspect(id)
    if (!started) throw new RuntimeError(`No such container: ${id}`, 404)
    return started
  }

  async signalContainer(id: string, signal?: string): Promise<void> {
    const docker = await this.#engine()
    const container = docker.getContainer(id)
    const name = signal ?? (await unlessGone(async () => stopSignalOf(await container.inspect()))) ?? 'SIGTERM'
    await unlessGone(() => container.kill({ signal: name }))
  }

  async removeContainer(id: string): Promise<void> {
    const docker = await this.#engine()
    await unlessGone(() => docker.getContainer(id).remove({ force: true, v: true }))
  }

  async updateContainer(id: string, limits: Limits): Promise<void> {
    const docker = await this.#engine()
    await call(() => docker.getContainer(id).update(limitsConfig(limits)))
  }

  async findImage(name: string): Promise<RuntimeImage | undefined> {
    const docker = await this.#engine()
    return unlessGone(async () => {
      const image = await docker.getImage(name).inspect()
      return {
        id: image.Id,
        tags: image.RepoTags ?? [],
        digests: image.RepoDigests ?? [],
        sizeBytes: image.Size,
        user: image.Config?.User ?? '',
        workingDir: image.Config?.WorkingDir ?? '',
      }
    })
  }

  async pullImage(name: string, options: PullOptions): Promise<void> {
    const docker = await this.#engine()
    const stream = await call(() =>
      docker.pull(name, {
        ...(options.auth ? { authconfig: options.auth } : {}),
        ...(options.signal ? { abortSignal: options.signal } : {}),
      }),
    )
    const failed = await pullError(stream)
    if (failed) throw new RuntimeError(failed, 500)
  }

  async listImages(): Promise<RuntimeImage[]> {
    const docker = await this.#engine()
    const images = await call(() => docker.listImages())
    return images.map(i => ({
      id: i.Id,
      tags: (i.RepoTags ?? []).filter(t => t !== '<none>:<none>'),
      digests: (i.RepoDigests ?? []).filter(d => !d.startsWith('<none>')),
      sizeBytes: i.Size,
      user: '',
      workingDir: '',
    }))
  }

  async removeImage(id: string): Promise<void> {
    const docker = await this.#engine()
    await unlessGone(() => docker.getImage(id).remove())
  }

  async mountImage(image: string, holder: ContainerIdentity, dir: string): Promise<RuntimeContainer> {
    const id = await this.#create(holderConfig(holder, image, this.#o.owner), containerName(holder))
    await call(async () => mountLayers(await this.#engine(), image, dir))
    const made = await this.inspect(id)
    if (!made) throw new RuntimeError(`No such container: ${id}`, 404)
    return made
  }

  async logs(id: string, options: LogOptions): Promise<LogStreams> {
    return call(async () => readLogs((await this.#engine()).getContainer(id), options))
  }

  async exec(id: string, options: ExecOptions): Promise<ProcessStreams> {
    return call(async () => execProcess(await this.#engine(), id, options, this.#o.clock))
  }

  async attach(id: string, options: AttachOptions): Promise<ProcessStreams> {
    return call(async () => attachProcess((await this.#engine()).getContainer(id), options))
  }

  /** Runs the pause program's dialler in the sandbox's network; its standard streams are the connection. */
  dial(sandbox: RuntimeContainer, port: number): Promise<Duplex> {
    return dialWith(this.#dialler(), sandbox.pid, port)
  }

  #dialler(): string {
    const path = join(this.#o.dir, pauseImageName().replace(/.*:/, 'pause-'))
    if (!existsSync(path)) {
      mkdirSync(this.#o.dir, { recursive: true })
      writeFileSync(`${path}.new`, pauseBinary())
      chmodSync(`${path}.new`, 0o755)
      renameSync(`${path}.new`, path)
    }
    return path
  }

  async stats(id: string): Promise<ContainerStats | undefined> {
    const docker = await this.#engine()
    return unlessGone(async () => {
      const s = await docker.getContainer(id).stats({ stream: false, 'one-shot': true })
      const memory = s.memory_stats as { usage?: number; stats?: Record<string, number> }
      const usage = memory.usage ?? 0
      const inactive = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0
      return {
        cpuNanoseconds: s.cpu_stats.cpu_usage.total_usage,
        memoryBytes: usage,
        workingSetBytes: Math.max(usage - inactive, 0),
      }
    })
  }
}

const SYS_RESOURCE_BIT = 24n

/** In a sandbox without that capability nobody may lower a score below his own: containers would not start. */
function lowestOomScore(): number {
  // The engine's rights count, not those of the container that we may run in ourselves.
  const process = hostFiles().process
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync(`${process}/status`, 'utf8'))?.[1] ?? '0'
  if ((BigInt(`0x${capabilities}`) >> SYS_RESOURCE_BIT) & 1n) return -1000
  return Number(readFileSync(`${process}/oom_score_adj`, 'utf8'))
}

const stopSignalOf = (info: Dockerode.ContainerInspectInfo): string | undefined =>
  (info.Config as { StopSignal?: string }).StopSignal || undefined
