import { StatusError } from '../../../src/base/errors.ts'
import { ExactNumber, parseJson } from '../../../src/base/json.ts'
import { applyJsonPatch, MAX_OPERATIONS, readJsonPatch } from '../../../src/registry/patch/json-patch.ts'
import { applyMergePatch } from '../../../src/registry/patch/merge-patch.ts'
import { applyStrategicMerge } from '../../../src/registry/patch/strategic-merge.ts'

type Json = Record<string, unknown>

/** Code and text of the StatusError that `run` throws. */
function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`
    throw error
  }
  return 'no refusal'
}

const document = { a: { b: [1, 2, 3], c: 'x' }, 'd/e': 1, n: null }

const OPERATIONS: readonly (readonly [what: string, operations: Json[], result: unknown])[] = [
  ['add puts a member', [{ op: 'add', path: '/a/d', value: 1 }], { ...document, a: { ...document.a, d: 1 } }],
  [
    'add inserts into a list',
    [{ op: 'add', path: '/a/b/1', value: 9 }],
    { ...document, a: { b: [1, 9, 2, 3], c: 'x' } },
  ],
  ['add appends at -', [{ op: 'add', path: '/a/b/-', value: 9 }], { ...document, a: { b: [1, 2, 3, 9], c: 'x' } }],
  ['add without a value puts null', [{ op: 'add', path: '/z' }], { ...document, z: null }],
  [
    'a negative index counts from the end',
    [{ op: 'remove', path: '/a/b/-1' }],
    { ...document, a: { b: [1, 2], c: 'x' } },
  ],
  ['replace of a missing member adds it', [{ op: 'replace', path: '/z', value: 1 }], { ...document, z: 1 }],
  ['replace of the whole document', [{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
  [
    'move takes a value along',
    [{ op: 'move', from: '/a/c', path: '/c' }],
    { a: { b: [1, 2, 3] }, 'd/e': 1, n: null, c: 'x' },
  ],
  ['copy of a missing member puts null', [{ op: 'copy', from: '/none', path: '/z' }], { ...document, z: null }],
  ['slashes in keys are escaped', [{ op: 'replace', path: '/d~1e', value: 2 }], { ...document, 'd/e': 2 }],
  [
    'the first segment of a path is dropped, slash or not',
    [{ op: 'add', path: 'x/z', value: 1 }],
    { ...document, z: 1 },
  ],
  ['test passes over equal values', [{ op: 'test', path: '/a', value: { c: 'x', b: [1, 2, 3] } }], document],
  ['test finds a missing member equal to null', [{ op: 'test', path: '/none', value: null }], document],
  [
    '__proto__ is a member like others',
    [{ op: 'add', path: '/__proto__', value: 1 }],
    JSON.parse('{"a":{"b":[1,2,3],"c":"x"},"d/e":1,"n":null,"__proto__":1}'),
  ],
]

test.each(OPERATIONS)('JSON patch: %s', (_what, operations, result) => {
  const before = structuredClone(document)
  expect(applyJsonPatch(document, operations)).toEqual(result)
  expect(document).toEqual(before)
})

const INAPPLICABLE: readonly Json[] = [
  { op: 'test', path: '/a/c', value: 'y' },
  { op: 'test', path: '/a/b/0', value: new ExactNumber('1.0') },
  { op: 'test', path: '/a/b/7', value: null },
  { op: 'remove', path: '/none' },
  { op: 'add', path: '/none/x', value: 1 },
  { op: 'add', path: '/a/b/9', value: 1 },
  { op: 'add', path: '/a/b/x', value: 1 },
  { op: 'add', path: '/a/c/x', value: 1 },
  { op: 'add', value: 1 },
  { op: 'move', path: '/x' },
  { op: 'replace', path: '', value: 5 },
  { op: 'jump', path: '/a' },
  { path: '/a' },
]

test.each(INAPPLICABLE)('JSON patch: %j cannot be applied', operation => {
  expect(refusal(() => applyJsonPatch(document, [operation]))).toBe(
    '422 the server rejected our request due to an error in our request',
  )
})

test('JSON patch: copies may not blow a document up', () => {
  const operations = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '', path: `/x/${i}` }))
  const doubling = [{ op: 'add', path: '/x', value: {} }, ...operations.map(o => ({ ...o, from: '/x' }))]
  expect(refusal(() => applyJsonPatch({}, doubling))).toMatch(/^422/)
})

test('JSON patch: bodies that are no list of operations', () => {
  const read = (text: string) => readJsonPatch(parseJson(text))
  expect(refusal(() => read('{"op":"add"}'))).toMatch(/^400 error decoding patch: json: cannot unmarshal object/)
  expect(refusal(() => read('[1]'))).toMatch(/^400 error decoding patch: json: cannot unmarshal number/)
  expect(refusal(() => read('[{"op":5}]'))).toMatch(/^400 .*number into Go struct field jsonPatchOp.op/)
  expect(read('[{"op":"add","path":"/a","value":1,"value":2,"x":1}]').strict).toEqual([
    'json patch duplicate field "[0].value"',
    'json patch unknown field "[0].x"',
  ])
  const many = JSON.stringify(Array.from({ length: MAX_OPERATIONS + 1 }, () => ({ op: 'test', path: '/a' })))
  expect(refusal(() => read(many))).toBe('413 The allowed maximum operations in a JSON patch is 10000, got 10001')
})

// The examples of RFC 7386's appendix whose document is an object.
const MERGES: readonly (readonly [document: Json, patch: Json, result: Json])[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

test.each(MERGES)('merge patch: %j with %j', (before, patch, result) => {
  const kept = structuredClone(before)
  expect(applyMergePatch(before, patch)).toEqual(result)
  expect(before).toEqual(kept)
})

test.each([null, [], 'x', 5])('merge patch: %j is no patch', patch => {
  expect(refusal(() => applyMergePatch({}, patch))).toMatch(/^400/)
})

const podSpec = 'io.k8s.api.core.v1.PodSpec'
const spec = {
  containers: [
    {
      name: 'one',
      image: 'i:1',
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
      args: ['a', 'b'],
    },
    { name: 'two', image: 'i:2' },
  ],
  volumes: [{ name: 'v', emptyDir: {} }],
  nodeSelector: { a: 'b' },
  tolerations: [{ key: 'x' }],
}

const STRATEGIC: readonly (readonly [what: string, patch: Json, path: string, result: unknown])[] = [
  [
    'items merge by key and new ones come first',
    { containers: [{ name: 'new' }, { name: 'two', image: 'i:3' }] },
    'containers',
    [{ name: 'new' }, spec.containers[0], { name: 'two', image: 'i:3' }],
  ],
  ['lists without a merge strategy are replaced', { tolerations: [{ key: 'y' }] }, 'tolerations', [{ key: 'y' }]],
  ['maps merge', { nodeSelector: { c: 'd', a: null } }, 'nodeSelector', { c: 'd' }],
  [
    '$patch: delete takes an item out',
    { containers: [{ name: 'one', $patch: 'delete' }] },
    'containers',
    [spec.containers[1]],
  ],
  [
    '$patch: replace as an item empties the list',
    { containers: [{ name: 'x' }, { $patch: 'replace' }] },
    'containers',
    [{ name: 'x' }],
  ],
  ['$patch: replace in a map replaces it', { nodeSelector: { $patch: 'replace', z: '1' } }, 'nodeSelector', { z: '1' }],
  ['$patch: delete empties a map', { nodeSelector: { $patch: 'delete' } }, 'nodeSelector', {}],
  [
    '$setElementOrder arranges a list',
    { '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }] },
    'containers',
    [spec.containers[1], spec.containers[0]],
  ],
  [
    '$retainKeys drops other members',
    { volumes: [{ name: 'v', $retainKeys: ['name', 'secret'], secret: {} }] },
    'volumes',
    [{ name: 'v', secret: {} }],
  ],
  [
    'nulls in what is new are dropped',
    { affinity: { nodeAffinity: null, podAffinity: {} } },
    'affinity',
    { podAffinity: {} },
  ],
]

test.each(STRATEGIC)('strategic merge: %s', (_what, patch, path, result) => {
  const before = structuredClone(spec)
  expect(applyStrategicMerge(podSpec, spec, patch)[path]).toEqual(result)
  expect(spec).toEqual(before)
})

test('strategic merge: $deleteFromPrimitiveList and sets of primitives', () => {
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
  const before = { finalizers: ['a', 'b', 'c'] }
  expect(
    applyStrategicMerge(meta, before, { '$deleteFromPrimitiveList/finalizers': ['b'], finalizers: ['d', 'a'] }),
  ).toEqual({
    finalizers: ['d', 'a', 'c'],
  })
})

const STRATEGIC_FAULTS: readonly (readonly [patch: unknown, refusal: string])[] = [
  [{ containers: [{ image: 'x' }] }, '500 map: map[image:x] does not contain declared merge key: name'],
  [
    { containers: [{ name: 'one', $patch: 'destroy' }] },
    '500 unknown patch type: destroy in map: map[$patch:destroy name:one]',
  ],
  [{ containers: [{ name: 'one', $patch: 'merge' }] }, '500 merging lists cannot yet be specified in the patch'],
  [{ volumes: [{ name: 'v', $retainKeys: ['name'], secret: {} }] }, '400 invalid patch format of retainKeys'],
  [[], '400 json: cannot unmarshal array into Go value of type map[string]interface {}'],
]

test.each(STRATEGIC_FAULTS)('strategic merge: %j is refused', (patch, text) => {
  expect(refusal(() => applyStrategicMerge(podSpec, spec, patch))).toBe(text)
})
