import type { FieldError } from '../../../src/base/field-error.ts'
import type { ObjectMeta } from '../../../src/kinds/generated/types.ts'
import { formatIp, ipWarnings, parseIp, validateCidr, validateNonSpecialIp } from '../../../src/kinds/validation/ip.ts'
import { validateMetadata, validateMetadataUpdate } from '../../../src/kinds/validation/metadata.ts'
import { semanticEqual } from '../../../src/kinds/validation/equal.ts'
import { goDiff } from '../../../src/kinds/validation/go-diff.ts'
import { goJsonError } from '../../../src/kinds/validation/go-json.ts'
import { durationText, selectorText } from '../../../src/kinds/columns.ts'

const lines = (faults: readonly FieldError[]): string[] => faults.map(f => `${f.field}: ${f.message}`)
const GOOD: ObjectMeta = { name: 'a', namespace: 'n', resourceVersion: '1', uid: 'u' }

const creates: { name: string; meta: ObjectMeta; namespaced?: boolean; want: string[] }[] = [
  { name: 'good metadata has no faults', meta: GOOD, want: [] },
  {
    name: 'a name is needed',
    meta: { namespace: 'n' },
    want: ['metadata.name: Required value: name or generateName is required'],
  },
  { name: 'a namespace is needed', meta: { name: 'a' }, want: ['metadata.namespace: Required value'] },
  {
    name: 'objects of the cluster have no namespace',
    meta: GOOD,
    namespaced: false,
    want: ['metadata.namespace: Forbidden: not allowed on this type'],
  },
  {
    name: 'a finalizer has a domain or is a standard one',
    meta: { ...GOOD, finalizers: ['orphan', 'mine', 'example.com/ok'] },
    want: [
      'metadata.finalizers[1]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  },
  {
    name: 'two finalizers contradict each other',
    meta: { ...GOOD, finalizers: ['orphan', 'foregroundDeletion'] },
    want: [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ],
  },
  {
    name: 'annotations end at 256 KiB',
    meta: { ...GOOD, annotations: { a: 'x'.repeat(256 * 1024) } },
    want: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
  },
]

for (const c of creates)
  test(c.name, () => expect(lines(validateMetadata(c.meta, { namespaced: c.namespaced ?? true }))).toEqual(c.want))

test('identity does not change', () =>
  expect(lines(validateMetadataUpdate({ ...GOOD, uid: 'v', name: 'b' }, GOOD))).toEqual([
    'metadata.name: Invalid value: "b": field is immutable',
    'metadata.uid: Invalid value: "v": field is immutable',
  ]))

test('an object that is being deleted gets no further finalizers', () => {
  const old = { ...GOOD, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] }
  expect(lines(validateMetadataUpdate({ ...old, finalizers: ['a.b/c', 'a.b/d'] }, old))).toEqual([
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
  ])
})

const addresses = [
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::', '::'],
  ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['010.0.0.1', '10.0.0.1'],
] as const
for (const [text, want] of addresses)
  test(`${text} is ${want}`, () => expect(formatIp(parseIp(text)?.bytes ?? new Uint8Array())).toBe(want))

test('a range has no host bits and is in canonical form', () => {
  expect(lines(validateCidr('p', '10.1.2.3/8'))).toEqual([
    'p: Invalid value: "10.1.2.3/8": must not have bits set beyond the prefix length',
  ])
  expect(lines(validateCidr('p', '2001:DB8::/32'))).toEqual([
    'p: Invalid value: "2001:DB8::/32": must be in canonical form ("2001:db8::/32")',
  ])
})

test('no service points to the loopback range', () => {
  expect(lines(validateNonSpecialIp('p', '127.1.1.1'))).toEqual([
    'p: Invalid value: "127.1.1.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ])
  expect(validateNonSpecialIp('p', '10.0.0.1')).toEqual([])
})

test('odd forms of addresses are warned of', () =>
  expect(ipWarnings('p', '010.0.0.1')).toEqual([
    'p: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]))

const texts = [
  ['not json', "invalid character 'o' in literal null (expecting 'u')"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a":', 'unexpected end of JSON input'],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":[1,{"b":null}]}', undefined],
] as const
for (const [text, want] of texts) test(`Go says of ${text}: ${want}`, () => expect(goJsonError(text)).toBe(want))

test.each([
  ['[', 'exceeded max depth'],
  ['{"a":', 'exceeded max depth'],
])('a text that opens %s too often is refused, however deep', (piece, want) =>
  expect(goJsonError(piece.repeat(200_000))).toBe(want),
)

test('a diff of long texts that have nothing in common is all of the one and all of the other', () => {
  const texts = (of: string): string[] => Array.from({ length: 5000 }, (_, i) => `${of}${i}`)
  const lines = goDiff({ a: 1, list: texts('x'), z: 1 }, { a: 1, list: texts('y'), z: 1 }).split('\n')
  expect([lines.length, lines[0], lines[4], lines[5004], lines.at(-2)]).toEqual([
    10_008,
    '@@ -1,5006 +1,5006 @@',
    '-  "x0",',
    '+  "y0",',
    ' }',
  ])
})

test('fields that any object has by birth are missing until they are set', () =>
  expect([semanticEqual({}, { constructor: 'x' }), semanticEqual({ toString: 'x' }, {})]).toEqual([false, false]))

test('a diff shows three lines around what changed', () =>
  expect(goDiff({ A: 1, B: 2, C: 3, D: 4, E: 5, F: 6 }, { A: 1, B: 2, C: 3, D: 4, E: 7, F: 6 })).toBe(
    '@@ -3,6 +3,6 @@\n  "B": 2,\n  "C": 3,\n  "D": 4,\n- "E": 5,\n+ "E": 7,\n  "F": 6\n }\n',
  ))

const spans = [
  [-3000, '<invalid>'],
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [150_000, '2m30s'],
  [3 * 3600_000 + 60_000, '3h1m'],
  [50 * 3600_000, '2d2h'],
  [3 * 365 * 86400_000, '3y'],
] as const
for (const [ms, want] of spans) test(`${ms} ms is ${want}`, () => expect(durationText(ms)).toBe(want))

test('a selector is one text with its keys in order', () =>
  expect(
    selectorText({ matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['y', 'x'] }] }),
  ).toBe('a notin (x,y),b=1'))
