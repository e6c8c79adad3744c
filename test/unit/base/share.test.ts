import { ExactNumber } from '../../../src/base/json.ts'
import { Sharing } from '../../../src/base/share.ts'

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}

test.each<[string, unknown]>([
  ['an object', { a: 1, b: 'two', c: null, d: true }],
  ['an array', [1, 'two', [3]]],
  ['an object without members', {}],
  ['an array without items', []],
  ['nested ones', { a: [{ b: [{}, { c: 'd' }] }], e: { f: { g: [[]] } } }],
  ['numbers that are no integers', { a: 0.25, b: 1e300, c: -1 }],
])('of equal values there is one: %s', (_, value) => {
  const sharing = new Sharing()
  const first = sharing.share(freeze(copy(value)))
  const second = sharing.share(freeze(copy(value)))
  expect(first).toEqual(value)
  expect(JSON.stringify(first)).toBe(JSON.stringify(value))
  expect(second).toBe(first)
})

test.each<[string, unknown, unknown]>([
  ['other values', { a: 1 }, { a: 2 }],
  ['other keys', { a: 1 }, { b: 1 }],
  ['more members', { a: 1 }, { a: 1, b: 2 }],
  ['members in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['items in another order', [1, 2], [2, 1]],
  ['an object and an array', {}, []],
  ['an array and an object that looks like it', ['a'], { 0: 'a' }],
  ['a number and its text', ['1'], [1]],
  ['null and false', [null], [false]],
  ['numbers that differ behind the point', [0.5], [0.25]],
])('what differs stays apart: %s', (_, one, other) => {
  const sharing = new Sharing()
  const first = sharing.share(copy(one))
  const second = sharing.share(copy(other))
  expect(second).not.toBe(first)
  expect(JSON.stringify([first, second])).toBe(JSON.stringify([one, other]))
})

test('parts that are equal are one where the whole is not', () => {
  const sharing = new Sharing()
  const tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }]
  const first = sharing.share({ name: 'a', tolerations: copy(tolerations) })
  const second = sharing.share({ name: 'b', tolerations: copy(tolerations), more: { again: copy(tolerations) } })
  expect(second.tolerations).toBe(first.tolerations)
  expect(second.more.again).toBe(first.tolerations)
})

test('what goes in is never changed', () => {
  const sharing = new Sharing()
  sharing.share({ inner: { a: [1] } })
  const given = { other: true, inner: { a: [1] } }
  const { inner } = given
  expect(sharing.share(given)).not.toBe(given)
  expect(given.inner).toBe(inner)
})

test('a member that is named like the prototype stays a member', () => {
  const text = '{"a":{"__proto__":{"b":[1]},"c":[1]}}'
  const sharing = new Sharing()
  for (let i = 0; i < 3; i++) expect(JSON.stringify(sharing.share(JSON.parse(text)))).toBe(text)
})

test('instances of classes are taken as they are', () => {
  const sharing = new Sharing()
  const [one, other] = [new ExactNumber('1.0'), new ExactNumber('1.0')]
  expect(sharing.share({ n: one }).n).toBe(one)
  expect(sharing.share({ n: other }).n).toBe(other)
})

test('what is nested deeply is given back as it came', () => {
  let deep: unknown = 'bottom'
  for (let i = 0; i < 5000; i++) deep = i % 2 ? [deep] : { deep }
  const text = JSON.stringify(deep)
  expect(JSON.stringify(new Sharing().share(deep))).toBe(text)
})

test('after very many other values nothing is wrong, and frequent ones are still shared', () => {
  const sharing = new Sharing()
  const often = { labels: { app: 'web', tier: 'front' } }
  const seen = new Set<unknown>()
  for (let i = 0; i < 50_000; i++) {
    const value = { name: `pod-${i}`, own: [i], ...copy(often) }
    const shared = sharing.share(value)
    expect(shared).toEqual(value)
    seen.add(shared.labels)
  }
  expect(seen.size).toBeLessThan(50)
})
