import { restoreFault } from '../../../src/kinds/schema/restore.ts'

const CONFIG_MAP = 'io.k8s.api.core.v1.ConfigMap'
const POD = 'io.k8s.api.core.v1.Pod'

test.each([
  { name: 'what fits has no fault', schema: CONFIG_MAP, value: { data: { a: 'b' } }, want: undefined },
  {
    name: 'a number is no text',
    schema: CONFIG_MAP,
    value: { data: { a: 5 } },
    want: 'cannot convert int64 to string',
  },
  { name: 'a list is no map', schema: CONFIG_MAP, value: { data: [] }, want: 'cannot restore map from slice' },
  {
    name: 'a text is no object',
    schema: CONFIG_MAP,
    value: { metadata: 'x' },
    want: 'cannot restore struct from: string',
  },
  { name: 'a text is no truth', schema: CONFIG_MAP, value: { immutable: 'true' }, want: 'unrecognized type: bool' },
  {
    name: 'bytes are base64',
    schema: CONFIG_MAP,
    value: { binaryData: { a: '!' } },
    want: 'error decoding from json: illegal base64 data at input byte 0',
  },
  {
    name: 'times read JSON by themselves',
    schema: CONFIG_MAP,
    value: { metadata: { creationTimestamp: 5 } },
    want: 'json: cannot unmarshal number into Go value of type string',
  },
  { name: 'a map is no list', schema: POD, value: { spec: { containers: {} } }, want: 'cannot restore slice from map' },
  {
    name: 'a fraction is no whole number',
    schema: POD,
    value: { spec: { terminationGracePeriodSeconds: 1.5 } },
    want: 'cannot convert float64 to int64',
  },
])('$name', ({ schema, value, want }) => expect(restoreFault(schema, value)).toBe(want))
