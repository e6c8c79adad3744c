import type { FieldError } from '../base/field-error.ts'
import type { KubeObject } from './object.ts'

/** What a rule may know of the request besides the objects. */
export interface RuleContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Who asks. */
  readonly user: { readonly name: string; readonly groups: readonly string[] }
  readonly dryRun: boolean
}

/** One column of the Table view (meta.k8s.io/v1 TableColumnDefinition). */
export interface Column<T> {
  readonly name: string
  /** Defaults to `string`. */
  readonly type?: 'string' | 'integer' | 'boolean' | 'number' | 'date'
  /** Defaults to none; the Name column has `name`. */
  readonly format?: string
  readonly description: string
  /** 0 shows in `kubectl get`, above only with `-o wide`. Defaults to 0. */
  readonly priority?: number
  readonly cell: (object: T, now: number) => unknown
}

/** A mark on a row of the Table view (meta.k8s.io/v1 TableRowCondition). */
export interface RowCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
}

/** Rules of one way to write an object: the main resource or a subresource such as status. */
export interface WriteRules<T> {
  /** Brings a new object into form before validation: drops status, sets what the server owns. May change `draft`. */
  readonly prepareForCreate?: (draft: T, context: RuleContext) => void
  /** As prepareForCreate for updates: keeps what this endpoint may not change. May change `draft`. */
  readonly prepareForUpdate?: (draft: T, old: T, context: RuleContext) => void
  /** Faults of a new object. */
  readonly validate?: (object: T, context: RuleContext) => FieldError[]
  /** Faults of a changed object, including those of the object itself. */
  readonly validateUpdate?: (object: T, old: T, context: RuleContext) => FieldError[]
  /** Texts for `Warning` headers. `old` is missing on create. */
  readonly warnings?: (object: T, old?: T) => string[]
}

/** How the scale subresource maps onto the object: JSON paths with dots. */
export interface ScaleMapping {
  readonly specReplicas: string
  readonly statusReplicas: string
  /** A label selector object or string. */
  readonly selector?: string
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

/**
 * All that the server knows of one Kind. One Kind is one file under kinds/<group>/; custom resources
 * become the same value at run time. Functions that take a draft may change it; all others must not.
 */
export interface Kind<T extends KubeObject = KubeObject> extends WriteRules<T> {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Defaults to kind + `List`. */
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly Verb[]
  /** Name of the component schema: `io.k8s.api.core.v1.Pod`. */
  readonly schema: string
  /** `group/plural` under which objects are stored; two kinds that show the same objects (both Events) share it. */
  readonly storage: string
  /** Where `storage` is shared: turns the stored form into this kind's form, and back. */
  readonly fromStored?: (stored: KubeObject) => T
  readonly toStored?: (object: T) => KubeObject
  /** Sets the defaults that Kubernetes' code sets (beyond those of the schema). Idempotent. May change `draft`. */
  readonly defaults?: (draft: T) => void
  /**
   * Paths that an endpoint resets and so nobody owns through it, by subresource ('' for the object itself). Defaults to
   * `status` for the object and all but metadata and status for status.
   */
  readonly resetFields?: Readonly<Record<string, readonly string[]>>
  /** How names are checked. Defaults to DNS subdomain. */
  readonly validateName?: (name: string, prefix: boolean) => string[]
  /** The status subresource; absent where the kind has none. */
  readonly status?: WriteRules<T>
  readonly scale?: ScaleMapping
  /** Further subresources that are plain updates of the object (pods/ephemeralcontainers, pods/resize, namespaces/finalize). */
  readonly subresources?: Readonly<Record<string, WriteRules<T>>>
  /**
   * Which change of the object raises metadata.generation: 'spec' (anything outside metadata and status),
   * 'spec+annotations', a function of draft and old, or 'none' (the field stays absent).
   */
  readonly generation: 'none' | 'spec' | 'spec+annotations' | ((draft: T, old: T) => boolean)
  /** PUT of a missing object creates it. Defaults to false. */
  readonly createOnUpdate: boolean
  /** PUT without resourceVersion overwrites. Defaults to true. */
  readonly unconditionalUpdate: boolean
  /** DELETE answers with the object instead of a Status. Defaults to false. */
  readonly deleteReturnsObject: boolean
  /** Propagation where the request names none. Defaults to background. */
  readonly defaultPropagation: 'Background' | 'Orphan'
  /**
   * For kinds with graceful deletion (pods): seconds to wait before removal, or 0 for now.
   * May change the draft that is written while the object waits.
   */
  readonly gracePeriod?: (object: T, requested: number | undefined) => number
  readonly columns: readonly Column<T>[]
  /** Marks on a row of the Table view: pods that have ended. Defaults to none. */
  readonly rowConditions?: (object: T) => RowCondition[]
  /** True for custom resources: items of their lists name kind and apiVersion, strategic merge patch is refused. */
  readonly custom?: boolean
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields: Readonly<Record<string, (object: T) => string>>
  /**
   * True where an unknown field label answers `field label not supported: x` (kinds with a conversion function of
   * their own), false for `"x" is not a known field selector: only "metadata.name", …`. Defaults to false.
   */
  readonly ownFieldLabels: boolean
  /** Text of the Warning header that every request for this kind gets: `v1 Endpoints is deprecated in …`. */
  readonly deprecation?: string
}

/** A kind whatever its objects are: `Kind<Pod>` is no `Kind<KubeObject>`, since its rules take pods only. */
// oxlint-disable-next-line typescript/no-explicit-any -- a kind takes only its own objects: no other type holds all kinds
export type AnyKind = Kind<any>

/**
 * A kind for code that serves all kinds alike. Such code hands a kind's rules only what was decoded by the kind's own
 * schema, so that what the type no longer says still holds.
 */
export const anyKind = (kind: AnyKind): Kind => kind

type Defaulted =
  | 'group'
  | 'listKind'
  | 'singular'
  | 'shortNames'
  | 'categories'
  | 'namespaced'
  | 'verbs'
  | 'storage'
  | 'generation'
  | 'createOnUpdate'
  | 'unconditionalUpdate'
  | 'deleteReturnsObject'
  | 'defaultPropagation'
  | 'columns'
  | 'selectableFields'
  | 'ownFieldLabels'

/** What a kind file writes; the rest has the defaults named at {@link Kind}. */
export type KindDefinition<T extends KubeObject> = Omit<Kind<T>, Defaulted> & Partial<Pick<Kind<T>, Defaulted>>

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

/** Name and age: the table of kinds that name no columns. */
export function defaultColumns<T extends KubeObject>(): Column<T>[] {
  return [
    nameColumn(),
    { name: 'Created At', type: 'date', description: 'Creation time', cell: o => o.metadata.creationTimestamp },
  ]
}

export function nameColumn<T extends KubeObject>(): Column<T> {
  return {
    name: 'Name',
    format: 'name',
    description: 'Name must be unique within a namespace.',
    cell: o => o.metadata.name,
  }
}

/** Completes a definition. Namespaced and in the core group unless it says otherwise. */
export function defineKind<T extends KubeObject>(d: KindDefinition<T>): Kind<T> {
  const group = d.group ?? ''
  return {
    listKind: `${d.kind}List`,
    singular: d.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: ALL_VERBS,
    storage: `${group || 'core'}/${d.plural}`,
    generation: 'none',
    createOnUpdate: false,
    unconditionalUpdate: true,
    deleteReturnsObject: false,
    defaultPropagation: 'Background',
    columns: defaultColumns<T>(),
    selectableFields: {},
    ownFieldLabels: false,
    ...d,
    group,
  }
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(kind: { group: string; version: string }): string {
  return kind.group ? `${kind.group}/${kind.version}` : kind.version
}
