import { Cluster, webImage } from '../support/cluster.ts'
import { type Host, Hosts } from '../support/hosts.ts'
import { type HostBench, pause, quantile } from './support/bench.ts'
import { Peer } from './support/peer.ts'
import { cpuSeconds, pssMib, rssMib } from './support/process-stats.ts'

const IMAGE = 'bench:1'

/** A host with its own Docker engine and an image; undefined where this machine cannot have one. */
async function bed(note: (text: string) => void): Promise<Bed | undefined> {
  try {
    Hosts.requirements()
  } catch (error) {
    note((error as Error).message)
    return undefined
  }
  const hosts = new Hosts()
  try {
    const host = await hosts.add('bench')
    await webImage(host, IMAGE)
    return new Bed(hosts, host)
  } catch (error) {
    await hosts.dispose()
    throw error
  }
}

class Bed {
  readonly host: Host
  readonly cluster: Cluster
  readonly #hosts: Hosts
  #peer: Peer | undefined
  /** When the server was started. */
  started = 0

  constructor(hosts: Hosts, host: Host) {
    this.#hosts = hosts
    this.host = host
    this.cluster = new Cluster(host)
  }

  /** Starts the server and a client of it. */
  async start(): Promise<Peer> {
    this.started = performance.now()
    await this.cluster.start()
    this.#peer = await Peer.open(this.cluster.kubeconfig, [this.cluster.pid])
    return this.#peer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer?.close()
    await this.cluster.stopAll()
    await this.#hosts.dispose()
  }
}

const podBody = (name: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'bench' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'web', image: IMAGE, imagePullPolicy: 'Never' }],
  },
})

/** Follows a list of objects until one of them is as wanted; answers when it was seen. */
async function seen(peer: Peer, path: string, wanted: (body: Seen) => boolean): Promise<number> {
  for (;;) {
    const { code, body } = await peer.ask({ path })
    if (code === 200 && wanted(body)) return performance.now()
    await pause(10)
  }
}

interface Seen {
  readonly status?: { readonly phase?: string; readonly conditions?: readonly { type: string; status: string }[] }
}
const isReady = (node: Seen): boolean =>
  (node.status?.conditions ?? []).some(c => c.type === 'Ready' && c.status === 'True')
const isRunning = (pod: Seen): boolean => pod.status?.phase === 'Running'

const running = (peer: Peer, name: string): Promise<number> => seen(peer, `${peer.home}/pods/${name}`, isRunning)

export const nodeReady: HostBench = {
  kind: 'host',
  name: 'node-ready',
  what: 'exec → node Ready',
  budget: 1.5,
  unit: 's',
  async measure(note) {
    await using b = await bed(note)
    if (!b) return undefined
    const peer = await b.start()
    return ((await seen(peer, `/api/v1/nodes/${b.host.name}`, isReady)) - b.started) / 1000
  },
}

export const firstPod: HostBench = {
  kind: 'host',
  name: 'first-pod',
  what: 'exec → first pod Running',
  budget: 3,
  unit: 's',
  async measure(note) {
    await using b = await bed(note)
    if (!b) return undefined
    const peer = await b.start()
    await peer.must({ method: 'POST', path: `${peer.home}/pods`, body: podBody('first') })
    return ((await running(peer, 'first')) - b.started) / 1000
  },
}

export const podStart: HostBench = {
  kind: 'host',
  name: 'pod-start',
  what: 'pod created → Running, above what Docker itself takes',
  budget: 100,
  unit: 'ms',
  async measure(note) {
    await using b = await bed(note)
    if (!b) return undefined
    const peer = await b.start()
    await seen(peer, `/api/v1/nodes/${b.host.name}`, isReady)
    const ours: number[] = []
    const docker: number[] = []
    for (let i = 0; i < 8; i++) {
      const name = `p-${i}`
      const start = performance.now()
      await peer.must({ method: 'POST', path: `${peer.home}/pods`, body: podBody(name) })
      ours.push((await running(peer, name)) - start)
      docker.push(await dockerTime(b.host))
      await peer.must({ method: 'DELETE', path: `${peer.home}/pods/${name}`, body: { gracePeriodSeconds: 0 } })
    }
    note(`p50: pod ${quantile(ours, 0.5).toFixed(0)} ms, Docker alone ${quantile(docker, 0.5).toFixed(0)} ms`)
    return quantile(ours, 0.5) - quantile(docker, 0.5)
  },
}

/** Creates and starts two containers, as a pod of one has, by the engine's API; milliseconds of the calls alone. */
async function dockerTime(host: Host): Promise<number> {
  const { default: Docker } = await import('dockerode')
  const engine = new Docker({ socketPath: host.dockerSocket })
  const make = async (mode: string): Promise<string> => {
    const made = await engine.createContainer({ Image: IMAGE, HostConfig: { NetworkMode: mode } })
    await made.start()
    return made.id
  }
  const start = performance.now()
  const first = await make('none')
  const second = await make(`container:${first}`)
  const took = performance.now() - start
  for (const id of [second, first]) await engine.getContainer(id).remove({ force: true })
  return took
}

/** Both idle lines come from one sitting: a minute to settle, then a minute that is measured. */
let idle: Promise<{ memory: number; cpu: number; pss: number } | undefined> | undefined

async function measureIdle(
  note: (text: string) => void,
): Promise<{ memory: number; cpu: number; pss: number } | undefined> {
  await using b = await bed(note)
  if (!b) return undefined
  const peer = await b.start()
  for (let i = 0; i < 10; i++) await peer.must({ method: 'POST', path: `${peer.home}/pods`, body: podBody(`p-${i}`) })
  for (let i = 0; i < 10; i++) await running(peer, `p-${i}`)
  const { pid } = b.cluster
  await pause(60_000)
  const before = cpuSeconds(pid)
  const start = performance.now()
  await pause(60_000)
  const cpu = ((cpuSeconds(pid) - before) / (performance.now() - start)) * 1e5
  return { memory: rssMib(pid), pss: pssMib(pid), cpu }
}

export const idleMemory: HostBench = {
  kind: 'host',
  name: 'idle-memory',
  what: 'idle server+agent, 10 pods, resident memory',
  budget: 110,
  unit: 'MB',
  async measure(note) {
    idle ??= measureIdle(note)
    const result = await idle
    if (result) note(`${result.pss.toFixed(0)} MiB with shared pages counted in parts (PSS)`)
    return result?.memory
  },
}

export const idleCpu: HostBench = {
  kind: 'host',
  name: 'idle-cpu',
  what: 'idle CPU, of one core',
  budget: 0.2,
  unit: '%',
  async measure(note) {
    idle ??= measureIdle(note)
    return (await idle)?.cpu
  },
}
