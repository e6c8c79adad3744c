import { documentV2Protobuf } from '../../../src/apiserver/openapi/protobuf-v2.ts'

/** Fields of a message: number and content, numbers for varints. */
function fieldsOf(bytes: Buffer): [number, Buffer | number][] {
  const out: [number, Buffer | number][] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes.readUInt8(at++)
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    if ((tag & 7) === 0) out.push([tag >> 3, varint()])
    else {
      const length = varint()
      out.push([tag >> 3, bytes.subarray(at, at + length)])
      at += length
    }
  }
  return out
}

/** What stands at a path of field numbers; the last one's text, or number. */
function at(bytes: Buffer, ...path: number[]): string | number | undefined {
  let here: Buffer | number | undefined = bytes
  for (const number of path) here = Buffer.isBuffer(here) ? fieldsOf(here).find(([n]) => n === number)?.[1] : undefined
  return Buffer.isBuffer(here) ? here.toString() : here
}

describe('documentV2Protobuf()', () => {
  const schema = (value: object): Buffer =>
    documentV2Protobuf({ swagger: '2.0', info: { title: 't', version: 'v' }, definitions: { 'io.x.Foo': value } })
  /** definitions, the first, its value. */
  const FIRST = [9, 1, 2]

  test('says version and title, and has (empty) paths', () => {
    const bytes = schema({})
    expect([at(bytes, 1), at(bytes, 2, 1), at(bytes, 2, 2), at(bytes, 8), at(bytes, 9, 1, 1)]).toEqual([
      '2.0',
      't',
      'v',
      '',
      'io.x.Foo',
    ])
  })

  test.each<[string, object, number[], string | number]>([
    ['a reference', { $ref: '#/definitions/x' }, [1], '#/definitions/x'],
    ['a format', { format: 'int32' }, [2], 'int32'],
    ['a long description', { description: 'é'.repeat(300) }, [4], 'é'.repeat(300)],
    ['a default as YAML', { default: { a: 1 } }, [5, 2], '{"a":1}'],
    ['what is required', { required: ['name'] }, [19], 'name'],
    ['an enum', { enum: ['A'] }, [20, 2], '"A"'],
    ['values of a map', { additionalProperties: { type: 'string' } }, [21, 1, 22, 1], 'string'],
    ['a map of anything', { additionalProperties: true }, [21, 2], 1],
    ['the type', { type: 'object' }, [22, 1], 'object'],
    ['items of a list', { items: { type: 'string' } }, [23, 1, 22, 1], 'string'],
    ['a part', { allOf: [{ type: 'object' }] }, [24, 22, 1], 'object'],
    ['a property: name', { properties: { spec: { type: 'string' } } }, [25, 1, 1], 'spec'],
    ['a property: schema', { properties: { spec: { type: 'string' } } }, [25, 1, 2, 22, 1], 'string'],
    ['an extension: name', { 'x-kubernetes-list-type': 'map' }, [31, 1], 'x-kubernetes-list-type'],
    ['an extension: value', { 'x-kubernetes-list-type': 'map' }, [31, 2, 2], '"map"'],
  ])('%s', (_, value, path, expected) => expect(at(schema(value), ...FIRST, ...path)).toBe(expected))
})
