import type { Kind } from '../../src/kinds/kind.ts'
import { createRegistry, type RegistryDeps } from '../../src/registry/registry.ts'
import type { Body, KindTable, RequestContext, Stored } from '../../src/registry/api.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { silentLogger } from '../../src/base/log.ts'
import { FakeClock } from './fake-clock.ts'

/** A kind table of some kinds. */
export function kindTable(kinds: readonly Kind[]): KindTable {
  return {
    all: () => kinds,
    byResource: (group, version, plural) =>
      kinds.find(k => k.group === group && k.version === version && k.plural === plural),
    byKind: (group, version, kind) => kinds.find(k => k.group === group && k.version === version && k.kind === kind),
  }
}

export const testConfig: RegistryDeps['config'] = {
  serviceCidr: '10.43.0.0/16',
  nodePorts: [30000, 32767],
  clusterDomain: 'cluster.local',
}

export function context(over: Partial<RequestContext> = {}): RequestContext {
  return { user: { name: 'admin', groups: ['system:masters'] }, userAgent: 'test', warnings: [], ...over }
}

export const json = (object: object | string): Body => ({
  type: 'json',
  bytes: Buffer.from(typeof object === 'string' ? object : JSON.stringify(object)),
})

/** A started registry on a memory store and a fake clock. Dispose of it at the end of the test. */
export async function testRegistry(kinds: readonly Kind[], over: Partial<RegistryDeps> = {}) {
  const clock = new FakeClock()
  const store = new MemoryStore<Stored>({ clock })
  await store.start()
  const registry = createRegistry({
    store,
    kinds: kindTable(kinds),
    clock,
    log: silentLogger,
    config: testConfig,
    ...over,
  })
  await registry.start()
  return {
    registry,
    store,
    clock,
    async [Symbol.asyncDispose]() {
      await registry.stop()
      await store.close()
    },
  }
}
