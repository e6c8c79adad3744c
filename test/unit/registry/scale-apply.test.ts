import { deployment } from '../../../src/kinds/apps/deployment.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import { context, json, testRegistry } from '../../support/registry.ts'

const kind = deployment as unknown as Kind
const target = { kind, namespace: 'n', name: 'd' }
const scale = { ...target, subresource: 'scale' }
const SPEC = {
  replicas: 1,
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
}
const scaleTo = (replicas: number) =>
  json({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas } })

async function withDeployment() {
  const room = await testRegistry([kind, namespace as unknown as Kind])
  await room.registry.create(
    context(),
    { kind: namespace as unknown as Kind, namespace: '' },
    json({ metadata: { name: 'n' } }),
    {},
  )
  await room.registry.create(context({ userAgent: 'maker' }), target, json({ metadata: { name: 'd' }, spec: SPEC }), {})
  return room
}

const owners = (object: object) =>
  (object as { metadata: { managedFields: { manager: string; operation: string; fieldsV1: object }[] } }).metadata
    .managedFields

test('who applies another number of replicas conflicts with who set it', async () => {
  await using room = await withDeployment()
  const apply = room.registry.patch(context(), scale, 'apply', scaleTo(3), { fieldManager: 'me' })
  await expect(apply).rejects.toThrow('conflict with "maker" using autoscaling/v1: .spec.replicas')
})

test('who applies the same number owns it beside the other', async () => {
  await using room = await withDeployment()
  await room.registry.patch(context(), scale, 'apply', scaleTo(1), { fieldManager: 'me' })
  const { object } = await room.registry.get(context(), target)
  expect(owners(object).find(o => o.manager === 'me')).toMatchObject({
    operation: 'Apply',
    apiVersion: 'apps/v1',
    subresource: 'scale',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  })
  expect(owners(object).find(o => o.manager === 'maker')).toMatchObject({
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  })
})

test('who forces takes the replicas, and nothing else', async () => {
  await using room = await withDeployment()
  const { stored } = await room.registry.patch(context(), scale, 'apply', scaleTo(3), {
    fieldManager: 'me',
    force: true,
  })
  expect(stored.object).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } })
  const { object } = await room.registry.get(context(), target)
  const left = owners(object).find(o => o.manager === 'maker')
  expect(left).toHaveProperty(['fieldsV1', 'f:spec', 'f:selector'])
  expect(left).not.toHaveProperty(['fieldsV1', 'f:spec', 'f:replicas'])
})
