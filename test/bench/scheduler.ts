import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { Informers } from '../../src/client/informers.ts'
import type { ClientEvent } from '../../src/client/client.ts'
import { LocalClient } from '../../src/client/local.ts'
import { node } from '../../src/kinds/core/node.ts'
import { pod } from '../../src/kinds/core/pod.ts'
import { namespace } from '../../src/kinds/core/namespace.ts'
import { serviceAccount } from '../../src/kinds/core/service-account.ts'
import type { Pod } from '../../src/kinds/generated/types.ts'
import { kindTable } from '../../src/kinds/index.ts'
import type { KubeObject } from '../../src/kinds/object.ts'
import type { Stored } from '../../src/registry/api.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { storedCodec } from '../../src/registry/stored.ts'
import { Scheduler } from '../../src/scheduler/scheduler.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { testConfig } from '../support/registry.ts'
import { type HostBench, inParallel } from './support/bench.ts'

const NODES = 1000
const PODS = 10_000

/** Registry, SQLite store and scheduler as in the server, without HTTP: pods wait before the scheduler starts. */
export const scheduler: HostBench = {
  kind: 'host',
  name: 'scheduler',
  what: 'scheduler, 1,000 hollow nodes, plain pods, bound durably',
  budget: 2000,
  unit: 'pods/s',
  moreIsBetter: true,
  async measure() {
    const dir = mkdtempSync(join(tmpdir(), 'kubelite-bench-'))
    const clock = new SystemClock()
    const log = silentLogger
    const store = new SqliteStore<Stored>({ path: join(dir, 'db'), codec: storedCodec, clock, log })
    await store.start()
    const registry = createRegistry({ store, kinds: kindTable(), clock, log, config: testConfig })
    await registry.start()
    const user = { name: 'bench', groups: ['system:masters'] }
    const client = new LocalClient({ registry, user, userAgent: 'bench' })
    const informers = new Informers({ client, clock, log })
    void informers.start()
    const part = new Scheduler({ client, informers, clock, log })
    try {
      await fill(client)
      let watching: Disposable | undefined
      const all = new Promise<void>((resolve, reject) => {
        const bound = new Set<string>()
        const onEvent = (event: ClientEvent<KubeObject & Pod>): void => {
          if (event.type !== 'MODIFIED' || !event.object.spec?.nodeName) return
          bound.add(event.object.metadata.name ?? '')
          if (bound.size === PODS) resolve()
        }
        void client.watch(pod, { onEvent, onEnd: error => reject(error ?? new Error('the watch ended')) }).then(w => {
          watching = w
        })
      })
      const start = performance.now()
      await part.start()
      await all
      const took = performance.now() - start
      watching?.[Symbol.dispose]()
      return (PODS / took) * 1000
    } finally {
      await part.stop()
      await informers.stop()
      await registry.stop()
      await store.close()
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

async function fill(client: LocalClient): Promise<void> {
  for (const name of ['default', 'kube-system'])
    await client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const metadata = { name: 'default', namespace: 'default' }
  await client.create(serviceAccount, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
  await inParallel(NODES, 32, async i => {
    const name = `n-${i}`
    const capacity = { cpu: '32', memory: '64Gi', pods: '110' }
    const status = { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] }
    await client.create(node, { apiVersion: 'v1', kind: 'Node', metadata: { name } })
    // A new node is tainted until a controller, which does not run here, sees it ready.
    await client.patch(node, '', name, 'merge', { spec: { taints: null } })
    await client.patch(node, '', name, 'merge', { status }, { subresource: 'status' })
  })
  await inParallel(PODS, 32, i =>
    client.create(pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p-${i}`, namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '10m', memory: '16Mi' } } }] },
    } as KubeObject & Pod),
  )
}
