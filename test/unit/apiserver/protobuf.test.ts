import { protobufToJson } from '../../../src/apiserver/protobuf.ts'

const varint = (n: number): Buffer => {
  const out: number[] = []
  for (let v = BigInt.asUintN(64, BigInt(n)); ; v >>= 7n) {
    if (v < 128n) return Buffer.from([...out, Number(v)])
    out.push(Number(v & 127n) | 128)
  }
}
const len = (field: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes])
}
const int = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)])
const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts)
const body = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  join(Buffer.from('k8s\0'), len(1, join(len(1, apiVersion), len(2, kind))), len(2, raw), len(3, ''), len(4, ''))
const read = (apiVersion: string, kind: string, raw: Buffer): unknown =>
  JSON.parse(protobufToJson(body(apiVersion, kind, raw)).toString())

describe('protobufToJson()', () => {
  test('metadata: texts, maps, times', () => {
    const time = len(8, join(int(1, 1_700_000_000), int(2, 5)))
    const labels = join(len(11, join(len(1, 'a'), len(2, 'b'))), len(11, len(1, 'empty')))
    expect(read('v1', 'ConfigMap', len(1, join(len(1, 'n'), labels, time)))).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'n', labels: { a: 'b', empty: '' }, creationTimestamp: '2023-11-14T22:13:20Z' },
    })
  })
  test('the zero time is null, as in JSON', () => {
    expect(read('v1', 'ConfigMap', len(1, len(8, Buffer.alloc(0))))).toMatchObject({
      metadata: { creationTimestamp: null },
    })
  })
  test('an embedded struct has its fields in place', () => {
    const volume = join(len(1, 'v'), len(2, len(1, len(1, '/data'))))
    expect(read('v1', 'Pod', len(2, len(1, volume)))).toMatchObject({
      spec: { volumes: [{ name: 'v', hostPath: { path: '/data' } }] },
    })
  })
  test('quantities are texts, bytes are base64, int-or-string is either', () => {
    const limits = len(1, join(len(1, 'cpu'), len(2, len(1, '100m'))))
    const container = join(len(1, 'c'), len(8, limits))
    expect(read('v1', 'Pod', len(2, len(2, container)))).toMatchObject({
      spec: { containers: [{ resources: { limits: { cpu: '100m' } } }] },
    })
    expect(read('v1', 'Secret', len(2, join(len(1, 'k'), len(2, 'hi'))))).toMatchObject({ data: { k: 'aGk=' } })
    const port = (target: Buffer): Buffer => len(2, len(1, join(int(3, 80), len(4, target))))
    expect(read('v1', 'Service', port(join(int(1, 0), int(2, 8080))))).toMatchObject({
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    })
    expect(read('v1', 'Service', port(join(int(1, 1), len(3, 'http'))))).toMatchObject({
      spec: { ports: [{ targetPort: 'http' }] },
    })
  })
  test('negative numbers, and zeros that are set', () => {
    expect(read('apps/v1', 'Deployment', len(2, int(1, 0)))).toMatchObject({ spec: { replicas: 0 } })
    expect(read('v1', 'DeleteOptions', int(1, -1))).toMatchObject({ gracePeriodSeconds: -1 })
  })
  test('unknown fields are passed over', () => {
    expect(read('v1', 'ConfigMap', join(int(99, 5), len(98, 'x'), len(1, len(1, 'n'))))).toMatchObject({
      metadata: { name: 'n' },
    })
  })
  const broken: [string, Buffer, string][] = [
    ['what is not protobuf', Buffer.from('{}'), 'does not appear to be a protobuf message'],
    ['a message that is cut off', body('v1', 'ConfigMap', Buffer.from([0x0a, 0x10, 0x0a])), 'unexpected EOF'],
    ['a kind that is not there', body('v1', 'Nothing', Buffer.alloc(0)), 'no kind "Nothing"'],
    ['a number without end', body('v1', 'ConfigMap', Buffer.alloc(20, 0xff)), 'integer overflow'],
  ]
  test.each(broken)('%s is a clear 400', (_, bytes, message) => {
    expect(() => protobufToJson(bytes)).toThrow(message)
  })
})
