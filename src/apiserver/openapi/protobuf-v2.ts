type Json = Readonly<Record<string, unknown>>

/**
 * The definitions of an OpenAPI v2 document in the protobuf form of gnostic (openapiv2/OpenAPIv2.proto), which kubectl
 * asks for where it checks a manifest of a kind that the server does not have. The paths are left out: what clients
 * read of them is in v3.
 */
export function documentV2Protobuf(document: Json): Buffer {
  const info = document['info'] as Json
  const definitions = Object.entries((document['definitions'] ?? {}) as Record<string, Json>)
  return message(
    text(1, document['swagger']),
    field(2, message(text(1, info['title']), text(2, info['version']))),
    field(8, message()),
    field(9, message(...definitions.map(([name, schema]) => field(1, named(name, schemaMessage(schema)))))),
  )
}

/** Keys of a schema that have a field of their own; `x-…` are extensions. */
function schemaMessage(schema: Json): Buffer {
  const parts: Buffer[] = []
  for (const [key, value] of Object.entries(schema)) {
    const encode = SCHEMA_FIELDS[key]
    if (encode) parts.push(encode(value))
    else if (key.startsWith('x-')) parts.push(field(31, named(key, any(value))))
  }
  return message(...parts)
}

const SCHEMA_FIELDS: Readonly<Record<string, (value: unknown) => Buffer>> = {
  $ref: v => text(1, v),
  format: v => text(2, v),
  title: v => text(3, v),
  description: v => text(4, v),
  default: v => field(5, any(v)),
  required: v => message(...(v as string[]).map(name => text(19, name))),
  enum: v => message(...(v as unknown[]).map(one => field(20, any(one)))),
  additionalProperties: v => field(21, typeof v === 'boolean' ? flag(2, v) : field(1, schemaMessage(v as Json))),
  type: v => field(22, message(...[v].flat().map(name => text(1, name)))),
  items: v => field(23, field(1, schemaMessage(v as Json))),
  allOf: v => message(...(v as Json[]).map(one => field(24, schemaMessage(one)))),
  properties: v =>
    field(
      25,
      message(...Object.entries(v as Record<string, Json>).map(([name, s]) => field(1, named(name, schemaMessage(s))))),
    ),
}

/** A name (1) with a value (2). */
const named = (name: string, value: Buffer): Buffer => message(text(1, name), field(2, value))

/** A value of any kind as YAML, of which JSON is a part. */
const any = (value: unknown): Buffer => text(2, JSON.stringify(value))

const message = (...parts: Buffer[]): Buffer => Buffer.concat(parts)

/** A field with a length: a text or a message. */
const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([varint((number << 3) | 2), varint(content.length), content])

const text = (number: number, value: unknown): Buffer =>
  typeof value === 'string' && value !== '' ? field(number, Buffer.from(value)) : Buffer.alloc(0)

const flag = (number: number, value: boolean): Buffer => Buffer.concat([varint(number << 3), varint(value ? 1 : 0)])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80)
  return Buffer.from([...bytes, left])
}
