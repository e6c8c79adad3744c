import { formatMicroTime } from '../../base/clock.ts'
import type { Clock } from '../../base/clock.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import type { Part } from '../../base/part.ts'
import type { Client } from '../../client/client.ts'
import { lease as leaseKind } from '../../kinds/coordination/lease.ts'
import { node as nodeKind } from '../../kinds/core/node.ts'
import type { Lease, Node, NodeStatus, Taint } from '../../kinds/generated/types.ts'
import type { Frozen, ObjectOf } from '../../kinds/object.ts'
import type { Runtime, RuntimeImage, RuntimeInfo } from '../runtime/runtime.ts'
import { covers } from '../status-writer.ts'
import type { Headroom, MachineFacts } from './facts.ts'
import { nodeStatusOf, withoutHeartbeat } from './status.ts'

export interface NodeReporterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly runtime: Runtime
  readonly nodeName: string
  readonly nodeIp: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly kubeletPort: number
  readonly kubeletVersion: string
  /** What is left of the machine now. */
  readonly headroom: () => Headroom
  readonly machine: MachineFacts
  readonly info: () => RuntimeInfo
  /** The node's object as a watch has it. */
  readonly node: () => Frozen<NodeObject> | undefined
  /** Why pods cannot run; empty when they can. */
  readonly fault: () => string
}

type NodeObject = ObjectOf<Node>
type LeaseObject = ObjectOf<Lease>

/** How often the lease is renewed and the machine looked at. */
const RENEW_MS = 10_000
const LEASE_SECONDS = 40
const LEASE_NAMESPACE = 'kube-node-lease'
/** An unchanged status is still written this often. */
const REPORT_MS = 300_000
const RETRY_MS = 1_000

/** Registers the node, renews its lease, and reports its status when that changes. */
export class NodeReporter implements Part {
  readonly #o: NodeReporterOptions
  readonly #abort = new AbortController()
  #timer: Disposable | undefined
  #lease: Frozen<LeaseObject> | undefined
  #node: Frozen<NodeObject> | undefined
  #images: readonly RuntimeImage[] = []
  #reportedAt = 0
  #queue: Promise<void> = Promise.resolve()

  constructor(options: NodeReporterOptions) {
    this.#o = options
  }

  /** Resolves when the node is registered. */
  async start(): Promise<void> {
    for (;;) {
      try {
        this.#images = await this.#o.runtime.listImages().catch(() => [])
        await this.#register()
        break
      } catch (error) {
        this.#o.log.warn('Node not registered', { error: error as Error })
        await this.#o.clock.sleep(RETRY_MS, this.#abort.signal)
      }
    }
    void this.#tick()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('The node reporter stops'))
    this.#timer?.[Symbol.dispose]()
    await this.#queue
  }

  /** Looks at the machine and its images now, for example because pods can run from now on. */
  refresh(): Promise<void> {
    this.#queue = this.#queue
      .then(() => this.#report())
      .catch((error: unknown) => this.#o.log.warn('Node status not written', { error: error as Error }))
    return this.#queue
  }

  async #tick(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#timer = this.#o.clock.setTimer(RENEW_MS, () => void this.#tick())
    await this.#renew().catch((error: unknown) => this.#o.log.warn('Node lease not renewed', { error: error as Error }))
    await this.refresh()
  }

  async #register(): Promise<void> {
    const { client, nodeName, taints } = this.#o
    const present = await client.get<NodeObject>(nodeKind, '', nodeName).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    if (present) await this.#adopt(present)
    else {
      const node: NodeObject = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: nodeName, labels: this.#labels(), annotations: { ...ANNOTATIONS } },
        spec: taints.length ? { taints: taints.map(t => ({ ...t })) } : {},
        status: this.#status(undefined),
      }
      this.#node = await client.create<NodeObject>(nodeKind, node).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
        return client.get<NodeObject>(nodeKind, '', nodeName)
      })
    }
    await this.#report()
  }

  /** A node that is known keeps what others gave it; its own labels are brought up to date. */
  async #adopt(present: Frozen<NodeObject>): Promise<void> {
    const { client } = this.#o
    const { labels, annotations } = present.metadata
    const wanted = { labels: { ...labels, ...this.#labels() }, annotations: { ...annotations, ...ANNOTATIONS } }
    this.#node = covers({ labels, annotations }, wanted)
      ? present
      : await client.patch<NodeObject>(nodeKind, '', this.#o.nodeName, 'merge', { metadata: wanted })
  }

  #labels(): Record<string, string> {
    const { machine, nodeName, labels } = this.#o
    return {
      'beta.kubernetes.io/arch': machine.architecture,
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': machine.architecture,
      'kubernetes.io/hostname': nodeName,
      'kubernetes.io/os': 'linux',
      ...labels,
    }
  }

  #status(old: NodeStatus | undefined): NodeStatus {
    const o = this.#o
    return nodeStatusOf(
      {
        machine: o.machine,
        headroom: o.headroom(),
        runtime: o.info(),
        images: this.#images,
        ip: o.nodeIp,
        hostname: o.nodeName,
        kubeletPort: o.kubeletPort,
        kubeletVersion: o.kubeletVersion,
        fault: o.fault(),
      },
      old,
      o.clock.now(),
    )
  }

  async #report(fresh = false): Promise<void> {
    if (!this.#node || this.#abort.signal.aborted) return
    const { client, clock, runtime } = this.#o
    const due = clock.now() - this.#reportedAt >= REPORT_MS
    if (due) this.#images = await runtime.listImages().catch(() => this.#images)
    // Others write to it too: taints, extended resources, conditions.
    const seen = this.#o.node()
    this.#node = fresh || !seen ? await this.#read() : newer(this.#node, seen)
    if (!this.#node) {
      this.#o.log.warn('Node object is gone: registering again')
      return this.#register()
    }
    const old = this.#node.status as NodeStatus | undefined
    const status = this.#status(old)
    if (!due && old && covers(withoutHeartbeat(old), withoutHeartbeat(status))) return
    try {
      this.#node = await client.update<NodeObject>(
        nodeKind,
        { ...this.#node, status: { ...old, ...status } } as NodeObject,
        {
          subresource: 'status',
        },
      )
      this.#reportedAt = clock.now()
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      return this.#report(true)
    }
  }

  async #read(): Promise<Frozen<NodeObject> | undefined> {
    return this.#o.client.get<NodeObject>(nodeKind, '', this.#o.nodeName).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
      return undefined
    })
  }

  async #renew(): Promise<void> {
    const { client, clock, nodeName } = this.#o
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: formatMicroTime(clock.now()),
    }
    for (let i = 0; i < 5; i++) {
      try {
        this.#lease ??= await client.get<LeaseObject>(leaseKind, LEASE_NAMESPACE, nodeName).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
          return undefined
        })
        this.#lease = this.#lease
          ? await client.update<LeaseObject>(leaseKind, {
              ...this.#lease,
              spec: { ...this.#lease.spec, ...spec },
            } as LeaseObject)
          : await client.create<LeaseObject>(leaseKind, this.#newLease(spec))
        return
      } catch (error) {
        this.#lease = undefined
        if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
      }
    }
  }

  #newLease(spec: Lease['spec']): LeaseObject {
    const { name = '', uid = '' } = this.#node?.metadata ?? {}
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace: LEASE_NAMESPACE,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
      },
      spec,
    }
  }
}

/** Of two versions of one object, the later one. */
function newer(a: Frozen<NodeObject> | undefined, b: Frozen<NodeObject> | undefined): Frozen<NodeObject> | undefined {
  const revision = (n: Frozen<NodeObject>): number => Number(n.metadata.resourceVersion ?? 0)
  return a && b ? (revision(b) >= revision(a) ? b : a) : (b ?? a)
}

const ANNOTATIONS = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }
