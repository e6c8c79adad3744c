import type { KubeObject } from '../../../src/kinds/object.ts'
import { storedAt, storedCodec } from '../../../src/registry/stored.ts'

const configMap = (name: string, data: Record<string, string>): KubeObject =>
  ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    data,
  }) as KubeObject

test.each([
  ['ASCII only', 'x'.repeat(100), 'string'],
  ['letters of Latin-1', 'Müller', 'object'],
  ['letters of three bytes', '“quoted”', 'object'],
  ['pairs of surrogates', 'rocket 🚀', 'object'],
  ['a control character', 'a\u0000b', 'string'],
])('an object keeps its JSON, and is the same again after it was stored: %s', (_, text, form) => {
  const stored = storedAt('default/a', 7, configMap('a', { text }))
  const json = JSON.stringify(stored.object)
  expect(typeof stored.keptJson).toBe(form)
  expect(stored.json().toString('utf8')).toBe(json)
  expect(stored.keptJson).toHaveLength(Buffer.byteLength(json))

  // The store lends its bytes: another value may be there afterwards.
  const lent = Buffer.concat([Buffer.from('before'), storedCodec.encode(stored)]).subarray(6)
  const again = storedCodec.decode(lent, 'core/configmaps/default/a', 7)
  lent.fill(0x20)
  expect(again.key).toBe('default/a')
  expect(again.revision).toBe(7)
  expect(again.object).toEqual(stored.object)
  expect(again.json().toString('utf8')).toBe(json)
  expect(typeof again.keptJson).toBe(form)
})

test('objects share what is equal in them, written or read', () => {
  const data = { key: 'value of some length' }
  const a = storedAt('default/a', 2, configMap('a', { ...data })).object
  const b = storedAt('default/b', 3, configMap('b', { ...data })).object
  const c = storedAt('default/c', 4, configMap('c', { ...data }))
  const read = storedCodec.decode(storedCodec.encode(c), 'core/configmaps/default/c', 4).object
  expect(b).not.toBe(a)
  expect([b, read].map(o => (o as { data?: unknown }).data === (a as { data?: unknown }).data)).toEqual([true, true])
  expect(read.metadata.labels).toBe(a.metadata.labels)
  expect([a, b, read].map(o => o.metadata.name)).toEqual(['a', 'b', 'c'])
})

test('the ends of 64 bits are written as Go reads them, and texts as they are', () => {
  const object = { ...configMap('a', { text: '9223372036854776000' }), max: 2 ** 63, min: -(2 ** 63), safe: 2 ** 53 }
  const text = storedAt('default/a', 7, object as KubeObject)
    .json()
    .toString('utf8')
  expect(text).toContain(
    '"text":"9223372036854776000"},"max":9223372036854775807,"min":-9223372036854775808,"safe":9007199254740992}',
  )
})
