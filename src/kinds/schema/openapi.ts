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

let components: Readonly<Record<string, OpenApiSchema>> | undefined
let goFields: Readonly<Record<string, string>> | undefined

/** All component schemas of the built-in kinds, by name such as `io.k8s.api.core.v1.Pod`. Read when first needed. */
export function componentSchemas(): Readonly<Record<string, OpenApiSchema>> {
  components ??= JSON.parse(readAsset('src/kinds/generated/schemas.json').toString('utf8')) as Record<
    string,
    OpenApiSchema
  >
  return components
}

/** The schema of that name. Throws where there is none: names come from kind files. */
export function componentSchema(name: string): OpenApiSchema {
  const schema = componentSchemas()[name]
  if (!schema) throw new Error(`no schema ${name}`)
  return schema
}

/** How Go writes each field of a built-in struct (scripts/generate/go-fields.mjs tells the format), or undefined. */
export function goFieldsOf(name: string): string | undefined {
  goFields ??= JSON.parse(readAsset('src/kinds/generated/go-fields.json').toString('utf8')) as Record<string, string>
  return goFields[name]
}

/** The component that a schema refers to, directly or as the only part of allOf. */
export function refOf(schema: OpenApiSchema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined)
  return ref?.slice(ref.lastIndexOf('/') + 1)
}
