import { customAtom } from '../../../src/kinds/schema/atoms.ts'
import { decodeCustom } from '../../../src/kinds/schema/custom-decode.ts'
import { formatFits } from '../../../src/kinds/schema/custom-formats.ts'
import { validateCustom } from '../../../src/kinds/schema/custom-validate.ts'
import { parseJson } from '../../../src/base/json.ts'
import type { StructuralSchema } from '../../../src/kinds/schema/structural.ts'
import { fieldSetOf } from '../../../src/registry/patch/typed-fields.ts'

const spec = (properties: Record<string, StructuralSchema>, rest: object = {}): StructuralSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties, ...rest } },
})
const read = (schema: StructuralSchema, value: object) => decodeCustom(schema, parseJson(JSON.stringify(value)))

test('what the schema does not specify is pruned and told, sorted, metadata first', () => {
  const schema = spec({
    x: { type: 'string' },
    list: { type: 'array', items: { type: 'object', properties: { y: { type: 'string' } } } },
    free: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: { known: { type: 'object', properties: {} } },
    },
    map: { type: 'object', additionalProperties: { type: 'object', properties: { z: { type: 'integer' } } } },
    whole: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  })
  const { object, unknown } = read(schema, {
    kind: 'T',
    apiVersion: 'g/v1',
    metadata: { name: 'a', nope: 1 },
    zzz: 1,
    spec: {
      x: '1',
      bogus: 1,
      list: [{ y: '1', n: 2 }, { m: 3 }],
      free: { any: [1, { q: null }], known: { w: 1 } },
      map: { a: { z: 1, y: 2 } },
      whole: { apiVersion: 'v1', kind: 'X', metadata: { name: 'e', odd: 1 }, other: 1 },
    },
  })
  expect(unknown).toEqual(
    [
      'metadata.nope',
      'spec.bogus',
      'spec.free.known.w',
      'spec.list[0].n',
      'spec.list[1].m',
      'spec.map.a.y',
      'spec.whole.metadata.odd',
      'zzz',
    ].map(p => `unknown field "${p}"`),
  )
  expect(JSON.stringify(object)).toBe(
    '{"apiVersion":"g/v1","kind":"T","metadata":{"name":"a"},"spec":{"free":{"any":[1,{"q":null}],"known":{}},"list":[{"y":"1"},{}],"map":{"a":{"z":1}},"whole":{"apiVersion":"v1","kind":"X","metadata":{"name":"e"},"other":1},"x":"1"}}',
  )
})

test('defaults fill what is missing from the outside in; nulls go where null is not allowed', () => {
  const schema = spec(
    {
      d: { type: 'string', default: 'x' },
      n: { type: 'integer', nullable: true },
      gone: { type: 'string' },
      deep: { type: 'object', default: {}, properties: { e: { type: 'integer', default: 7 } } },
      list: { type: 'array', items: { type: 'object', properties: { v: { type: 'integer', default: 1 } } } },
    },
    { default: {} },
  )
  expect(read(schema, { metadata: {} }).object['spec']).toEqual({ d: 'x', deep: { e: 7 } })
  expect(read(schema, { metadata: {}, spec: { d: null, n: null, gone: null, list: [{}] } }).object['spec']).toEqual({
    d: 'x',
    deep: { e: 7 },
    list: [{ v: 1 }],
    n: null,
  })
})

const RULES: readonly (readonly [rule: StructuralSchema, value: unknown, faults: string[]])[] = [
  [{ type: 'string' }, 5, ['spec.x: Invalid value: "integer": spec.x in body must be of type string: "integer"']],
  [
    { type: 'integer' },
    1.5,
    [
      'spec.x: Invalid value: "number": spec.x in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x',
    ],
  ],
  [
    { type: 'integer', format: 'int32' },
    2 ** 31,
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x'],
  ],
  [{ type: 'number' }, 1, []],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"'],
  ],
  [
    { type: 'string', minLength: 2, maxLength: 3 },
    'ä',
    ['spec.x: Invalid value: "ä": spec.x in body should be at least 2 chars long'],
  ],
  [{ type: 'string', maxLength: 1 }, '😀', []],
  [{ type: 'string', maxLength: 1 }, 'ab', ['spec.x: Too long: may not be more than 1 bytes']],
  [
    { type: 'string', pattern: '^[a-z]+$' },
    'A',
    ['spec.x: Invalid value: "A": spec.x in body should match \'^[a-z]+$\''],
  ],
  [
    { type: 'string', format: 'date' },
    '2024-02-30',
    ['spec.x: Invalid value: "2024-02-30": spec.x in body must be of type date: "2024-02-30"'],
  ],
  [
    { type: 'integer', minimum: 1 },
    0,
    ['spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1'],
  ],
  [
    { type: 'integer', maximum: 9, exclusiveMaximum: true },
    9,
    ['spec.x: Invalid value: 9: spec.x in body should be less than 9'],
  ],
  [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
  [{ type: 'integer', multipleOf: 5 }, 7, ['spec.x: Invalid value: 7: spec.x in body should be a multiple of 5']],
  [
    { type: 'array', items: { type: 'string' }, maxItems: 1 },
    ['a', 1],
    [
      'spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"',
      'spec.x: Too many: 2: must have at most 1 items',
    ],
  ],
  [
    { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 },
    { a: 'b' },
    [
      'spec.x: Invalid value: 1: spec.x in body should have at least 2 properties',
      'spec.x.a: Invalid value: "string": spec.x.a in body must be of type integer: "string"',
    ],
  ],
  [{ type: 'object', properties: {}, required: ['a'] }, {}, ['spec.x.a: Required value']],
  [
    { type: 'string', enum: ['red', 'green'] },
    'blue',
    ['spec.x: Unsupported value: "blue": supported values: "red", "green"'],
  ],
  [{ type: 'integer', enum: [1, 2] }, 3, ['spec.x: Unsupported value: 3: supported values: "1", "2"']],
  [
    { type: 'string', not: { enum: ['a'] } },
    'a',
    ['<nil>: Invalid value: "": "spec.x" must not validate the schema (not)'],
  ],
  [
    { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ['a', 'b', 'a', 'a'],
    ['spec.x[2]: Duplicate value: "a"'],
  ],
  [
    {
      type: 'array',
      items: { type: 'object', properties: { k: { type: 'string' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    },
    [{ k: 'a' }, { k: 'a' }],
    ['spec.x[1]: Duplicate value: {"k":"a"}'],
  ],
]

test.each(RULES)('%j says of %j: %j', (rule, value, faults) => {
  const found = validateCustom(spec({ x: rule }), { spec: { x: value } })
  expect(found.map(f => `${f.field}: ${f.message}`)).toEqual(faults)
})

test.each([
  ['ipv4', '10.0.0.1', '::1'],
  ['ipv6', 'fe80::1', '1.2.3.4'],
  ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
  ['mac', '00:11:22:33:44:55', 'zz:zz'],
  ['uuid', '123e4567-e89b-12d3-a456-426614174000', 'nope'],
  ['uri', 'https://x.test/y', 'not a uri'],
  ['hostname', 'x.test', '-bad-'],
  ['email', 'a@b.test', 'nobody'],
  ['byte', 'aGk=', '!!!'],
  ['duration', '1h30m', '5 parsecs'],
  ['isbn', '978-0321751041', '123'],
  ['creditcard', '4111 1111 1111 1111', '1'],
  ['date-time', '2014-12-15T19:30:20.000Z', 'yesterday'],
  ['k8s-long-name', 'a.b', 'a..b'],
])('format %s takes %j and not %j', (format, good, bad) => {
  expect([formatFits(format, good), formatFits(format, bad)]).toEqual([true, false])
})

test('an unknown format fits everything', () => expect(formatFits('moonphase', 'whatever')).toBe(true))

test('ownership of a custom resource follows its list and map types', () => {
  const atom = customAtom(
    spec({
      plain: { type: 'array', items: { type: 'string' } },
      set: { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
      map: {
        type: 'array',
        items: { type: 'object', properties: { k: { type: 'string' }, p: { type: 'string', default: 'tcp' } } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k', 'p'],
      },
      whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: { type: 'string' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }),
  )
  const applied = {
    metadata: { labels: { a: 'b' } },
    spec: { plain: ['x'], set: [1], map: [{ k: 'a' }], whole: { a: 'b' }, free: { deep: { er: [1] } } },
  }
  expect(fieldSetOf(atom, applied)).toEqual({
    'f:metadata': { 'f:labels': { 'f:a': {} } },
    'f:spec': {
      'f:plain': {},
      'f:set': { 'v:1': {} },
      'f:map': { 'k:{"k":"a","p":"tcp"}': { '.': {}, 'f:k': {} } },
      'f:whole': {},
      'f:free': { 'f:deep': { '.': {}, 'f:er': {} } },
    },
  })
})
