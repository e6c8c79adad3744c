import { parseJson } from '../../../src/base/json.ts'
import { DecodeError, decode, decodeParsed, zeroObject } from '../../../src/kinds/schema/decode.ts'
import { applySchemaDefaults } from '../../../src/kinds/schema/defaults.ts'

const core = 'io.k8s.api.core.v1.'
const read = (kind: string, text: string) =>
  decodeParsed(kind === 'ObjectMeta' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' : core + kind, parseJson(text))

const ROUND_TRIPS: readonly (readonly [what: string, kind: string, sent: string, kept: string])[] = [
  [
    'empty texts, lists and maps are dropped',
    'ConfigMap',
    '{"metadata":{"name":"a","labels":{},"finalizers":[],"uid":""},"data":{}}',
    '{"metadata":{"name":"a"}}',
  ],
  ['nulls are as if not given', 'ConfigMap', '{"metadata":null,"data":null,"immutable":null}', '{"metadata":{}}'],
  [
    'a null in a map is the zero value',
    'ConfigMap',
    '{"data":{"x":null,"y":""}}',
    '{"metadata":{},"data":{"x":"","y":""}}',
  ],
  ['null bytes come back empty', 'Secret', '{"data":{"b":null}}', '{"metadata":{},"data":{"b":""}}'],
  ['pointers keep false, 0 and empty', 'ConfigMap', '{"immutable":false}', '{"metadata":{},"immutable":false}'],
  [
    'a zero that is no pointer is dropped',
    'PodSpec',
    '{"containers":null,"hostNetwork":false,"priority":0}',
    '{"containers":null,"priority":0}',
  ],
  ['required fields are written', 'Container', '{}', '{"name":"","resources":{}}'],
  ['an empty required list is null', 'PodSpec', '{"containers":[]}', '{"containers":null}'],
  [
    'structs that are no pointers are always written',
    'Pod',
    '{}',
    '{"metadata":{},"spec":{"containers":null},"status":{}}',
  ],
  ['a null item is a zero struct', 'PodSpec', '{"containers":[null]}', '{"containers":[{"name":"","resources":{}}]}'],
  [
    'fields come in the order of the Go struct, maps by key',
    'ConfigMap',
    '{"data":{"b":"1","a":"2"},"metadata":{"namespace":"n","name":"a"},"apiVersion":"v1","kind":"ConfigMap"}',
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"n"},"data":{"a":"2","b":"1"}}',
  ],
  [
    'quantities become canonical',
    'ResourceRequirements',
    '{"limits":{"cpu":0.5,"memory":"1024Ki"}}',
    '{"limits":{"cpu":"500m","memory":"1Mi"}}',
  ],
  [
    'numbers and texts of ports stay what they are',
    'ServicePort',
    '{"port":80,"targetPort":"http"}',
    '{"port":80,"targetPort":"http"}',
  ],
  [
    'times become UTC in whole seconds',
    'ObjectMeta',
    '{"deletionTimestamp":"2020-01-02T03:04:05.678+02:00"}',
    '{"deletionTimestamp":"2020-01-02T01:04:05Z"}',
  ],
  ['a creation time of null is dropped', 'ObjectMeta', '{"creationTimestamp":null}', '{}'],
  [
    'micro times keep six digits',
    'EventSeries',
    '{"lastObservedTime":"2020-01-02T03:04:05.120000+01:00"}',
    '{"lastObservedTime":"2020-01-02T02:04:05.120000Z"}',
  ],
  ['line ends in base64 are passed over', 'Secret', '{"data":{"a":"YW\\nJj"}}', '{"metadata":{},"data":{"a":"YWJj"}}'],
  [
    'an empty list of managers stays: it asks for a reset',
    'ObjectMeta',
    '{"managedFields":[]}',
    '{"managedFields":[]}',
  ],
  [
    'structs given twice are merged, maps in them too',
    'ConfigMap',
    '{"data":{"x":"1","x":"2"},"data":{"y":"3"}}',
    '{"metadata":{},"data":{"x":"2","y":"3"}}',
  ],
]

test.each(ROUND_TRIPS)('%s', (_what, kind, sent, kept) => {
  expect(JSON.stringify(read(kind, sent).object)).toBe(kept)
})

const FAULTS: readonly (readonly [kind: string, sent: string, message: string])[] = [
  ['ConfigMap', '[]', 'json: cannot unmarshal array into Go value of type v1.ConfigMap'],
  [
    'ConfigMap',
    '{"metadata":{"labels":"x"}}',
    'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  ],
  ['ConfigMap', '{"data":{"a":1}}', 'json: cannot unmarshal number into Go struct field ConfigMap.data of type string'],
  [
    'Pod',
    '{"spec":{"containers":[{"name":5}]}}',
    'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
  ],
  [
    'Pod',
    '{"spec":{"volumes":[{"emptyDir":5}]}}',
    'json: cannot unmarshal number into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource',
  ],
  [
    'Pod',
    '{"spec":{"priority":5.0,"hostNetwork":1}}',
    'json: cannot unmarshal number 5.0 into Go struct field PodSpec.spec.priority of type int32',
  ],
  [
    'Pod',
    '{"spec":{"priority":2147483648}}',
    'json: cannot unmarshal number 2147483648 into Go struct field PodSpec.spec.priority of type int32',
  ],
  [
    'Pod',
    '{"spec":{"hostNetwork":"true"}}',
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    'Service',
    '{"spec":{"ports":[{"targetPort":true}]}}',
    'json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
  ],
  ['Secret', '{"data":{"a":"a"}}', 'illegal base64 data at input byte 0'],
  ['Secret', '{"data":{"a":"YWJ=x"}}', 'illegal base64 data at input byte 4'],
  [
    'ResourceRequirements',
    '{"limits":{"cpu":"x"}}',
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    'ObjectMeta',
    '{"deletionTimestamp":"x"}',
    'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
  [
    'ObjectMeta',
    '{"deletionTimestamp":"2020-02-30T00:00:00Z"}',
    'parsing time "2020-02-30T00:00:00Z": day out of range',
  ],
]

test.each(FAULTS)('%s %s is refused with the words of Go', (kind, sent, message) => {
  expect(() => read(kind, sent)).toThrow(new DecodeError(message))
})

test('unknown and repeated fields are told in the order of the text, each once', () => {
  const { unknown } = read(
    'Pod',
    '{"metadata":{"nope":1,"nope":2,"name":"a"},"spec":{"containers":[{"name":"c","env":[{"val":1}]},{"x":1}],"hostNet":true,"hostNetwork":true,"hostNetwork":true},"Kind":"x"}',
  )
  expect(unknown).toEqual([
    'unknown field "metadata.nope"',
    'unknown field "spec.containers[0].env[0].val"',
    'unknown field "spec.containers[1].x"',
    'unknown field "spec.hostNet"',
    'duplicate field "spec.hostNetwork"',
    'unknown field "Kind"',
  ])
})

test('at most a hundred unknown fields are told', () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x${i}`, i]))
  expect(decode(`${core}ConfigMap`, many).unknown).toHaveLength(100)
})

test('the input is not changed and not shared', () => {
  const input = { metadata: { labels: { a: 'b' } }, data: { x: '1' } }
  const before = structuredClone(input)
  const { object } = decode(`${core}ConfigMap`, input)
  ;(object['data'] as Record<string, string>)['x'] = '2'
  expect(input).toEqual(before)
})

test('the zero object has what Go always writes', () => {
  expect(zeroObject(`${core}Service`, 'v1', 'Service')).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {},
    spec: {},
    status: { loadBalancer: {} },
  })
})

test('defaults of the schema fill what is missing, wherever it stands', () => {
  const pod = { spec: { containers: [{ ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }] }] } }
  applySchemaDefaults(`${core}Pod`, pod)
  expect(pod.spec.containers[0]?.ports).toEqual([
    { containerPort: 80, protocol: 'TCP' },
    { containerPort: 53, protocol: 'UDP' },
  ])
})

describe('numbers of 64 bits', () => {
  const seconds = (text: string) => read('Toleration', `{"tolerationSeconds":${text}}`).object
  test.each([
    ['beyond 2^53 become the nearest double', '9007199254740993', '9007199254740992'],
    ['at the upper end too', '9223372036854775807', '9223372036854776000'],
    ['and at the lower end', '-9223372036854775808', '-9223372036854776000'],
  ])('%s', (_, sent, kept) => {
    const stored = seconds(sent)
    expect(JSON.stringify(stored)).toBe(`{"tolerationSeconds":${kept}}`)
    // What is stored is read again by every patch.
    expect(decode(`${core}Toleration`, stored).object).toEqual(stored)
  })
  test('beyond 64 bits are refused', () => expect(() => seconds('9223372036854775808')).toThrow('of type int64'))
})
