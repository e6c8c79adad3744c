import { componentSchema, findComponent, type OpenApiSchema, refOf } from './openapi.ts'

/**
 * What server-side apply knows of a type: how values of each shape merge. A type may admit more than one shape.
 * Compiled from OpenAPI schemas of built-in kinds and of custom resources alike, piece by piece when first needed.
 */
export interface Atom {
  readonly scalar?: 'numeric' | 'string' | 'boolean' | 'untyped'
  readonly list?: ListAtom
  readonly map?: MapAtom
}

export interface ListAtom {
  readonly items: Atom
  /** Merged item by item: a set, or a map where there are keys. */
  readonly associative: boolean
  readonly keys: readonly string[]
}

export interface MapAtom {
  readonly field: (name: string) => FieldAtom | undefined
  /** Type of members that are no declared field; undefined where there may be none. */
  readonly elements: Atom | undefined
  readonly atomic: boolean
}

export interface FieldAtom {
  readonly atom: Atom
  readonly default?: unknown
}

/** Anything, replaced whole. */
const UNTYPED: Atom = {
  scalar: 'untyped',
  get list(): ListAtom {
    return { items: UNTYPED, associative: false, keys: [] }
  },
  get map(): MapAtom {
    return { field: () => undefined, elements: UNTYPED, atomic: true }
  },
}

/** Anything, where maps merge member by member. */
export const DEDUCED: Atom = {
  scalar: 'untyped',
  get list(): ListAtom {
    return { items: UNTYPED, associative: false, keys: [] }
  },
  get map(): MapAtom {
    return DEDUCED_MAP
  },
}
const DEDUCED_MAP: MapAtom = { field: () => undefined, elements: DEDUCED, atomic: false }

/** A map of which nothing is known: ownership below it is not reconciled with a schema. */
export const isDeducedMap = (map: MapAtom): boolean => map === DEDUCED_MAP

const SPECIAL: Readonly<Record<string, Atom>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { scalar: 'untyped' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': UNTYPED,
}

const components = new Map<string, Atom>()

/** The atom of a built-in component such as `io.k8s.api.core.v1.Pod`. */
export function componentAtom(name: string): Atom {
  let atom = SPECIAL[name] ?? components.get(name)
  if (!atom) components.set(name, (atom = compile(componentSchema(name), false)))
  return atom
}

/** The atom of a custom resource with this schema (without one every field is free). Compile it once for a version. */
export function customAtom(schema: OpenApiSchema | undefined): Atom {
  if (!schema) return compile({ ...EMBEDDED, 'x-kubernetes-preserve-unknown-fields': true }, false)
  return compile({ ...schema, 'x-kubernetes-embedded-resource': true }, false)
}

/** What every resource has beside its own fields, embedded ones too. */
const META: Readonly<Record<string, OpenApiSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
}
const EMBEDDED: OpenApiSchema = { type: 'object', 'x-kubernetes-embedded-resource': true }

/** A schema in the place of a field or an item: a reference, perhaps with a map type of its own, or inline. */
function reference(schema: OpenApiSchema, preserve: boolean): Atom {
  const ref = refOf(schema)
  if (ref === undefined || !(ref in SPECIAL || findComponent(ref))) return compile(schema, preserve)
  const atom = componentAtom(ref)
  const mapType = schema['x-kubernetes-map-type']
  return mapType && atom.map ? { ...atom, map: { ...atom.map, atomic: mapType === 'atomic' } } : atom
}

function compile(schema: OpenApiSchema, inherited: boolean): Atom {
  const preserve = inherited || schema['x-kubernetes-preserve-unknown-fields'] === true
  switch (schema.type) {
    case undefined:
      return { scalar: 'untyped', list: compileList(schema, preserve), map: compileMap(schema, preserve) }
    case 'object':
      return { map: compileMap(schema, preserve) }
    case 'array':
      return { list: compileList(schema, preserve) }
    case 'integer':
    case 'number':
      return { scalar: 'numeric' }
    case 'boolean':
      return { scalar: 'boolean' }
    default:
      return {
        scalar: schema.format === undefined || schema.format === '' || schema.format === 'byte' ? 'string' : 'untyped',
      }
  }
}

function compileList(schema: OpenApiSchema, preserve: boolean): ListAtom {
  const { associative, keys } = listRelation(schema)
  let items: Atom | undefined
  return {
    associative,
    keys,
    get items(): Atom {
      items ??= schema.items ? reference(schema.items, preserve) : UNTYPED
      return items
    },
  }
}

function listRelation(schema: OpenApiSchema): { associative: boolean; keys: readonly string[] } {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return { associative: true, keys: [] }
  if (type === 'map') return { associative: true, keys: schema['x-kubernetes-list-map-keys'] ?? [] }
  if (type === undefined && schema['x-kubernetes-patch-strategy']?.split(',').includes('merge')) {
    const key = schema['x-kubernetes-patch-merge-key']
    return { associative: true, keys: key === undefined ? [] : [key] }
  }
  return { associative: false, keys: [] }
}

function compileMap(schema: OpenApiSchema, preserve: boolean): MapAtom {
  const { additionalProperties: additional } = schema
  const properties = schema['x-kubernetes-embedded-resource']
    ? { ...META, ...schema.properties, metadata: META['metadata'] }
    : schema.properties
  const free =
    additional === undefined && (preserve || !schema.properties || Object.keys(schema.properties).length === 0)
  if ((free || additional === true) && !properties && schema['x-kubernetes-map-type'] === undefined) return DEDUCED_MAP
  const fields = new Map<string, FieldAtom>()
  let elements: Atom | undefined
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    get elements(): Atom | undefined {
      if (typeof additional === 'object') return (elements ??= reference(additional, preserve))
      return free || additional === true ? DEDUCED : undefined
    },
    field: name => {
      let field = fields.get(name)
      if (field) return field
      const property =
        properties && Object.hasOwn(properties, name) ? (properties as Record<string, OpenApiSchema>)[name] : undefined
      if (!property) return undefined
      field = { atom: reference(property, preserve), default: property.default }
      fields.set(name, field)
      return field
    },
  }
}
