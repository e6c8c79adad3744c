import type { Duplex, Readable, Writable } from 'node:stream'
import type { Part } from '../../base/part.ts'

/** What the agent needs of a container engine. Objects that come back are snapshots. */
export interface Runtime extends Part {
  /** Nothing really runs: the agent makes no files and volumes for it either. */
  readonly simulated: boolean
  info(): Promise<RuntimeInfo>
  /** All sandboxes and containers of this agent, also ended ones. */
  list(): Promise<RuntimeContainer[]>
  /** One container, undefined when it is gone. */
  inspect(id: string): Promise<RuntimeContainer | undefined>
  /** Tells of every change from now on. Reconnects by itself; `onReconnect` asks for a new list then. */
  watch(listener: RuntimeListener): Disposable
  /** Makes and starts the container that holds a pod's namespaces. */
  startSandbox(spec: SandboxSpec): Promise<RuntimeContainer>
  /** Makes a container without starting it; gives its ID. Rejects with {@link RuntimeError}. */
  createContainer(spec: ContainerSpec): Promise<string>
  /** Starts a made container. Rejects with {@link RuntimeError} where its process cannot be started. */
  startContainer(id: string): Promise<RuntimeContainer>
  /** Sends a signal; one that has ended or is gone is no error. The image's own stop signal where none is named. */
  signalContainer(id: string, signal?: string): Promise<void>
  /** Ends and removes a container; one that is gone is no error. */
  removeContainer(id: string): Promise<void>
  /** Changes limits of a running container. */
  updateContainer(id: string, limits: Limits): Promise<void>
  /** The local image of that name or ID. */
  findImage(name: string): Promise<RuntimeImage | undefined>
  pullImage(name: string, options: PullOptions): Promise<void>
  listImages(): Promise<RuntimeImage[]>
  removeImage(id: string): Promise<void>
  /**
   * Shows an image's files at `dir`, read-only. Gives a container that never runs: it keeps the engine from removing
   * the image as long as the files are in use.
   */
  mountImage(image: string, holder: ContainerIdentity, dir: string): Promise<RuntimeContainer>
  /** What a container wrote, running or ended. */
  logs(id: string, options: LogOptions): Promise<LogStreams>
  /** Runs a command in a container. */
  exec(id: string, options: ExecOptions): Promise<ProcessStreams>
  /** Connects to a container's main process. */
  attach(id: string, options: AttachOptions): Promise<ProcessStreams>
  /** A connection to a port on the loopback address of a sandbox's network. */
  dial(sandbox: RuntimeContainer, port: number): Promise<Duplex>
  stats(id: string): Promise<ContainerStats | undefined>
}

export interface RuntimeInfo {
  /** Name in container IDs and in `containerRuntimeVersion`: `docker`. */
  readonly name: string
  readonly version: string
  /** Directory on the node that holds images and containers. */
  readonly rootDir: string
  /** How cgroup parents are written. */
  readonly cgroupDriver: 'cgroupfs' | 'systemd'
}

export interface RuntimeListener {
  readonly onChange: (change: { readonly id: string; readonly podUid: string; readonly gone: boolean }) => void
  readonly onReconnect: () => void
  readonly onDisconnect: (error: Error) => void
}

/** Whose container it is; kept in labels. */
export interface ContainerIdentity {
  readonly podUid: string
  readonly podName: string
  readonly podNamespace: string
  /** The name in the pod's spec; empty for the sandbox. */
  readonly name: string
  readonly attempt: number
}

export interface RuntimeContainer extends ContainerIdentity {
  readonly id: string
  /** `image`: never runs and keeps an image for a volume. */
  readonly kind: 'sandbox' | 'container' | 'image'
  readonly state: 'created' | 'running' | 'exited'
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly startedAt: number
  readonly finishedAt: number
  readonly exitCode: number
  readonly oomKilled: boolean
  /** Why it could not be started. */
  readonly startError: string
  /** Process on the node, 0 unless running. */
  readonly pid: number
  readonly imageId: string
  /** What the agent wanted to remember about it: see {@link ContainerSpec.notes}. */
  readonly notes: Readonly<Record<string, string>>
}

export interface SandboxSpec extends ContainerIdentity {
  readonly hostname: string
  readonly hostNetwork: boolean
  readonly hostPid: boolean
  readonly hostIpc: boolean
  readonly sysctls: Readonly<Record<string, string>>
  readonly cgroupParent: string
  readonly mounts: readonly Mount[]
  readonly notes: Readonly<Record<string, string>>
}

export interface ContainerSpec extends ContainerIdentity {
  readonly sandboxId: string
  /** ID or name of a local image. */
  readonly image: string
  /** Empty: the image's own. */
  readonly command: readonly string[]
  readonly args: readonly string[]
  /** `NAME=value`. */
  readonly env: readonly string[]
  readonly workingDir: string
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdinOnce: boolean
  readonly mounts: readonly Mount[]
  /** `uid`, `uid:gid`, a name, or empty for the image's own. */
  readonly user: string
  readonly groups: readonly number[]
  readonly privileged: boolean
  readonly addCapabilities: readonly string[]
  readonly dropCapabilities: readonly string[]
  readonly readOnlyRoot: boolean
  readonly noNewPrivileges: boolean
  /** `unconfined`, `runtime/default`, or a profile's JSON. */
  readonly seccomp: string
  /** Empty for the engine's default. */
  readonly apparmor: string
  readonly unmaskedProc: boolean
  readonly limits: Limits
  readonly oomScoreAdj: number
  /** Empty for the image's own. */
  readonly stopSignal: string
  readonly cgroupParent: string
  readonly hostNetwork: boolean
  readonly hostPid: boolean
  readonly hostIpc: boolean
  /** Container whose processes it sees: the sandbox or another container. Empty for its own only. */
  readonly pidOf: string
  readonly notes: Readonly<Record<string, string>>
}

/** 0 means without limit. */
export interface Limits {
  readonly cpuShares: number
  /** Microseconds of CPU time per {@link CPU_PERIOD_US}. */
  readonly cpuQuotaUs: number
  readonly memoryBytes: number
}

export const CPU_PERIOD_US = 100_000

export interface Mount {
  /** Path on the node. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  readonly propagation: 'private' | 'rslave' | 'rshared'
}

export interface RuntimeImage {
  readonly id: string
  readonly tags: readonly string[]
  readonly digests: readonly string[]
  readonly sizeBytes: number
  /** The user that the image names; empty for root. */
  readonly user: string
  readonly workingDir: string
}

export interface PullOptions {
  readonly auth?: RegistryAuth
  readonly signal?: AbortSignal
}

export interface RegistryAuth {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
  readonly serveraddress?: string
}

export interface LogOptions {
  readonly follow: boolean
  readonly timestamps: boolean
  /** Lines from the end; all when missing. */
  readonly tail?: number
  /** Milliseconds since the epoch. */
  readonly since?: number
}

/** Ends when both are at their end. `stderr` is missing for a terminal. */
export interface LogStreams {
  /** Both streams in the order in which they were written. */
  readonly merged: Readable
  close(): void
}

export interface ExecOptions {
  readonly command: readonly string[]
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

export interface AttachOptions {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

export interface ProcessStreams {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Empty with a terminal. */
  readonly stderr: Readable
  /**
   * The exit code once all output is read; rejects with {@link RuntimeError} where the command could not be started.
   * For attach: of the container, -1 while that runs on.
   */
  readonly exited: Promise<number>
  resize(columns: number, rows: number): Promise<void>
  /** Ends the connection; the process goes on. */
  close(): void
  /** Ends the process that exec started, which otherwise outlives its connection. */
  kill(): Promise<void>
}

export interface ContainerStats {
  readonly cpuNanoseconds: number
  readonly memoryBytes: number
  /** Without what can be given back at once. */
  readonly workingSetBytes: number
}

/** A refusal by the engine. */
export class RuntimeError extends Error {
  readonly code: number
  constructor(message: string, code: number) {
    super(message)
    this.name = 'RuntimeError'
    this.code = code
  }
}
