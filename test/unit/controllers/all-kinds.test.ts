import { silentLogger } from '../../../src/base/log.ts'
import { Informers } from '../../../src/client/informers.ts'
import { LocalClient } from '../../../src/client/local.ts'
import { AllKinds } from '../../../src/controllers/shared/all-kinds.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import { anyKind } from '../../../src/kinds/kind.ts'
import { context, testRegistry } from '../../support/registry.ts'

test('a handler that throws keeps no other from hearing of a change', async () => {
  await using t = await testRegistry([anyKind(configMap), anyKind(namespace)])
  const { registry, clock } = t
  const told: string[] = []
  const log = { ...silentLogger, error: (message: string) => void told.push(message) }
  const client = new LocalClient({ registry, user: context().user, userAgent: 'test' })
  const informers = new Informers({ client, clock, log })
  const all = new AllKinds({ client, informers, log })
  await all.start()
  await informers.start()
  const heard: string[] = []
  using _broken = all.onChange(() => {
    throw new Error('broken')
  })
  using _sound = all.onChange(({ change }) => void heard.push(change.object.metadata.name ?? ''))
  await client.create(namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
  expect([heard, told]).toEqual([['a'], ['Handler of all kinds failed']])
  // One that comes late hears of what is there, and may throw then too.
  using _late = all.onChange(() => {
    throw new Error('broken')
  })
  expect(told.length).toBe(2)
  await all.stop()
  await informers.stop()
})
