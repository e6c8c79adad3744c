import { readAsset } from '../../base/assets.ts'

/** An OpenAPI v3 schema as Kubernetes writes them. References are bare component names in the built-in schemas. */
export interface OpenApiSchema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly items?: OpenApiSchema
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly allOf?: readonly OpenApiSchema[]
  readonly oneOf?: readonly OpenApiSchema[]
  readonly anyOf?: readonly OpenApiSchema[]
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
}

/** A generated JSON object with one member a line: only members that are asked for are parsed. */
class LazyMembers<T> {
  readonly #asset: string
  #lines: Map<string, string> | undefined
  readonly #parsed = new Map<string, T>()

  constructor(asset: string) {
    this.#asset = asset
  }

  names(): Iterable<string> {
    return this.#load().keys()
  }

  get(name: string): T | undefined {
    let value = this.#parsed.get(name)
    if (value !== undefined) return value
    const line = this.#load().get(name)
    if (line === undefined) return undefined
    value = JSON.parse(line) as T
    this.#parsed.set(name, value)
    return value
  }

  #load(): Map<string, string> {
    if (this.#lines) return this.#lines
    this.#lines = new Map()
    for (const line of readAsset(this.#asset).toString('utf8').split('\n')) {
      const end = line.indexOf('":')
      if (end > 0) this.#lines.set(line.slice(1, end), line.slice(end + 2, line.endsWith(',') ? -1 : undefined))
    }
    return this.#lines
  }
}

const components = new LazyMembers<OpenApiSchema>('src/kinds/generated/schemas.json')
const goFields = new LazyMembers<string>('src/kinds/generated/go-fields.json')

/** All component schemas of the built-in kinds by name. Parses them all: for those who publish them. */
export function componentSchemas(): Readonly<Record<string, OpenApiSchema>> {
  return Object.fromEntries([...components.names()].map(name => [name, componentSchema(name)]))
}

/** The component such as `io.k8s.api.core.v1.Pod`, or undefined. */
export function findComponent(name: string): OpenApiSchema | undefined {
  return components.get(name)
}

/** The schema of that name. Throws where there is none: names come from kind files. */
export function componentSchema(name: string): OpenApiSchema {
  const schema = components.get(name)
  if (!schema) throw new Error(`no schema ${name}`)
  return schema
}

/** How Go writes each field of a built-in struct (scripts/generate/go-fields.mjs tells the format), or undefined. */
export function goFieldsOf(name: string): string | undefined {
  return goFields.get(name)
}

/** The component that a schema refers to, directly or as the only part of allOf. */
export function refOf(schema: OpenApiSchema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined)
  return ref?.slice(ref.lastIndexOf('/') + 1)
}
