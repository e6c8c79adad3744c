import { silentLogger } from '../../src/base/log.ts'
import type { Logger } from '../../src/base/log.ts'
import { LocalClient } from '../../src/client/local.ts'
import { startControllers } from '../../src/controllers/index.ts'
import { deployment } from '../../src/kinds/apps/deployment.ts'
import { replicaSet } from '../../src/kinds/apps/replica-set.ts'
import { pod } from '../../src/kinds/core/pod.ts'
import { replicationController } from '../../src/kinds/core/replication-controller.ts'
import { KINDS } from '../../src/kinds/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { apiVersionOf } from '../../src/kinds/kind.ts'
import type { Frozen, KubeObject } from '../../src/kinds/object.ts'
import { settle } from './fake-clock.ts'
import { testRegistry } from './registry.ts'

const clientOf = (registry: ConstructorParameters<typeof LocalClient>[0]['registry'], userAgent: string): LocalClient =>
  new LocalClient({ registry, user: { name: 'admin', groups: ['system:masters'] }, userAgent })

/**
 * Registry, memory store, local client and all controllers on a fake clock. `client` is the test's own;
 * `advance` moves time and lets the controllers come to rest. Dispose of it at the end of the test.
 */
export async function testCluster(options: { readonly log?: Logger } = {}) {
  const log = options.log ?? silentLogger
  const kinds = new Map<string, Kind>(KINDS.map(k => [k.storage + k.group, k]))
  for (const kind of [pod, replicaSet, deployment, replicationController] as unknown as Kind[])
    if (!kinds.has(kind.storage + kind.group)) kinds.set(kind.storage + kind.group, kind)
  const { registry, clock, store, ...rest } = await testRegistry([...kinds.values()])
  const controllers = startControllers({
    client: clientOf(registry, 'kube-controller-manager/test'),
    clock,
    log,
    config: {
      rootCa: 'the root certificate',
      clusterCidr: '10.42.0.0/16',
      issueLegacyToken: async o => `token of ${o.namespace}/${o.serviceAccount.name} in ${o.secret}`,
    },
  })
  await controllers.start()
  const client = clientOf(registry, 'test/1')
  const rest_ = async (): Promise<void> => {
    let revision = -1
    const limit = store.revision + 2000
    for (let quiet = 0; quiet < 3; quiet++) {
      if (store.revision > limit) throw new Error('The controllers do not come to rest')
      if (revision !== store.revision) quiet = 0
      revision = store.revision
      await settle()
    }
  }
  await rest_()
  return {
    registry,
    clock,
    store,
    client,
    controllers,
    /** Lets the controllers work until nothing is written any more. */
    rest: rest_,
    async advance(ms: number): Promise<void> {
      await clock.advance(ms)
      await rest_()
    },
    /** Plays the kubelet: the pod runs and is ready, or not. */
    async setReady(namespace: string, name: string, ready: boolean, ip = '10.42.0.9'): Promise<void> {
      const time = new Date(clock.now()).toISOString().slice(0, 19) + 'Z'
      const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: time }]
      const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions }
      await client.patch(pod, namespace, name, 'merge', { status }, { subresource: 'status' })
      await rest_()
    },
    async pods(namespace: string) {
      return (await client.list(pod, { namespace })).items
    },
    /** Creates an object of a kind from what a client would write, without apiVersion and kind. */
    make<T extends KubeObject>(
      kind: Kind<T>,
      object: { metadata: object; [field: string]: unknown },
    ): Promise<Frozen<T>> {
      return client.create(kind, { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object } as unknown as T)
    },
    /** Creates a pod of one container. */
    makePod(namespace: string, name: string, spec: object = {}): Promise<Frozen<KubeObject>> {
      const containers = [{ name: 'c', image: 'i' }]
      return this.make(pod, { metadata: { name, namespace }, spec: { containers, ...spec } })
    },
    async namespace(name: string): Promise<void> {
      const kind = registry.kinds.byKind('', 'v1', 'Namespace') as Kind
      await client.create(kind, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as KubeObject)
      await rest_()
    },
    async [Symbol.asyncDispose]() {
      await controllers.stop()
      await rest[Symbol.asyncDispose]()
    },
  }
}

export type TestCluster = Awaited<ReturnType<typeof testCluster>>
