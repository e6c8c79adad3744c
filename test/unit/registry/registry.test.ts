import { configMap } from '../../../src/kinds/core/config-map.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { WatchEvent } from '../../../src/registry/api.ts'
import { context, json, testRegistry } from '../../support/registry.ts'

const cm = configMap as unknown as Kind
const ns = namespace as unknown as Kind
const target = { kind: cm, namespace: 'one' }

async function withNamespace() {
  const t = await testRegistry([cm, ns])
  await t.registry.create(context(), { kind: ns, namespace: '' }, json({ metadata: { name: 'one' } }), {})
  return t
}

const make = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>) =>
  json({ metadata: { name, ...(labels ? { labels } : {}) }, data })

test('create, get, list, update, patch and delete work on what was written', async () => {
  await using t = await withNamespace()
  const { registry } = t
  const made = await registry.create(context(), target, make('a', { x: '1' }), {})
  expect(made.created).toBe(true)
  const got = await registry.get(context(), { ...target, name: 'a' })
  expect(got).toBe(made.stored)
  expect(got.json().toString()).toMatch(
    /^\{"kind":"ConfigMap","apiVersion":"v1","metadata":\{"name":"a","namespace":"one"/,
  )
  const updated = await registry.update(context(), { ...target, name: 'a' }, make('a', { x: '2' }), {})
  expect((updated.stored.object as { data?: unknown }).data).toEqual({ x: '2' })
  const same = await registry.update(context(), { ...target, name: 'a' }, make('a', { x: '2' }), {})
  expect(same.stored).toBe(updated.stored)
  const patched = await registry.patch(context(), { ...target, name: 'a' }, 'merge', json({ data: { y: '3' } }), {})
  expect((patched.stored.object as { data?: unknown }).data).toEqual({ x: '2', y: '3' })
  const list = await registry.list(context(), target, {})
  expect(list.items).toEqual([patched.stored])
  const deleted = await registry.delete(context(), { ...target, name: 'a' }, {})
  expect(deleted).toMatchObject({ status: { status: 'Success', details: { name: 'a', kind: 'configmaps' } } })
  await expect(registry.get(context(), { ...target, name: 'a' })).rejects.toThrow('configmaps "a" not found')
})

test('a stale replacement is refused', async () => {
  await using t = await withNamespace()
  const made = await t.registry.create(context(), target, make('a'), {})
  const stale = json({
    metadata: { name: 'a', resourceVersion: made.stored.object.metadata.resourceVersion },
    data: { a: '1' },
  })
  await t.registry.update(context(), { ...target, name: 'a' }, stale, {})
  await expect(t.registry.update(context(), { ...target, name: 'a' }, stale, {})).rejects.toThrow(
    'Operation cannot be fulfilled on configmaps "a": the object has been modified',
  )
})

test('changes that name no revision all happen, however many meet', async () => {
  await using t = await withNamespace()
  await t.registry.create(context(), target, make('a'), {})
  const patches = Array.from({ length: 30 }, (_, i) =>
    t.registry.patch(context(), { ...target, name: 'a' }, 'merge', json({ data: { [`k${i}`]: 'x' } }), {}),
  )
  await Promise.all(patches)
  const { object } = await t.registry.get(context(), { kind: configMap, namespace: 'one', name: 'a' })
  expect(Object.keys(object.data ?? {}).length).toBe(30)
})

test('a key that any JavaScript object has by birth is written as any other', async () => {
  await using t = await withNamespace()
  await t.registry.create(context(), target, make('a', { x: '1' }), {})
  const patch = json({ data: { constructor: '2' } })
  const patched = await t.registry.patch(context(), { ...target, name: 'a' }, 'merge', patch, {})
  expect(patched.stored.object).toMatchObject({ data: { constructor: '2', x: '1' } })
  const again = await t.registry.get(context(), { ...target, name: 'a' })
  expect(again).toBe(patched.stored)
})

test('a watch shows what exists, then what happens, and selectors turn changes into additions and removals', async () => {
  await using t = await withNamespace()
  const { registry } = t
  const first = await registry.create(context(), target, make('a', {}, { app: 'x' }), {})
  const seen: string[] = []
  const show = (events: readonly WatchEvent[]) => {
    for (const e of events)
      seen.push(e.type === 'BOOKMARK' ? `BOOKMARK ${e.initialEventsEnd}` : `${e.type} ${e.stored.key}`)
  }
  using _watch = await registry.watch(context(), target, {
    labelSelector: 'app=x',
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    allowWatchBookmarks: true,
    onEvent: show,
    onEnd: () => {},
  })
  await registry.create(context(), target, make('b'), {})
  await registry.patch(context(), { ...target, name: 'b' }, 'merge', json({ metadata: { labels: { app: 'x' } } }), {})
  await registry.patch(context(), { ...target, name: 'b' }, 'merge', json({ data: { k: 'v' } }), {})
  await registry.patch(context(), { ...target, name: 'a' }, 'merge', json({ metadata: { labels: { app: 'y' } } }), {})
  await registry.delete(context(), { ...target, name: 'b' }, {})
  expect(seen).toEqual([
    'ADDED one/a',
    'BOOKMARK true',
    'ADDED one/b',
    'MODIFIED one/b',
    'DELETED one/a',
    'DELETED one/b',
  ])
  const again: string[] = []
  using _history = await registry.watch(context(), target, {
    resourceVersion: String(first.stored.revision),
    onEvent: events => again.push(...events.map(e => e.type)),
    onEnd: () => {},
  })
  await new Promise(resolve => setImmediate(resolve))
  expect(again).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED'])
  await registry.create(context(), target, make('c'), {})
  await new Promise(resolve => setImmediate(resolve))
  expect(again).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'MODIFIED', 'DELETED', 'ADDED'])
})
