import { configMap } from '../../../src/kinds/core/config-map.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import { StatusError } from '../../../src/base/errors.ts'
import { context, json, testRegistry } from '../../support/registry.ts'

const cm = configMap as unknown as Kind
const ns = namespace as unknown as Kind
const target = { kind: cm, namespace: 'one' }

async function withMaps(...names: string[]) {
  const t = await testRegistry([cm, ns])
  await t.registry.create(context(), { kind: ns, namespace: '' }, json({ metadata: { name: 'one' } }), {})
  for (const name of names) await t.registry.create(context(), target, json({ metadata: { name } }), {})
  return t
}

const names = (items: readonly { key: string }[]) => items.map(i => i.key.slice(4)).join(' ')

test('names are in order of bytes', async () => {
  await using t = await withMaps('b', 'a.b', 'a-b', 'a0', 'a', '10')
  expect(names((await t.registry.list(context(), target, {})).items)).toBe('10 a a-b a.b a0 b')
})

test('pages are one snapshot whatever happens between them', async () => {
  await using t = await withMaps('a', 'b', 'c', 'd')
  const first = await t.registry.list(context(), target, { limit: 2 })
  expect(names(first.items)).toBe('a b')
  expect(first.remainingItemCount).toBe(2)
  await t.registry.delete(context(), { ...target, name: 'c' }, {})
  await t.registry.create(context(), target, json({ metadata: { name: 'ca' } }), {})
  const token = first.continue as string
  const second = await t.registry.list(context(), target, { limit: 1, continue: token })
  expect(names(second.items)).toBe('c')
  expect(second.resourceVersion).toBe(first.resourceVersion)
  const third = await t.registry.list(context(), target, { continue: second.continue as string })
  expect(names(third.items)).toBe('d')
  expect(third.continue).toBeUndefined()
})

test('a continue token whose history is gone is answered with one that goes on inconsistently', async () => {
  await using t = await withMaps('a', 'b', 'c')
  const first = await t.registry.list(context(), target, { limit: 1 })
  await t.registry.create(context(), target, json({ metadata: { name: 'bb' } }), {})
  await t.store.compact(t.store.revision)
  const error = await t.registry
    .list(context(), target, { continue: first.continue as string })
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(StatusError)
  expect((error as StatusError).code).toBe(410)
  const next = (error as StatusError).status.metadata.continue as string
  expect(names((await t.registry.list(context(), target, { continue: next })).items)).toBe('b bb c')
})

test('a revision that is not there yet is answered with 504 and retryAfter', async () => {
  await using t = await withMaps()
  await expect(t.registry.list(context(), target, { resourceVersion: '99' })).rejects.toMatchObject({
    status: {
      code: 504,
      message: `Timeout: Too large resource version: 99, current: ${t.store.revision}`,
      details: { retryAfterSeconds: 1 },
    },
  })
})

test('a watch from a revision whose history is gone ends with 410', async () => {
  await using t = await withMaps('a', 'b')
  await t.store.compact(t.store.revision)
  const ends: unknown[] = []
  await t.registry.watch(context(), target, { resourceVersion: '1', onEvent: () => {}, onEnd: s => ends.push(s?.code) })
  expect(ends).toEqual([410])
})

test('an idle watcher that wants bookmarks gets one a minute after a revision moved, and then none', async () => {
  await using t = await withMaps('a')
  const seen: string[] = []
  using _watch = await t.registry.watch(context(), target, {
    resourceVersion: String(t.store.revision),
    allowWatchBookmarks: true,
    onEvent: events => seen.push(...events.map(e => (e.type === 'BOOKMARK' ? e.resourceVersion : e.type))),
    onEnd: () => {},
  })
  await t.clock.advance(120_000)
  expect(seen).toEqual([])
  await t.registry.create(context(), { kind: ns, namespace: '' }, json({ metadata: { name: 'two' } }), {})
  await t.clock.advance(60_000)
  expect(seen).toEqual([String(t.store.revision)])
  await t.clock.advance(600_000)
  expect(seen).toEqual([String(t.store.revision)])
})
