import { badRequest } from '../base/errors.ts'
import {
  everything,
  type FieldRequirement,
  type LabelSelector,
  parseFieldSelector,
  parseLabelSelector,
  SelectorError,
} from '../base/selector.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'

/** Which objects of a kind a request wants. */
export interface Selection {
  /** True where no selector was given. */
  readonly all: boolean
  /** Set where only the object of this name can match. */
  readonly name: string | undefined
  matches(object: Frozen<KubeObject>): boolean
}

const ALL: Selection = { all: true, name: undefined, matches: () => true }

/** Reads both selectors of a request. Throws 400 with Kubernetes' texts. */
export function parseSelection(kind: Kind, labelText: string | undefined, fieldText: string | undefined): Selection {
  if (!labelText && !fieldText) return ALL
  const labels = parsed(() => (labelText ? parseLabelSelector(labelText) : everything))
  const fields = parsed(() => (fieldText ? parseFieldSelector(fieldText) : []))
  const getters = fields.map(f => getterOf(kind, f))
  if (labels.empty && fields.length === 0) return ALL
  return {
    all: false,
    name: fields.find(f => f.field === 'metadata.name' && f.equal)?.value,
    matches: object => labelsMatch(labels, object) && fields.every((f, i) => holds(f, getters[i] as Getter, object)),
  }
}

type Getter = (object: KubeObject) => string

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}

function labelsMatch(labels: LabelSelector, object: Frozen<KubeObject>): boolean {
  return labels.empty || labels.matches(object.metadata.labels as Readonly<Record<string, string>> | undefined)
}

function holds(requirement: FieldRequirement, get: Getter, object: Frozen<KubeObject>): boolean {
  return (get(object as KubeObject) === requirement.value) === requirement.equal
}

function getterOf(kind: Kind, { field }: FieldRequirement): Getter {
  if (field === 'metadata.name') return o => o.metadata.name ?? ''
  if (field === 'metadata.namespace' && (kind.namespaced || !kind.ownFieldLabels))
    return o => o.metadata.namespace ?? ''
  const get = Object.hasOwn(kind.selectableFields, field) ? kind.selectableFields[field] : undefined
  if (get) return get
  if (kind.ownFieldLabels) throw badRequest(`field label not supported: ${field}`)
  const known = ['metadata.name', 'metadata.namespace', ...Object.keys(kind.selectableFields)]
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only ${known.map(k => JSON.stringify(k)).join(', ')}`,
  )
}
