import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { errorText } from '../base/log.ts'
import { cgroupParentOf, identityOf } from './container-spec.ts'
import { ContainerStop } from './container-stop.ts'
import { removePodCgroup } from './pod-cgroup.ts'
import type { PodContext } from './pod-context.ts'
import { hostsFile, parseResolver, resolverFile } from './pod-files.ts'
import { hostnameOf, podNameOf, podNamespaceOf, specOf, usesHostNetwork } from './pods.ts'
import type { RuntimeContainer, SandboxSpec } from './runtime/runtime.ts'
import { newestSandbox } from './step-pod.ts'
import { MountError, type VolumePath } from './volumes/volume.ts'

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 122_000
/** A token that could not be renewed is asked for again after this. */
const LATE_RENEWAL_MS = 30_000
/** The pause program ends at once; an engine that is slow to say so is not waited for longer. */
const SANDBOX_GRACE_MS = 500

/** What a pod has once its sandbox stands. */
export interface Ready {
  readonly sandboxId: string
  readonly volumes: ReadonlyMap<string, VolumePath>
}

/** Keeps what a pod's containers run in: volumes, sandbox, network, and the files that the agent puts into them. */
export class SandboxKeeper {
  readonly #c: PodContext
  readonly #stopping = new Set<string>()
  #ready: Ready | undefined
  #preparing = false
  /** Something that volumes show has changed since it was last read. */
  #stale = false
  #refreshing: Promise<void> | undefined
  #failures = 0
  #retry: Disposable | undefined
  #renewal: Disposable | undefined

  constructor(context: PodContext) {
    this.#c = context
  }

  /** What containers start in; undefined while it is not complete, or belongs to an earlier sandbox. */
  get ready(): Ready | undefined {
    return this.#ready && this.#ready.sandboxId === newestSandbox(this.#c.all)?.id ? this.#ready : undefined
  }

  /** It is being made, or waits to be tried again. */
  get busy(): boolean {
    return this.#preparing
  }

  /** Makes volumes, sandbox, network and files. Without an attempt the sandbox runs already. `giveUp`: no further try. */
  prepare(attempt: number | undefined, giveUp: () => boolean): void {
    if (this.#preparing) return
    this.#preparing = true
    this.#c.run(async () => {
      try {
        await this.#refreshing
        this.#stale = false
        this.#ready = await this.#makeReady(attempt)
        this.#failures = 0
        this.#preparing = false
        this.#scheduleRenewal()
        if (this.#stale) this.refresh()
      } catch (error) {
        this.#tellFailure(error)
        if (giveUp()) this.#preparing = false
        else this.#tryLater()
      }
    })
  }

  /** A try that waits is made now. */
  retryNow(): void {
    if (!this.#retry) return
    this.#retry[Symbol.dispose]()
    this.#retry = undefined
    this.#preparing = false
  }

  /** Brings the files of volumes up to date: one time after the other, or an older look could be the last to write. */
  refresh(): void {
    this.#stale = true
    if (!this.#ready || this.#preparing || this.#refreshing) return
    this.#refreshing = this.#refreshWhileStale()
    this.#c.run(() => this.#refreshing ?? Promise.resolve())
  }

  async #refreshWhileStale(): Promise<void> {
    try {
      while (this.#stale && this.#ready) {
        this.#stale = false
        await this.#refreshVolumes()
      }
    } finally {
      this.#refreshing = undefined
    }
  }

  stopSandbox(id: string): void {
    if (this.#stopping.has(id)) return
    this.#stopping.add(id)
    const { runtime, clock } = this.#c.deps
    const stop = new ContainerStop({
      runtime,
      clock,
      id,
      hook: undefined,
      context: undefined,
      tell: () => {},
      deadline: clock.now() + SANDBOX_GRACE_MS,
      ended: this.#c.whenEnded(id),
    })
    this.#c.run(async () => {
      try {
        await stop.done
        // The engine's own news of it may have been lost.
        if (this.#c.containers.get(id)?.state === 'running') await this.#lookAt(id)
      } finally {
        this.#stopping.delete(id)
      }
    })
  }

  /** Gives back all that the pod has on this node but its ended containers. */
  async tearDown(): Promise<void> {
    const { references, tokens, images, network, volumes, runtime, info } = this.#c.deps
    const { uid, pod } = this.#c
    this.#ready = undefined
    this.stop()
    // What is being written now would be left over.
    await this.#refreshing
    references.release(uid)
    tokens.release(uid)
    images.release(uid)
    const disconnect = usesHostNetwork(pod) ? Promise.resolve() : network.tearDown(this.#networked())
    await Promise.all([disconnect, volumes.tearDown(uid)])
    if (!runtime.simulated) await removePodCgroup(cgroupParentOf(pod, info()), info().cgroupDriver)
  }

  /** Ends timers. */
  stop(): void {
    this.#retry?.[Symbol.dispose]()
    this.#renewal?.[Symbol.dispose]()
  }

  async #lookAt(id: string): Promise<void> {
    const found = await this.#c.deps.runtime.inspect(id)
    if (found) this.#c.containers.set(id, found)
    else this.#c.containers.delete(id)
  }

  #tellFailure(error: unknown): void {
    // A mount's fault says its cause already.
    if (error instanceof MountError) this.#c.tellPod('Warning', 'FailedMount', error.message)
    else this.#c.tellPod('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${errorText(error)}`)
  }

  #tryLater(): void {
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS)
    this.#retry = this.#c.deps.clock.setTimer(delay, () => {
      this.#retry = undefined
      this.#preparing = false
      this.#c.poke()
    })
  }

  async #makeReady(attempt: number | undefined): Promise<Ready> {
    const { runtime } = this.#c.deps
    if (!runtime.simulated) await mkdir(this.#c.dir.path, { recursive: true })
    const [volumes] = await Promise.all([this.#setUpVolumes(), this.#writeResolver()])
    const known = newestSandbox(this.#c.all)
    const sandbox = attempt === undefined ? known : await runtime.startSandbox(this.#specFor(attempt))
    if (!sandbox) throw new Error('The sandbox is gone')
    this.#c.containers.set(sandbox.id, sandbox)
    this.#c.ip = await this.#connect(sandbox)
    await this.#writeHosts()
    for (const old of this.#c.all) {
      if (old.kind === 'sandbox' && old.id !== sandbox.id) this.#c.run(() => this.#c.remove(old.id))
    }
    return { sandboxId: sandbox.id, volumes }
  }

  #setUpVolumes(): Promise<ReadonlyMap<string, VolumePath>> {
    const { uid, pod, deps } = this.#c
    return deps.volumes.setUp({ pod, references: deps.references.forPod(uid), place: this.#c.place('') })
  }

  #specFor(attempt: number): SandboxSpec {
    const { pod, deps, dir } = this.#c
    const spec = specOf(pod)
    return {
      ...identityOf(pod, '', attempt),
      hostname: hostnameOf(pod, deps.clusterDomain),
      hostNetwork: usesHostNetwork(pod),
      hostPid: spec.hostPID ?? false,
      hostIpc: spec.hostIPC ?? false,
      sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(s => [s.name, s.value])),
      cgroupParent: cgroupParentOf(pod, deps.info()),
      mounts: [{ source: dir.resolver, target: '/etc/resolv.conf', readOnly: true, propagation: 'private' }],
      notes: {},
    }
  }

  async #connect(sandbox: RuntimeContainer): Promise<string> {
    const { pod, deps } = this.#c
    if (usesHostNetwork(pod)) return deps.nodeIp
    const hostPorts = specOf(pod)
      .containers.flatMap(c => c.ports ?? [])
      .filter(p => p.hostPort)
      .map(p => ({
        hostPort: p.hostPort ?? 0,
        containerPort: p.containerPort,
        protocol: p.protocol || 'TCP',
        hostIp: p.hostIP ?? '',
      }))
    const { ip } = await deps.network.setUp({ ...this.#networked(), netnsPid: sandbox.pid, hostPorts })
    return ip
  }

  #networked(): { podKey: string; uid: string } {
    const { pod, uid } = this.#c
    return { podKey: `${podNamespaceOf(pod)}/${podNameOf(pod)}`, uid }
  }

  async #writeResolver(): Promise<void> {
    const { deps, pod, dir } = this.#c
    if (deps.runtime.simulated) return
    const node = parseResolver(await readFile(deps.resolvConf, 'utf8').catch(() => ''))
    await writeFile(dir.resolver, resolverFile(pod, { ...deps, node }))
  }

  async #writeHosts(): Promise<void> {
    const { deps, pod, dir, ip } = this.#c
    if (deps.runtime.simulated) return
    const nodeHosts = usesHostNetwork(pod) ? await readFile('/etc/hosts', 'utf8').catch(() => '') : ''
    const present = await readFile(dir.hosts, 'utf8').catch(() => undefined)
    // What a container wrote to its own file stays, unless the pod has another address now.
    if (present !== undefined && (usesHostNetwork(pod) || present.includes(`\n${ip}\t`))) return
    await writeFile(dir.hosts, hostsFile(pod, { ip, clusterDomain: deps.clusterDomain, nodeHosts }))
  }

  async #refreshVolumes(): Promise<void> {
    try {
      await this.#setUpVolumes()
      this.#scheduleRenewal()
    } catch (error) {
      // The files that are there stay until their source is back. A token must not grow old meanwhile.
      this.#c.log.debug('Volumes not refreshed', { error: error as Error })
      this.#scheduleRenewal(LATE_RENEWAL_MS)
    }
  }

  /** Comes back when a token is to be renewed, but not sooner than after `least` milliseconds. */
  #scheduleRenewal(least = 0): void {
    const { deps, uid, now } = this.#c
    this.#renewal?.[Symbol.dispose]()
    this.#renewal = undefined
    const at = this.#ready && deps.tokens.renewAt(uid)
    if (at === undefined) return
    this.#renewal = deps.clock.setTimer(Math.max(at - now, least), () => this.refresh())
  }
}
