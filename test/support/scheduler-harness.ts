import { silentLogger } from '../../src/base/log.ts'
import type { Client } from '../../src/client/client.ts'
import { Informers } from '../../src/client/informers.ts'
import { LocalClient } from '../../src/client/local.ts'
import { event } from '../../src/kinds/core/event.ts'
import { namespace } from '../../src/kinds/core/namespace.ts'
import { node } from '../../src/kinds/core/node.ts'
import { pod } from '../../src/kinds/core/pod.ts'
import { serviceAccount } from '../../src/kinds/core/service-account.ts'
import type { Pod } from '../../src/kinds/generated/types.ts'
import { KINDS } from '../../src/kinds/index.ts'
import type { KubeObject } from '../../src/kinds/object.ts'
import type { PodObject } from '../../src/scheduler/framework.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'
import { type Clock, sleepOn } from '../../src/base/clock.ts'
import { settle } from './fake-clock.ts'
import { testRegistry } from './registry.ts'
import { nodeOf, type NodeShape, podOf, type PodShape } from './scheduler-cluster.ts'

/**
 * The scheduler on a real registry, a memory store and a fake clock, with namespace `ns`. Dispose of it at the end.
 * `wrap` makes the scheduler's own client another one.
 */
export async function testScheduler(options: { readonly wrap?: (client: Client) => Client } = {}) {
  const rest = await testRegistry(KINDS)
  const { registry, clock } = rest
  const user = { name: 'admin', groups: ['system:masters'] }
  const client = new LocalClient({ registry, user, userAgent: 'test' })
  const own = new Set<object>()
  const watched = watchTimers(clock, own)
  const informers = new Informers({ client, clock: watched, log: silentLogger })
  const theirs = options.wrap?.(client) ?? client
  const scheduler = new Scheduler({ client: theirs, informers, clock: watched, log: silentLogger, random: () => 1 })
  for (const name of ['ns', 'kube-system'])
    await client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const metadata = { name: 'default', namespace: 'ns' }
  await client.create(serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  const quiet = async (): Promise<void> => settle(20)
  return {
    registry,
    client,
    clock,
    scheduler,
    quiet,
    /** Timers of the scheduler and its informers that wait (the registry has its own). */
    timers: (): number => own.size,
    async start(): Promise<void> {
      void informers.start()
      await scheduler.start()
      await quiet()
    },
    /** A node as it is when the node controller has seen it ready. */
    async addNode(name: string, shape: NodeShape = {}): Promise<void> {
      const { metadata, spec, status } = nodeOf(name, shape)
      await client.create(node, { apiVersion: 'v1', kind: 'Node', metadata: { ...metadata } })
      await client.patch(node, '', name, 'merge', { status }, { subresource: 'status' })
      await client.patch(node, '', name, 'merge', { spec: { taints: null, ...spec } })
      await quiet()
    },
    async addPod(name: string, shape: PodShape = {}): Promise<PodObject> {
      const { metadata, spec } = podOf(name, shape)
      const { uid: _, generation: __, ...own } = metadata
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: own, spec } as KubeObject & Pod
      const made = await client.create(pod, body)
      await quiet()
      return made
    },
    async pod(name: string): Promise<PodObject> {
      return client.get(pod, 'ns', name)
    },
    /** The node of each pod, and '-' without one. */
    async nodes(...names: string[]): Promise<string> {
      const list = await Promise.all(names.map(name => client.get(pod, 'ns', name)))
      return list.map(p => p.spec?.nodeName ?? '-').join(' ')
    },
    /** `type reason message` of the events about an object, as the core API shows them. */
    async events(name: string): Promise<string[]> {
      const { items } = await client.list(event, { namespace: 'ns' })
      return items.filter(e => e.involvedObject.name === name).map(e => `${e.type} ${e.reason} ${e.message}`)
    },
    async [Symbol.asyncDispose]() {
      await scheduler.stop()
      await informers.stop()
      await rest[Symbol.asyncDispose]()
    },
  }
}

/** A clock that keeps the timers in `own` that neither fired nor were disposed of. */
function watchTimers(clock: Clock, own: Set<object>): Clock {
  const watched: Clock = {
    now: () => clock.now(),
    setTimer: (ms, fn) => {
      const timer = {}
      own.add(timer)
      const real = clock.setTimer(ms, () => {
        own.delete(timer)
        fn()
      })
      return {
        [Symbol.dispose]: () => {
          own.delete(timer)
          real[Symbol.dispose]()
        },
      }
    },
    sleep: (ms, signal) => sleepOn(watched, ms, signal),
  }
  return watched
}
