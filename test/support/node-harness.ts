import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Agent, createAgent } from '../../src/agent/agent.ts'
import { DockerRuntime } from '../../src/agent/runtime/docker.ts'
import type { RuntimeContainer } from '../../src/agent/runtime/runtime.ts'
import { unmountBelow } from '../../src/agent/volumes/tmpfs.ts'
import { SystemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/base/log.ts'
import type { Client } from '../../src/client/client.ts'
import { LocalClient } from '../../src/client/local.ts'
import { namespace } from '../../src/kinds/core/namespace.ts'
import { pod as podKind } from '../../src/kinds/core/pod.ts'
import { serviceAccount } from '../../src/kinds/core/service-account.ts'
import type { PodSpec, PodStatus } from '../../src/kinds/generated/types.ts'
import { KINDS } from '../../src/kinds/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { testRegistry } from './registry.ts'
import { TestNetwork } from './test-network.ts'
import { SLOT } from './hosts.ts'
import { waitUntil } from './wait.ts'
import { saw, witness } from './witness.ts'

/** Socket of the engine that node tests use. */
export const DOCKER_SOCKET = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '')
export const TEST_IMAGE = 'kubelite-test/busybox:1'
export const NODE_NAME = 'node-test'
/** With the number of the process that made them. */
const DIRS = join(tmpdir(), 'kubelite-node-')

/** A registry with agents of one node on the real engine, one after the other. Call `close` at the end. */
export class NodeHarness {
  readonly client: Client
  readonly runtime: DockerRuntime
  readonly #dir: string
  readonly #network: TestNetwork
  readonly #registry: Awaited<ReturnType<typeof testRegistry>>
  readonly #clock = new SystemClock()
  readonly #agents: { agent: Agent; life: Life }[] = []
  readonly #lines: string[] = []
  readonly #log = createLogger({ format: 'text', debug: true, write: line => this.#lines.push(line.trimEnd()) })
  readonly #witness: Disposable

  static async start(): Promise<NodeHarness> {
    buildImage()
    await sweep()
    const registry = await testRegistry(KINDS as unknown as Kind[], { clock: new SystemClock() })
    const harness = new NodeHarness(registry)
    try {
      for (const name of ['default', 'kube-node-lease'])
        await harness.client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } }
      await harness.client.create(serviceAccount, account)
    } catch (error) {
      await harness.close()
      throw error
    }
    return harness
  }

  constructor(registry: Awaited<ReturnType<typeof testRegistry>>) {
    this.#registry = registry
    this.#dir = mkdtempSync(`${DIRS}${process.pid}-`)
    this.#network = new TestNetwork(SLOT * 10 + 8)
    this.client = new LocalClient({
      registry: registry.registry,
      user: { name: 'admin', groups: ['system:masters'] },
      userAgent: 'test/1',
    })
    this.runtime = this.#newRuntime()
    this.#witness = witness('the agent', async () => {
      const containers = (await this.runtime.list()).map(
        c => `${c.podName} ${c.kind} ${c.name} ${c.state} ${c.id.slice(0, 12)}`,
      )
      const pods = (await this.client.list(podKind)).items.map(p => `${p.metadata.name} ${JSON.stringify(p.status)}`)
      return [...pods, ...containers, ...this.#lines.slice(-40)].join('\n')
    })
  }

  #newRuntime(): DockerRuntime {
    const dir = join(this.#dir, 'bin')
    return new DockerRuntime({ socket: DOCKER_SOCKET, owner: this.#dir, dir, clock: this.#clock, log: this.#log })
  }

  /** Starts an agent. `kill` ends it as kill -9 would: from then on nothing that it asks for is done or answered. */
  async startAgent(): Promise<{ agent: Agent; kill: () => void }> {
    const life: Life = { over: false }
    const agent = createAgent({
      client: mortal(this.client, life),
      runtime: mortal(this.#newRuntime(), life),
      network: mortal(this.#network, life),
      clock: this.#clock,
      log: this.#log,
      nodeName: NODE_NAME,
      nodeIp: '10.91.0.1',
      kubeletVersion: 'v1.36.3',
      dataDir: this.#dir,
      clusterDns: '10.43.0.10',
      clusterDomain: 'cluster.local',
    })
    this.#agents.push({ agent, life })
    await agent.start()
    return {
      agent,
      kill: () => {
        life.over = true
      },
    }
  }

  /** Makes a pod bound to the node. */
  async createPod(name: string, spec: Partial<PodSpec>): Promise<void> {
    await this.client.create(podKind, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        nodeName: NODE_NAME,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 1,
        containers: [],
        ...spec,
      },
    })
  }

  async status(name: string): Promise<PodStatus> {
    const status = ((await this.client.get(podKind, 'default', name)).status ?? {}) as PodStatus
    saw(`status of ${name}`, JSON.stringify(status))
    return status
  }

  waitFor(name: string, what: string, condition: (status: PodStatus) => boolean): Promise<PodStatus> {
    return waitUntil(`${name}: ${what}`, async () => {
      const status = await this.status(name)
      return condition(status) && status
    })
  }

  async deletePod(name: string): Promise<void> {
    await this.client.delete(podKind, 'default', name)
    await waitUntil(`${name} to go`, () =>
      this.status(name).then(
        () => false,
        () => true,
      ),
    )
  }

  /** What the engine has of a pod. */
  async containersOf(name: string): Promise<RuntimeContainer[]> {
    return (await this.runtime.list()).filter(c => c.podName === name)
  }

  async close(): Promise<void> {
    this.#witness[Symbol.dispose]()
    for (const { agent, life } of this.#agents) {
      life.over = true
      void agent.stop()
    }
    for (const c of await this.runtime.list()) await this.runtime.removeContainer(c.id)
    await this.runtime.stop()
    await this.#network.close()
    await this.#registry[Symbol.asyncDispose]()
    await removeDir(this.#dir)
  }
}

interface Life {
  over: boolean
}

/** The object until its life is over; then its methods neither do nor answer anything, not even what was under way. */
function mortal<T extends object>(target: T, life: Life): T {
  const never = (): Promise<never> => new Promise(() => {})
  return new Proxy(target, {
    get(_, key) {
      const value = Reflect.get(target, key, target) as unknown
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (life.over) return key === 'stop' ? Promise.resolve() : never()
        const wrapped = args.map(a => (a && typeof a === 'object' && hasCallbacks(a) ? mortalListener(a, life) : a))
        const result = (value as (...a: unknown[]) => unknown).apply(target, wrapped)
        if (!(result instanceof Promise)) return result
        return result.then(
          answer => (life.over ? never() : answer),
          (error: unknown) => (life.over ? never() : Promise.reject(error as Error)),
        )
      }
    },
  })
}

const hasCallbacks = (a: object): boolean => Object.values(a).some(v => typeof v === 'function')

function mortalListener(listener: object, life: Life): object {
  return Object.fromEntries(
    Object.entries(listener).map(([key, value]) => [
      key,
      typeof value === 'function'
        ? (...args: unknown[]) => (life.over ? undefined : (value as (...a: unknown[]) => unknown)(...args))
        : value,
    ]),
  )
}

/** Why node tests cannot run here; empty where they can. */
export function nodeTestObstacle(): string {
  if (process.getuid?.() !== 0) return 'node tests need root'
  return existsSync(DOCKER_SOCKET) ? '' : `node tests need a Docker engine at ${DOCKER_SOCKET}`
}

const docker = (...args: string[]): string =>
  execFileSync('docker', ['-H', `unix://${DOCKER_SOCKET}`, ...args], { encoding: 'utf8', timeout: 60_000 })

async function removeDir(dir: string): Promise<void> {
  await unmountBelow(dir)
  rmSync(dir, { recursive: true, force: true })
}

/** Removes what runs left behind that were broken off. */
async function sweep(): Promise<void> {
  const list = docker('ps', '-a', '--format', `{{.ID}} {{.Label "kubelite.owner"}}`).split('\n')
  for (const line of list) {
    const [id = '', owner = ''] = line.split(' ')
    const pid = owner.startsWith(DIRS) ? owner.slice(DIRS.length).split('-')[0] : undefined
    if (pid && !existsSync(`/proc/${pid}`)) docker('rm', '-f', id)
  }
  for (const name of readdirSync(dirname(DIRS)).map(n => join(dirname(DIRS), n)))
    if (name.startsWith(DIRS) && !existsSync(`/proc/${name.slice(DIRS.length).split('-')[0]}`)) await removeDir(name)
}

/** An image of busybox-static, made once. */
function buildImage(): void {
  if (docker('images', '-q', TEST_IMAGE).trim()) return
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-image-'))
  try {
    for (const d of ['bin', 'tmp', 'etc']) mkdirSync(join(dir, d))
    const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim()
    execFileSync('cp', [busybox, join(dir, 'bin/busybox')])
    for (const name of ['sh', 'sleep', 'cat', 'test', 'echo', 'true', 'id', 'ls', 'nc', 'httpd']) {
      execFileSync('ln', ['-s', 'busybox', join(dir, 'bin', name)])
    }
    execFileSync('tar', ['-C', dir, '-cf', `${dir}.tar`, '.'])
    docker('import', `${dir}.tar`, TEST_IMAGE)
  } finally {
    rmSync(dir, { recursive: true, force: true })
    rmSync(`${dir}.tar`, { force: true })
  }
}
