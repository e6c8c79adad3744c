import { type Duplex, PassThrough, Writable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { emptyStream } from './docker-streams.ts'
import {
  type ContainerIdentity,
  type ContainerSpec,
  type ContainerStats,
  type LogStreams,
  type ProcessStreams,
  type Runtime,
  type RuntimeContainer,
  RuntimeError,
  type RuntimeImage,
  type RuntimeInfo,
  type RuntimeListener,
  type SandboxSpec,
} from './runtime.ts'

export interface HollowRuntimeOptions {
  readonly clock: Clock
}

/** Pretends to run containers: they start at once, every image exists, and they run until they are told to stop. */
export class HollowRuntime implements Runtime {
  readonly simulated = true
  readonly #clock: Clock
  readonly #containers = new Map<string, RuntimeContainer>()
  readonly #listeners = new Set<RuntimeListener>()
  #last = 0

  constructor(options: HollowRuntimeOptions) {
    this.#clock = options.clock
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#listeners.clear()
  }

  async info(): Promise<RuntimeInfo> {
    return { name: 'hollow', version: '1.0', rootDir: '/', cgroupDriver: 'cgroupfs' }
  }

  async list(): Promise<RuntimeContainer[]> {
    return [...this.#containers.values()]
  }

  async inspect(id: string): Promise<RuntimeContainer | undefined> {
    return this.#containers.get(id)
  }

  watch(listener: RuntimeListener): Disposable {
    this.#listeners.add(listener)
    queueMicrotask(() => listener.onReconnect())
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  async startSandbox(spec: SandboxSpec): Promise<RuntimeContainer> {
    const { id } = this.#make(spec, 'sandbox', spec.notes, '')
    return this.startContainer(id)
  }

  async createContainer(spec: ContainerSpec): Promise<string> {
    return this.#make(spec, 'container', spec.notes, spec.image).id
  }

  async startContainer(id: string): Promise<RuntimeContainer> {
    return this.#change(id, { state: 'running', startedAt: this.#clock.now(), pid: 1 })
  }

  async signalContainer(id: string, signal = 'SIGTERM'): Promise<void> {
    if (this.#containers.get(id)?.state !== 'running') return
    const exitCode = signal === 'SIGKILL' ? 137 : 0
    this.#change(id, { state: 'exited', finishedAt: this.#clock.now(), exitCode, pid: 0 })
  }

  /** Ends a container as if its process had done so by itself. */
  exit(id: string, exitCode: number): void {
    this.#change(id, { state: 'exited', finishedAt: this.#clock.now(), exitCode, pid: 0 })
  }

  async removeContainer(id: string): Promise<void> {
    const gone = this.#containers.get(id)
    if (!gone) return
    this.#containers.delete(id)
    this.#tell(gone, true)
  }

  async updateContainer(): Promise<void> {}

  async findImage(name: string): Promise<RuntimeImage> {
    return {
      id: `sha256:${Buffer.from(name).toString('hex')}`,
      tags: [name],
      digests: [],
      sizeBytes: 0,
      user: '',
      workingDir: '',
    }
  }

  async pullImage(): Promise<void> {}

  async listImages(): Promise<RuntimeImage[]> {
    return []
  }

  async removeImage(): Promise<void> {}

  async mountImage(image: string, holder: ContainerIdentity): Promise<RuntimeContainer> {
    return this.#make(holder, 'image', {}, image)
  }

  async logs(): Promise<LogStreams> {
    return { merged: emptyStream(), close: () => {} }
  }

  async exec(): Promise<ProcessStreams> {
    return quietProcess(0)
  }

  async attach(): Promise<ProcessStreams> {
    return quietProcess(-1)
  }

  async dial(): Promise<Duplex> {
    throw new RuntimeError('connection refused: nothing runs in a hollow pod', 3)
  }

  async stats(): Promise<ContainerStats> {
    return { cpuNanoseconds: 0, memoryBytes: 0, workingSetBytes: 0 }
  }

  #make(
    of: ContainerIdentity,
    kind: RuntimeContainer['kind'],
    notes: Readonly<Record<string, string>>,
    imageId: string,
  ): RuntimeContainer {
    const { podUid, podName, podNamespace, name, attempt } = of
    const id = (++this.#last).toString(16).padStart(64, '0')
    const made: RuntimeContainer = {
      podUid,
      podName,
      podNamespace,
      name,
      attempt,
      id,
      kind,
      state: 'created',
      createdAt: this.#clock.now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      oomKilled: false,
      startError: '',
      pid: 0,
      imageId,
      notes,
    }
    this.#containers.set(id, made)
    return made
  }

  #change(id: string, change: Partial<RuntimeContainer>): RuntimeContainer {
    const before = this.#containers.get(id)
    if (!before) throw new RuntimeError(`No such container: ${id}`, 404)
    const after = { ...before, ...change }
    this.#containers.set(id, after)
    this.#tell(after, false)
    return after
  }

  #tell(c: RuntimeContainer, gone: boolean): void {
    for (const listener of this.#listeners)
      queueMicrotask(() => listener.onChange({ id: c.id, podUid: c.podUid, gone }))
  }
}

function quietProcess(code: number): ProcessStreams {
  const stdout = new PassThrough()
  stdout.end()
  return {
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout,
    stderr: emptyStream(),
    exited: Promise.resolve(code),
    resize: async () => {},
    close: () => {},
    kill: async () => {},
  }
}
