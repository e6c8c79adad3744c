import type { ManagedFieldsEntry } from '../../kinds/generated/types.ts'
import { type Fields, inOrder, isEmpty, readFields, sameFields, union } from './fields.ts'

/** One manager's share of an object. `applied` tells Apply from Update. */
export interface Manager {
  readonly name: string
  readonly applied: boolean
  readonly apiVersion: string
  readonly subresource: string
  readonly fields: Fields
  /** RFC 3339 in whole seconds; missing where the manager never changed anything. */
  readonly time: string | undefined
}

/** All managers of an object by their identity. Never changed: writers make a new map. */
export type Managers = ReadonlyMap<string, Manager>

/** Who a manager is: an apply keeps its entry when its version changes, an update does not. */
export function managerId(m: Pick<Manager, 'name' | 'applied' | 'apiVersion' | 'subresource'>): string {
  return JSON.stringify([m.name, m.applied, m.applied ? '' : m.apiVersion, m.subresource])
}

/** Reads metadata.managedFields. Throws an Error with Kubernetes' text where an entry is wrong. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Manager>()
  for (const [i, entry] of (entries ?? []).entries()) {
    const manager = readEntry(entry, i)
    managers.set(managerId(manager), manager)
  }
  return managers
}

// The fields of stored entries never change, are read with every write, and are those of many objects (base/share.ts).
const known = new WeakMap<object, Fields>()

function readEntry(entry: ManagedFieldsEntry, index: number): Manager {
  if (entry.operation !== 'Apply' && entry.operation !== 'Update')
    throw new Error('operation must be `Apply` or `Update`')
  if (!entry.apiVersion) throw new Error('apiVersion must not be empty')
  if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`)
  if (entry.fieldsType !== 'FieldsV1')
    throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${index}`)
  const written = entry.fieldsV1 ?? {}
  let fields = known.get(written)
  if (!fields) {
    try {
      fields = readFields(written)
    } catch (error) {
      throw new Error(`error decoding versioned set: error decoding set: ${(error as Error).message}`, { cause: error })
    }
    known.set(written, fields)
  }
  return {
    name: entry.manager ?? '',
    applied: entry.operation === 'Apply',
    apiVersion: entry.apiVersion,
    subresource: entry.subresource ?? '',
    fields,
    time: entry.time ?? undefined,
  }
}

/** Writes managers as Kubernetes orders them: applies first, then by time, name, version and subresource. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(compareManagers).map(writeEntry)
}

const inOrderOf = new WeakMap<Fields, Fields>()

function writeEntry(manager: Manager): ManagedFieldsEntry {
  let fieldsV1 = inOrderOf.get(manager.fields)
  if (!fieldsV1) {
    fieldsV1 = inOrder(manager.fields)
    inOrderOf.set(manager.fields, fieldsV1)
  }
  return {
    ...(manager.name ? { manager: manager.name } : {}),
    operation: manager.applied ? 'Apply' : 'Update',
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(manager.subresource ? { subresource: manager.subresource } : {}),
  }
}

const seconds = (m: Manager): number => (m.time === undefined ? 0 : Math.floor(Date.parse(m.time) / 1000))
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function compareManagers(a: Manager, b: Manager): number {
  if (a.applied !== b.applied) return a.applied ? -1 : 1
  return (
    seconds(a) - seconds(b) ||
    compareTexts(a.name, b.name) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  )
}

/** How many update managers an object keeps; older ones are taken together. */
export const MAX_UPDATE_MANAGERS = 10
const OLD_UPDATES = 'ancient-changes'

/** Takes the oldest update managers of one version together until there are few enough. */
export function capUpdateManagers(managers: Managers): Managers {
  const updaters = [...managers.values()].filter(m => !m.applied)
  if (updaters.length <= MAX_UPDATE_MANAGERS) return managers
  updaters.sort((a, b) => seconds(a) - seconds(b) || compareTexts(managerId(a), managerId(b)))
  const out = new Map(managers)
  const first = new Map<string, Manager>()
  let count = updaters.length
  for (const manager of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) break
    const before = first.get(manager.apiVersion)
    if (!before) {
      first.set(manager.apiVersion, manager)
      continue
    }
    const bucket = { name: OLD_UPDATES, applied: false, apiVersion: manager.apiVersion, subresource: '' }
    const id = managerId(bucket)
    const collected = out.get(id)
    if (!collected) out.delete(managerId(before))
    out.delete(managerId(manager))
    const fields = union(manager.fields, (collected ?? before).fields)
    out.set(id, { ...bucket, fields, time: manager.time })
    count--
  }
  return out
}

/** True where two lists say the same apart from times: such a change alone is no reason to write an object. */
export function sameManagersButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if ((a?.length ?? 0) !== (b?.length ?? 0)) return false
  const rest = [...(b ?? [])]
  for (const entry of a ?? []) {
    const at = rest.findIndex(other => entryId(other) === entryId(entry))
    const other = rest[at]
    if (!other || !sameFields((entry.fieldsV1 ?? {}) as Fields, (other.fieldsV1 ?? {}) as Fields)) return false
    rest.splice(at, 1)
  }
  return true
}

const entryId = (e: ManagedFieldsEntry): string =>
  JSON.stringify([e.manager ?? '', e.operation, e.apiVersion, e.subresource ?? ''])

/** The managers without those that own nothing. */
export function withoutEmpty(managers: Managers): Managers {
  for (const manager of managers.values())
    if (isEmpty(manager.fields)) return new Map([...managers].filter(([, m]) => !isEmpty(m.fields)))
  return managers
}
