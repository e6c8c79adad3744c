import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent } from '../../src/agent/agent.ts'
import { HollowRuntime } from '../../src/agent/runtime/hollow.ts'
import type { Clock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { LocalClient } from '../../src/client/local.ts'
import { namespace } from '../../src/kinds/core/namespace.ts'
import { pod as podKind } from '../../src/kinds/core/pod.ts'
import { serviceAccount } from '../../src/kinds/core/service-account.ts'
import type { PodSpec, PodStatus } from '../../src/kinds/generated/types.ts'
import { KINDS } from '../../src/kinds/index.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { settle } from './fake-clock.ts'
import { testRegistry } from './registry.ts'

const PLENTY = {
  memoryBytes: 2 ** 40,
  diskBytes: 2 ** 60,
  diskInodes: 1e9,
  diskInodesTotal: 1e9,
  pids: 1e6,
  pidsTotal: 1e6,
}

/** An agent on a runtime that only pretends, a registry in memory, and a clock that stands still. */
export async function hollowNode(make = (clock: Clock): HollowRuntime => new HollowRuntime({ clock })) {
  const kinds = KINDS as unknown as Kind[]
  const { registry, clock, store, ...rest } = await testRegistry(kinds)
  const client = new LocalClient({ registry, user: { name: 'admin', groups: ['system:masters'] }, userAgent: 'test/1' })
  for (const name of ['default', 'kube-node-lease']) {
    await client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } }
  await client.create(serviceAccount, account)
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-hollow-'))
  const runtime = make(clock)
  const addresses = new Map<string, string>()
  let stuck = 0
  const agent = createAgent({
    client,
    runtime,
    network: {
      setUp: async ({ uid }) => {
        addresses.set(uid, addresses.get(uid) ?? `10.42.0.${addresses.size + 2}`)
        return { ip: addresses.get(uid) ?? '' }
      },
      tearDown: async ({ uid }) => {
        if (stuck-- > 0) throw new Error('the link is busy')
        addresses.delete(uid)
      },
      keepOnly: async isKnown => {
        for (const uid of addresses.keys()) if (!isKnown(uid)) addresses.delete(uid)
      },
    },
    clock,
    log: silentLogger,
    nodeName: 'n',
    nodeIp: '192.0.2.1',
    kubeletVersion: 'v1.36.3',
    dataDir: dir,
    clusterDns: '10.43.0.10',
    clusterDomain: 'cluster.local',
    // This machine may be full.
    headroom: () => PLENTY,
  })
  await agent.start()
  const rested = async (): Promise<void> => {
    for (let revision = -1; revision !== store.revision; ) {
      revision = store.revision
      await settle(20)
    }
  }
  return {
    client,
    clock,
    runtime,
    addresses,
    /** So many times a pod's network cannot be taken away. */
    stick: (times: number) => void (stuck = times),
    store,
    rested,
    async create(name: string, spec: Partial<PodSpec> = {}): Promise<void> {
      const containers = [{ name: 'c', image: 'x:1', imagePullPolicy: 'IfNotPresent' }]
      const metadata = { name, namespace: 'default' }
      const whole = {
        nodeName: 'n',
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 5,
        containers,
        ...spec,
      }
      await client.create(podKind, { apiVersion: 'v1', kind: 'Pod', metadata, spec: whole })
      await rested()
    },
    async status(name: string): Promise<PodStatus> {
      return ((await client.get(podKind, 'default', name)).status ?? {}) as PodStatus
    },
    async advance(ms: number): Promise<void> {
      await clock.advance(ms)
      await rested()
    },
    /** The newest container of that name. */
    async container(name: string) {
      const all = (await runtime.list()).filter(c => c.name === name)
      const last = all.sort((a, b) => b.attempt - a.attempt)[0]
      if (!last) throw new Error(`no container ${name}`)
      return last
    },
    async [Symbol.asyncDispose]() {
      await agent.stop()
      await rest[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
