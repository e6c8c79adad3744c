import { componentSchema, goFieldsOf, type OpenApiSchema, refOf } from './openapi.ts'

/** How the Go type behind a scalar reads and writes JSON. */
export type ScalarName =
  | 'string'
  | 'bytes'
  | 'int32'
  | 'int64'
  | 'number'
  | 'boolean'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'

/** A built-in type as the server's Go types see it. Compiled from the OpenAPI schemas, once each, when first needed. */
export type Type =
  | { readonly kind: 'struct'; readonly struct: StructType }
  | { readonly kind: 'list'; readonly items: Type }
  | { readonly kind: 'map'; readonly values: Type }
  | { readonly kind: 'scalar'; readonly scalar: ScalarName }
  /** Kept as it stands: `object` takes only JSON objects, `json` anything (RawExtension, FieldsV1). */
  | { readonly kind: 'raw'; readonly takes: 'object' | 'json' }

export interface Field {
  readonly name: string
  /** Go structs between the type and the field: Go's error texts name them. */
  readonly embedded: readonly string[]
  readonly type: Type
  readonly pointer: boolean
  /** The empty value is left out. */
  readonly omitEmpty: boolean
  /** A zero struct is left out. */
  readonly omitZero: boolean
  /** The schema's default where it is more than the Go zero value. */
  readonly default?: unknown
  /** Empty, or some of `merge`, `replace`, `retainKeys`. */
  readonly patchStrategies: readonly string[]
  readonly patchMergeKey?: string
}

export class StructType {
  /** Component name. */
  readonly name: string
  /** Go name: the last part. */
  readonly goName: string
  readonly #schema: OpenApiSchema
  #fields: readonly Field[] | undefined
  #byName: ReadonlyMap<string, Field> | undefined

  constructor(name: string, schema: OpenApiSchema) {
    this.name = name
    this.goName = name.slice(name.lastIndexOf('.') + 1)
    this.#schema = schema
  }

  /** In the order of the Go struct, which is the order of its JSON. */
  get fields(): readonly Field[] {
    this.#fields ??= compileFields(this.name, this.#schema)
    return this.#fields
  }

  field(name: string): Field | undefined {
    this.#byName ??= new Map(this.fields.map(f => [f.name, f]))
    return this.#byName.get(name)
  }

  /** Empty lists survive only in kinds that Kubernetes stores as JSON; protobuf knows no empty list. */
  get keepsEmptyLists(): boolean {
    return this.name.includes('apiextensions') || this.name.includes('apiregistration')
  }
}

const structs = new Map<string, StructType>()
const scalars = new Map<ScalarName, Type>()

function scalar(name: ScalarName): Type {
  let type = scalars.get(name)
  if (!type) scalars.set(name, (type = { kind: 'scalar', scalar: name }))
  return type
}

const RAW_OBJECT: Type = { kind: 'raw', takes: 'object' }
const RAW_JSON: Type = { kind: 'raw', takes: 'json' }

/** Types that read and write JSON by code of their own. */
const SPECIAL: Readonly<Record<string, Type>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': scalar('quantity'),
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': scalar('intOrString'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': scalar('time'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': scalar('microTime'),
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': RAW_JSON,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': RAW_JSON,
}

/** The struct behind a component. Throws where the name is none or names no struct. */
export function structType(name: string): StructType {
  let struct = structs.get(name)
  if (!struct) structs.set(name, (struct = new StructType(name, componentSchema(name))))
  return struct
}

function typeOf(schema: OpenApiSchema): Type {
  const ref = refOf(schema)
  if (ref !== undefined) return typeOfComponent(ref)
  switch (schema.type) {
    case 'string':
      return scalar(schema.format === 'byte' ? 'bytes' : 'string')
    case 'integer':
      return scalar(schema.format === 'int32' ? 'int32' : 'int64')
    case 'number':
      return scalar('number')
    case 'boolean':
      return scalar('boolean')
    case 'array':
      return { kind: 'list', items: typeOf(schema.items ?? {}) }
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? { kind: 'map', values: typeOf(schema.additionalProperties) }
        : RAW_OBJECT
    default:
      return RAW_JSON
  }
}

function typeOfComponent(name: string): Type {
  const special = SPECIAL[name]
  if (special) return special
  const schema = componentSchema(name)
  return schema.properties ? { kind: 'struct', struct: structType(name) } : typeOf(schema)
}

function compileFields(name: string, schema: OpenApiSchema): Field[] {
  const properties = schema.properties ?? {}
  const facts =
    goFieldsOf(name)?.split(' ') ?? Object.keys(properties).map(p => p + (schema.required?.includes(p) ? '!' : ''))
  const fields: Field[] = []
  for (const fact of facts) {
    const m = /^((?:\w+\/)*)(.*?)(\*?)(!?)(~?)$/.exec(fact)
    const property = m && properties[m[2] ?? '']
    if (property) fields.push(compileField(m, property))
  }
  return fields
}

function compileField(m: RegExpExecArray, property: OpenApiSchema): Field {
  const strategy = property['x-kubernetes-patch-strategy']
  const mergeKey = property['x-kubernetes-patch-merge-key']
  return {
    name: m[2] ?? '',
    embedded: m[1] ? m[1].split('/').slice(0, -1) : [],
    type: typeOf(property),
    pointer: m[3] === '*',
    omitEmpty: m[4] !== '!',
    omitZero: m[5] === '~',
    ...(isRealDefault(property.default) ? { default: property.default } : {}),
    patchStrategies: strategy ? strategy.split(',') : [],
    ...(mergeKey === undefined ? {} : { patchMergeKey: mergeKey }),
  }
}

/** OpenAPI also names Go's zero values as defaults: those come from decoding already. */
function isRealDefault(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
