import { StatusError } from '../../../src/base/errors.ts'
import type { ManagedFieldsEntry } from '../../../src/kinds/generated/types.ts'
import { componentAtom } from '../../../src/kinds/schema/atoms.ts'
import { decode, zeroObject } from '../../../src/kinds/schema/decode.ts'
import {
  difference,
  type Fields,
  fieldsOf,
  inOrder,
  intersection,
  NO_FIELDS,
  pathTexts,
  readFields,
  union,
  withoutTrees,
} from '../../../src/registry/patch/fields.ts'
import { MAX_UPDATE_MANAGERS, readManagers } from '../../../src/registry/patch/managed-fields.ts'
import { trackUpdate } from '../../../src/registry/patch/ownership.ts'
import { serverSideApply } from '../../../src/registry/patch/server-side-apply.ts'

type Json = Record<string, unknown>
const schema = 'io.k8s.api.core.v1.ConfigMap'
const zero = zeroObject(schema, 'v1', 'ConfigMap')
const tracking = { atom: componentAtom(schema), apiVersion: 'v1', subresource: '', resetFields: NO_FIELDS }
const T0 = Date.parse('2026-01-01T00:00:00Z')

const set = (text: string): Fields => JSON.parse(text) as Fields

describe('sets of fields', () => {
  const ab = set('{"f:a":{".":{},"f:b":{}},"f:c":{}}')

  test('union, intersection and difference keep a path apart from the longer ones', () => {
    expect(union(ab, set('{"f:a":{"f:d":{}},"f:e":{}}'))).toEqual(
      set('{"f:a":{".":{},"f:b":{},"f:d":{}},"f:c":{},"f:e":{}}'),
    )
    expect(intersection(ab, set('{"f:a":{}}'))).toEqual(set('{"f:a":{}}'))
    expect(intersection(ab, set('{"f:a":{"f:b":{}}}'))).toEqual(set('{"f:a":{"f:b":{}}}'))
    expect(difference(ab, set('{"f:a":{}}'))).toEqual(set('{"f:a":{"f:b":{}},"f:c":{}}'))
    expect(difference(ab, set('{"f:a":{"f:b":{}}}'))).toEqual(set('{"f:a":{},"f:c":{}}'))
    expect(difference(ab, ab)).toEqual({})
  })

  test('trees are taken out with all below them', () => {
    expect(withoutTrees(ab, set('{"f:a":{}}'))).toEqual(set('{"f:c":{}}'))
    expect(withoutTrees(ab, fieldsOf(['a', 'b']))).toEqual(set('{"f:a":{},"f:c":{}}'))
  })

  test('elements are written in order: fields, keys, values, indexes', () => {
    const mixed = set(
      '{"i:10":{},"i:9":{},"v:\\"a\\"":{},"v:2":{},"k:{\\"name\\":\\"b\\"}":{},"k:{\\"name\\":\\"a\\"}":{},"f:z":{},"f:a":{},".":{}}',
    )
    expect(Object.keys(inOrder(mixed))).toEqual([
      '.',
      'f:a',
      'f:z',
      'k:{"name":"a"}',
      'k:{"name":"b"}',
      'v:2',
      'v:"a"',
      'i:9',
      'i:10',
    ])
  })

  test('paths have the text of conflicts', () => {
    const fields = set(
      '{"f:spec":{"f:ports":{"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:name":{}}}},"f:finalizers":{"v:\\"x\\"":{}}}',
    )
    expect(pathTexts(fields)).toEqual([
      '.finalizers[="x"]',
      '.spec.ports[port=80,protocol="TCP"]',
      '.spec.ports[port=80,protocol="TCP"].name',
    ])
  })

  test('what comes from outside is brought into one form or refused', () => {
    expect(readFields(set('{"k:{ \\"b\\": 1, \\"a\\":2}":{"x:unknown":{},"f:c":{}}}'))).toEqual(
      set('{"k:{\\"a\\":2,\\"b\\":1}":{"f:c":{}}}'),
    )
    expect(() => readFields({ bogus: {} })).toThrow('missing colon: bogus')
    expect(() => readFields('text')).toThrow()
  })
})

const object = (data: Json, managedFields?: ManagedFieldsEntry[], metadata: Json = {}): Json =>
  decode(schema, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata, ...(managedFields ? { managedFields } : {}) },
    data,
  }).object

const owned = (entries: ManagedFieldsEntry[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(e => [`${e.manager} ${e.operation}`, e.fieldsV1]))

describe('updates', () => {
  const create = (data: Json) => trackUpdate({ ...tracking, old: zero, next: object(data), manager: 'one', now: T0 })

  test('the creator owns what it set, never names and the like', () => {
    expect(create({ x: '1' })).toEqual([
      {
        manager: 'one',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:x': {} } },
      },
    ])
    expect(trackUpdate({ ...tracking, old: zero, next: object({}), manager: 'one', now: T0 })).toEqual([])
  })

  test('who changes a field takes it over; what is removed is nobodys', () => {
    const old = object({ x: '1', y: '1', z: '1' }, create({ x: '1', y: '1', z: '1' }), { uid: 'u' })
    const entries = trackUpdate({ ...tracking, old, next: object({ x: '1', y: '2' }), manager: 'two', now: T0 + 5000 })
    expect(owned(entries)).toEqual({
      'one Update': { 'f:data': { '.': {}, 'f:x': {} } },
      'two Update': { 'f:data': { 'f:y': {} } },
    })
    expect(entries.map(e => e.time)).toEqual(['2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z'])
  })

  test('a change of nothing changes no entry', () => {
    const old = object({ x: '1' }, create({ x: '1' }), { uid: 'u' })
    expect(trackUpdate({ ...tracking, old, next: object({ x: '1' }), manager: 'two', now: T0 + 5000 })).toEqual(
      create({ x: '1' }),
    )
  })

  test.each([[[]], [[{}]]])('managedFields of %j end the tracking until the next apply', given => {
    const old = object({ x: '1' }, create({ x: '1' }), { uid: 'u' })
    const next = object({ x: '1' }, given as ManagedFieldsEntry[])
    expect(trackUpdate({ ...tracking, old, next, manager: 'two', now: T0 })).toEqual([])
    const bare = object({ x: '1' }, undefined, { uid: 'u' })
    expect(trackUpdate({ ...tracking, old: bare, next: object({ x: '2' }), manager: 'two', now: T0 })).toEqual([])
  })

  test('entries that cannot be read keep the old ones; those of a version that is gone are forgotten', () => {
    const old = object({ x: '1' }, create({ x: '1' }), { uid: 'u' })
    const entry = {
      manager: 'm',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:x': {} } },
    }
    const track = (change: object) =>
      owned(
        trackUpdate({ ...tracking, old, next: object({ x: '1' }, [{ ...entry, ...change }]), manager: 'two', now: T0 }),
      )
    expect(track({})).toEqual({ 'm Update': { 'f:data': { 'f:x': {} } } })
    expect(track({ operation: 'Change' })).toEqual({ 'one Update': { 'f:data': { '.': {}, 'f:x': {} } } })
    expect(track({ fieldsV1: { bogus: {} } })).toEqual({ 'one Update': { 'f:data': { '.': {}, 'f:x': {} } } })
    expect(track({ apiVersion: 'v9' })).toEqual({})
  })

  test('fields that an endpoint resets are not owned through it', () => {
    const next = object({ x: '1' }, undefined, { labels: { a: 'b' } })
    const resetFields = fieldsOf(['data'])
    expect(owned(trackUpdate({ ...tracking, resetFields, old: zero, next, manager: 'one', now: T0 }))).toEqual({
      'one Update': { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } },
    })
  })

  test('too many update managers are taken together, the oldest first', () => {
    let current: Json = object({ k: '0' }, create({ k: '0' }), { uid: 'u' })
    const data: Json = { k: '0' }
    for (let i = 1; i <= MAX_UPDATE_MANAGERS + 2; i++) {
      data[`k${i}`] = '1'
      const entries = trackUpdate({
        ...tracking,
        old: current,
        next: object(data),
        manager: `m${i}`,
        now: T0 + i * 1000,
      })
      current = object(data, entries, { uid: 'u' })
    }
    const entries = (current['metadata'] as { managedFields: ManagedFieldsEntry[] }).managedFields
    expect(entries).toHaveLength(MAX_UPDATE_MANAGERS)
    const ancient = entries.find(e => e.manager === 'ancient-changes')
    expect(ancient?.fieldsV1).toEqual({ 'f:data': { '.': {}, 'f:k': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } })
  })

  test('entries are read as they are written', () => {
    const entries = create({ x: '1' })
    expect([...readManagers(entries).values()]).toMatchObject([{ name: 'one', applied: false, apiVersion: 'v1' }])
  })
})

describe('server-side apply', () => {
  interface Live {
    object: Json
    managedFields: ManagedFieldsEntry[]
  }
  const configuration = (data: Json, metadata: Json = {}): Json => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...metadata },
    data,
  })

  function apply(live: Live | undefined, manager: string, applied: Json, { force = false, now = T0 } = {}): Live {
    const before = live ? object({}, live.managedFields, { uid: 'u' }) : zero
    const liveObject = live
      ? { ...live.object, metadata: { ...(live.object['metadata'] as Json), ...(before['metadata'] as Json) } }
      : zero
    const result = serverSideApply({ ...tracking, live: liveObject, zero, applied, manager, force, now })
    return {
      object: result.object ? decode(schema, result.object).object : (live?.object ?? zero),
      managedFields: result.managedFields,
    }
  }
  const dataOf = (live: Live) => live.object['data']
  const conflict = (run: () => unknown): unknown => {
    try {
      run()
    } catch (error) {
      if (error instanceof StatusError) return error.status
      throw error
    }
    return undefined
  }

  test('managers share what they apply alike and keep what they apply alone', () => {
    const one = apply(undefined, 'one', configuration({ x: '1', y: '1' }))
    const two = apply(one, 'two', configuration({ y: '1', z: '1' }))
    expect(dataOf(two)).toEqual({ x: '1', y: '1', z: '1' })
    const gone = apply(two, 'one', configuration({}))
    expect(dataOf(gone)).toEqual({ y: '1', z: '1' })
    expect(owned(gone.managedFields)).toEqual({
      'one Apply': { 'f:data': {} },
      'two Apply': { 'f:data': { 'f:y': {}, 'f:z': {} } },
    })
  })

  test('what another owns and would change is a conflict, unless forced', () => {
    const one = apply(undefined, 'one', configuration({ x: '1' }))
    expect(conflict(() => apply(one, 'two', configuration({ x: '2' })))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' }] },
    })
    const forced = apply(one, 'two', configuration({ x: '2' }), { force: true })
    expect(dataOf(forced)).toEqual({ x: '2' })
    expect(owned(forced.managedFields)).toEqual({ 'two Apply': { 'f:data': { 'f:x': {} } } })
  })

  test('several conflicts are listed by manager, updates with their version', () => {
    const entries = trackUpdate({
      ...tracking,
      old: zero,
      next: object({ x: '1', y: '1' }),
      manager: 'update',
      now: T0,
    })
    const live = { object: object({ x: '1', y: '1' }), managedFields: entries }
    expect(conflict(() => apply(live, 'two', configuration({ x: '2', y: '2' })))).toMatchObject({
      message: 'Apply failed with 2 conflicts: conflicts with "update" using v1:\n- .data.x\n- .data.y',
    })
  })

  test('an apply that changes nothing is owned without a time and writes no object', () => {
    const one = apply(undefined, 'one', configuration({ x: '1' }))
    const same = apply(one, 'two', configuration({ x: '1' }), { now: T0 + 9000 })
    expect(same.managedFields.find(e => e.manager === 'two')?.time).toBeUndefined()
    expect(same.object).toBe(one.object)
  })

  test('what was there before anyone was known belongs to before-first-apply', () => {
    const live = { object: object({ x: '1' }), managedFields: [] }
    const applied = apply(live, 'one', configuration({ y: '1' }))
    expect(owned(applied.managedFields)).toEqual({
      'before-first-apply Update': { 'f:data': { '.': {}, 'f:x': {} } },
      'one Apply': { 'f:data': { 'f:y': {} } },
    })
  })

  test('kubectl takes over what its own client-side apply wrote', () => {
    const last = JSON.stringify(configuration({ x: '1' }))
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': last }
    const next = object({ x: '1' }, undefined, { annotations })
    const managedFields = trackUpdate({ ...tracking, old: zero, next, manager: 'kubectl-client-side-apply', now: T0 })
    const live = { object: next, managedFields }
    expect(dataOf(apply(live, 'kubectl', configuration({ x: '2' })))).toEqual({ x: '2' })
    expect(conflict(() => apply(live, 'other', configuration({ x: '2' })))).toMatchObject({ code: 409 })
  })

  const FAULTS: readonly (readonly [applied: Json, code: number, message: string])[] = [
    [configuration({}, { managedFields: [] }), 400, 'metadata.managedFields must be nil'],
    [{ ...configuration({}), kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
    [{ ...configuration({}), apiVersion: 'apps/v1' }, 400, 'invalid object type: apps/v1, Kind=ConfigMap'],
    [
      { ...configuration({}), bogus: 1 },
      500,
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .bogus: field not declared in schema',
    ],
    [
      configuration({}, { namespace: 'n', ownerReferences: [{ uid: 'x' }, { uid: 'x' }] }),
      500,
      'failed to create typed patch object (n/a; /v1, Kind=ConfigMap): .metadata.ownerReferences: duplicate entries for key [uid="x"]',
    ],
    [
      configuration({}, { finalizers: [null] }),
      500,
      `failed to create typed patch object (/a; /v1, Kind=ConfigMap): .metadata.finalizers: element 0: associative list without keys has an element that's an explicit null`,
    ],
    [
      configuration({}, { generation: 'x' }),
      500,
      'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .metadata.generation: expected numeric (int or float), got string',
    ],
  ]

  test.each(FAULTS)('%j is refused', (applied, code, message) => {
    expect(conflict(() => apply(undefined, 'one', applied))).toMatchObject({ code, message })
  })
})
