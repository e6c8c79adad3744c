import { readAsset } from '../base/assets.ts'
import { badRequest } from '../base/errors.ts'

/**
 * Reads request bodies in Kubernetes' protobuf form (k8s.io/apimachinery runtime/serializer/protobuf) as the JSON that
 * a client would have sent instead. Typed Go clients, kubectl's too, send objects in it. Answers are always JSON, which
 * every such client accepts beside it.
 */
const MAGIC = Buffer.from('k8s\0')
const META = 'k8s.io.apimachinery.pkg.apis.meta.v1'
/** Deeper messages are nobody's honest work. */
const MAX_DEPTH = 100

interface Field {
  readonly name: string
  readonly type: string
  readonly repeated: boolean
}

let table: Readonly<Record<string, readonly string[]>> | undefined
const compiled = new Map<string, ReadonlyMap<number, Field>>()

/** The object in a protobuf body as JSON bytes. Throws 400 where it cannot be read. */
export function protobufToJson(body: Buffer): Buffer {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  }
  try {
    const unknown = readMessage('k8s.io.apimachinery.pkg.runtime.Unknown', body.subarray(MAGIC.length), 0)
    const { apiVersion = '', kind = '' } = (unknown.typeMeta ?? {}) as { apiVersion?: string; kind?: string }
    const raw = Buffer.from((unknown.raw as string | undefined) ?? '', 'base64')
    const message = messageOf(apiVersion, kind)
    if (!message) throw new Error(`no kind "${kind}" is registered for version "${apiVersion}"`)
    return Buffer.from(JSON.stringify({ apiVersion, kind, ...readMessage(message, raw, 0) }))
  } catch (error) {
    throw badRequest(`unable to decode protobuf: ${(error as Error).message}`)
  }
}

/** The message of a kind: the package is named after the group's first word. */
function messageOf(apiVersion: string, kind: string): string | undefined {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const word = group?.split('.')[0] ?? ''
  const candidates = [
    `k8s.io.api.${word}.${version}.${kind}`,
    `${META}.${kind}`,
    `k8s.io.apiextensions_apiserver.pkg.apis.${word}.${version}.${kind}`,
    `k8s.io.kube_aggregator.pkg.apis.${word}.${version}.${kind}`,
  ]
  return candidates.find(name => messages()[name] !== undefined)
}

function messages(): Readonly<Record<string, readonly string[]>> {
  table ??= JSON.parse(readAsset('src/kinds/generated/protobuf.json').toString('utf8')) as Record<string, string[]>
  return table
}

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  let fields = compiled.get(message)
  if (!fields) {
    const made = new Map<number, Field>()
    for (const text of messages()[message] ?? []) {
      const [number = '', name = '', type = ''] = text.split(' ')
      made.set(Number(number), { name, type: type.replace('*', ''), repeated: type.endsWith('*') })
    }
    fields = made
    compiled.set(message, fields)
  }
  return fields
}

/** Messages whose JSON is no object of their fields. */
const SPECIAL: Readonly<Record<string, (fields: Record<string, unknown>) => unknown>> = {
  [`${META}.Time`]: f => timeText(f, false),
  [`${META}.MicroTime`]: f => timeText(f, true),
  [`${META}.Duration`]: f => f.duration,
  [`${META}.FieldsV1`]: f => jsonOf(f.Raw),
  [`${META}.Verbs`]: f => f.items ?? [],
  'k8s.io.apimachinery.pkg.api.resource.Quantity': f => f.string ?? '0',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': f => (f.type ? (f.strVal ?? '') : (f.intVal ?? 0)),
  'k8s.io.apimachinery.pkg.runtime.RawExtension': f => jsonOf(f.raw),
  'k8s.io.api.authentication.v1.ExtraValue': f => f.items ?? [],
  'k8s.io.api.authorization.v1.ExtraValue': f => f.items ?? [],
  'k8s.io.api.certificates.v1.ExtraValue': f => f.items ?? [],
}

function readMessage(message: string, bytes: Buffer, depth: number): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error('messages are nested too deeply')
  const fields = fieldsOf(message)
  const reader = new Reader(bytes)
  const out: Record<string, unknown> = {}
  while (!reader.done) {
    const tag = reader.varint()
    const field = fields.get(Number(tag >> 3n))
    const wire = Number(tag & 7n)
    if (!field) {
      reader.skip(wire)
      continue
    }
    if (field.type.startsWith('map<')) {
      const map = (out[field.name] ??= {}) as Record<string, unknown>
      const [key, value] = readEntry(field.type, reader.bytes(wire), depth)
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
      continue
    }
    if (field.type.includes('.')) {
      const value = valueOf(field.type, readMessage(field.type, reader.bytes(wire), depth + 1))
      if (field.name === '') Object.assign(out, value)
      else put(out, field, value)
      continue
    }
    // Numbers of a list may come packed together.
    if (field.repeated && wire === 2 && field.type !== 'string' && field.type !== 'bytes') {
      const packed = new Reader(reader.bytes(wire))
      while (!packed.done) put(out, field, packed.scalar(field.type, field.type === 'double' ? 1 : 0))
      continue
    }
    put(out, field, reader.scalar(field.type, wire))
  }
  return out
}

/** What stands for a message in JSON. */
function valueOf(type: string, fields: Record<string, unknown>): unknown {
  const special = SPECIAL[type]
  return special ? special(fields) : fields
}

function put(out: Record<string, unknown>, field: Field, value: unknown): void {
  if (!field.repeated) out[field.name] = value
  else ((out[field.name] ??= []) as unknown[]).push(value)
}

function readEntry(type: string, bytes: Buffer, depth: number): [string, unknown] {
  const valueType = type.slice(type.indexOf(',') + 1, -1).trim()
  const reader = new Reader(bytes)
  let key = ''
  let value: unknown = valueType.includes('.') ? valueOf(valueType, {}) : ''
  while (!reader.done) {
    const tag = reader.varint()
    const wire = Number(tag & 7n)
    if (tag >> 3n === 1n) key = reader.scalar('string', wire) as string
    else if (tag >> 3n !== 2n) reader.skip(wire)
    else if (valueType.includes('.')) value = valueOf(valueType, readMessage(valueType, reader.bytes(wire), depth + 1))
    else value = reader.scalar(valueType, wire)
  }
  return [key, value]
}

/** Reads the wire format (protobuf.dev/programming-guides/encoding). Throws where it is cut off. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new Error('unexpected EOF')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new Error('integer overflow')
  }

  bytes(wire: number): Buffer {
    if (wire !== 2) throw new Error(`wrong wireType = ${wire}`)
    const length = Number(this.varint())
    return this.#take(length)
  }

  scalar(type: string, wire: number): unknown {
    switch (type) {
      case 'string':
        return this.bytes(wire).toString('utf8')
      case 'bytes':
        return this.bytes(wire).toString('base64')
      case 'bool':
        return this.varint() !== 0n
      case 'double':
        return this.#take(8).readDoubleLE(0)
      case 'int32':
      case 'int64':
        if (wire !== 0) throw new Error(`wrong wireType = ${wire}`)
        return Number(BigInt.asIntN(64, this.varint()))
      default:
        throw new Error(`unknown type ${type}`)
    }
  }

  skip(wire: number): void {
    switch (wire) {
      case 0:
        this.varint()
        return
      case 1:
        this.#take(8)
        return
      case 2:
        this.bytes(2)
        return
      case 5:
        this.#take(4)
        return
      default:
        throw new Error(`wrong wireType = ${wire}`)
    }
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('unexpected EOF')
    const out = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return out
  }
}

function timeText(f: Record<string, unknown>, micro: boolean): string | null {
  const seconds = (f.seconds as number | undefined) ?? 0
  const nanos = (f.nanos as number | undefined) ?? 0
  // The zero time: Go's year 1, which JSON writes as null.
  if (seconds === 0 && nanos === 0) return null
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
  return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${whole}Z`
}

function jsonOf(base64: unknown): unknown {
  const text = Buffer.from((base64 as string | undefined) ?? '', 'base64').toString('utf8')
  return text === '' ? null : JSON.parse(text)
}
