import { listJson } from '../../../src/apiserver/list-json.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import type { Stored } from '../../../src/registry/api.ts'
import { storedAt } from '../../../src/registry/stored.ts'

const kind = configMap as unknown as Kind

function objects(count: number, bytes: number): Stored[] {
  return Array.from({ length: count }, (_, i) =>
    storedAt(`default/c-${i}`, i + 1, {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: `c-${i}`, namespace: 'default' },
      data: { text: 'x'.repeat(bytes) },
    } as KubeObject),
  )
}

test.each([
  ['no objects', 0, 0, 2],
  ['one object', 1, 10, 3],
  ['objects that fill one piece', 100, 100, 3],
  ['objects that fill several pieces', 2000, 1000, 7],
  ['objects that are larger than a piece', 3, 600_000, 5],
])('%s: the pieces make the list, and its length is known before', (_, count, bytes, pieces) => {
  const items = objects(count, bytes)
  const json = listJson(kind, { items, resourceVersion: '9000' })
  const made = [...json.pieces()]
  expect(made).toHaveLength(pieces)
  const text = Buffer.concat(made).toString()
  expect(text).toHaveLength(json.length)
  expect(JSON.parse(text)).toEqual({
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '9000' },
    items: items.map(({ object: { kind: _kind, apiVersion: _version, ...rest } }) => rest),
  })
})
