import { invalidObject } from '../../../src/base/errors.ts'
import type { FieldError } from '../../../src/base/field-error.ts'
import { KINDS } from '../../../src/kinds/index.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'
import { DecodeError, decode } from '../../../src/kinds/schema/decode.ts'
import { applySchemaDefaults } from '../../../src/kinds/schema/defaults.ts'
import { semanticEqual } from '../../../src/kinds/validation/equal.ts'
import { validateMetadata, validateMetadataUpdate } from '../../../src/kinds/validation/metadata.ts'
import {
  causeLines,
  haveRecordings,
  isRecord,
  type RecordedWrite,
  recordedWrites,
} from '../../support/recorded-rules.ts'

/**
 * What a real API server answered to creates, against the rules of the kinds alone: faults where it refused, the
 * spec where it accepted. Admission, allocation and the store are not part of this.
 */

const CONTEXT = { now: Date.UTC(2026, 0, 1), user: { name: 'admin', groups: [] }, dryRun: false }

/** Answers in which parts have a say that are not rules of a kind. */
const NOT_RULES = [
  /allocat|already allocated|not in the valid range|being terminated|provided port/,
  /^(dryRun|fieldManager|fieldValidation) /,
]

interface Outcome {
  readonly faults: readonly FieldError[]
  readonly object: AnyObject
}

function create(kind: Kind, write: RecordedWrite): Outcome {
  const object = decode(kind.schema, structuredClone(write.body)).object as AnyObject
  object.apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version
  object.kind = kind.kind
  const { namespace: _, managedFields: __, ...metadata } = object.metadata
  object.metadata = { ...metadata, ...(kind.namespaced ? { namespace: write.namespace } : {}) }
  applySchemaDefaults(kind.schema, object)
  if (!object.metadata.name && object.metadata.generateName)
    object.metadata.name = `${object.metadata.generateName}abcde`
  if (kind.generation !== 'none') object.metadata.generation = 1
  kind.defaults?.(object)
  kind.prepareForCreate?.(object, CONTEXT)
  const faults = [
    ...validateMetadata(object.metadata, { namespaced: kind.namespaced, validateName: kind.validateName }),
    ...(kind.validate?.(object, CONTEXT) ?? []),
  ]
  return { faults, object }
}

/** Kinds with pods in them have tests of their own: admission has a say in all of their answers. */
const SHOWN = KINDS.filter(
  k => !['apps', 'batch'].includes(k.group) && !['Pod', 'PodTemplate', 'ReplicationController'].includes(k.kind),
)

const kindOf = (w: RecordedWrite): Kind | undefined =>
  SHOWN.find(k => k.group === w.group && k.version === w.version && k.plural === w.plural)

const creates = haveRecordings
  ? recordedWrites(file => /^(core|groups|machinery)\//.test(file), ['POST']).filter(
      w => w.subresource === '' && w.name === '' && kindOf(w) && (w.code === 422 || w.code === 201),
    )
  : []

/** Kinds whose specs admission changes. */
const ADMITTED = ['Node']

/** How many recorded creates of each kind the rules do not explain, for the reasons given. Only ever lower. */
const OPEN: Readonly<Record<string, number>> = {
  // An empty map and none at all are printed differently; what is decoded no longer tells them apart.
  '/PersistentVolume': 1,
}

if (!haveRecordings) test('recorded answers are not here (../shared): left out', () => {})
else
  describe('rules of the kinds against recorded creates', () => {
    for (const kind of SHOWN) {
      const mine = creates.filter(w => kindOf(w) === kind)
      if (mine.length === 0) continue
      test(`${kind.group || 'core'} ${kind.kind}: ${mine.length} creates`, () => {
        const open = mine.flatMap(w => difference(kind, w))
        if (open.length > (OPEN[`${kind.group}/${kind.kind}`] ?? 0)) expect(open).toEqual([])
      })
    }
    test('changes', () => {
      const files = [
        ...new Set(
          recordedWrites(file => /^(core|groups)\//.test(file), ['PUT', 'PATCH'])
            .filter(kindOf)
            .map(w => w.at.split('#')[0] ?? ''),
        ),
      ]
      expect(files.flatMap(changes)).toEqual([])
    })
  })

/** Changes whose answers come from what controllers or the registry did in between. */
const NOT_ALONE = new Set([
  'core/lifecycle-resource-quota.json#3',
  'core/lifecycle-resource-quota.json#5',
  'core/namespace-finalize.json#11',
  'core/pv-life.json#8',
  'core/pvc-bind-and-protect.json#9',
  'core/pvc-bind-and-protect.json#10',
  'core/resource-quota-life.json#7',
  'groups/clusterrole-aggregation-and-table.json#7',
  'groups/lease-rules.json#8',
  // CSI drivers count generations from their first change on; kubelite's have none.
  'groups/csidriver-update-and-table.json#3',
  'groups/csidriver-update-and-table.json#4',
  'groups/generation-by-cluster-kind.json#4',
  'groups/generation-by-cluster-kind.json#5',
])

/** What happens to one object in a case: creates, replaces and merge patches, until something else touches it. */
function changes(file: string): string[] {
  const stored = new Map<string, AnyObject>()
  return recordedWrites(f => f === file, ['POST', 'PUT', 'PATCH', 'DELETE']).flatMap(w => {
    const kind = kindOf(w)
    if (!kind || /dryRun/.test(w.path) || NOT_ALONE.has(w.at)) return []
    const key = `${w.group}/${w.plural}/${w.namespace}/${w.name || String((w.body['metadata'] as AnyObject['metadata'])?.name)}`
    const old = stored.get(key)
    if (w.method === 'POST') {
      stored.delete(key)
      if (w.code === 201 && !w.subresource) stored.set(key, created(kind, create(kind, w).object))
      return []
    }
    const now = old && attempt(() => changed(kind, w, old))
    if (!old || !now) {
      stored.delete(key)
      return []
    }
    if (w.code === 200) stored.set(key, now.object)
    if (w.code !== 200 && w.code !== 422) return []
    return refusal(kind, w, now.faults) ?? fieldDifference(kind, w, now.object)
  })
}

/** undefined where the body does not even fit the types. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function created(kind: Kind, object: AnyObject): AnyObject {
  const spec = object['spec'] as { type?: string; clusterIP?: string; clusterIPs?: string[] } | undefined
  if (kind.kind === 'Service' && spec && spec.type !== 'ExternalName') {
    spec.clusterIP ??= '10.43.9.9'
    spec.clusterIPs ??= [spec.clusterIP]
  }
  const metadata = { ...object.metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  return { ...object, metadata: kind.generation === 'none' ? metadata : { ...metadata, generation: 1 } }
}

/** undefined where the way of writing is not played here. */
function changed(kind: Kind, w: RecordedWrite, old: AnyObject): Outcome | undefined {
  const rules =
    w.subresource === '' ? kind : w.subresource === 'status' ? kind.status : kind.subresources?.[w.subresource]
  if (!rules || (w.method === 'PATCH' && !w.contentType.startsWith('application/merge-patch'))) return undefined
  if (w.method !== 'PUT' && w.method !== 'PATCH') return undefined
  const body = structuredClone(w.method === 'PUT' ? w.body : mergePatch(old, w.body))
  const object = decode(kind.schema, body).object as AnyObject
  applySchemaDefaults(kind.schema, object)
  kind.defaults?.(object)
  const { managedFields: _, ...metadata } = object.metadata
  object.metadata = { ...metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
  if (old.metadata.namespace) object.metadata.namespace = old.metadata.namespace
  if (old.metadata.generation) object.metadata.generation = old.metadata.generation
  rules.prepareForUpdate?.(object, structuredClone(old), CONTEXT)
  const { generation } = kind
  const content = ({ metadata: m, status, ...rest }: AnyObject): unknown => rest
  const grows =
    typeof generation === 'function'
      ? generation(object, old)
      : generation === 'spec' && w.subresource === '' && !semanticEqual(content(object), content(old))
  if (grows && old.metadata.generation) object.metadata.generation = old.metadata.generation + 1
  const faults = [
    ...validateMetadataUpdate(object.metadata, old.metadata),
    ...(rules.validateUpdate?.(object, old, CONTEXT) ?? []),
  ]
  return { faults, object }
}

function mergePatch(target: unknown, patch: unknown): Record<string, unknown> {
  const out: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch as Record<string, unknown>)) {
    if (value === null) delete out[key]
    else out[key] = isRecord(value) ? mergePatch(out[key], value) : value
  }
  return out
}

function difference(kind: Kind, w: RecordedWrite): string[] {
  const { faults, object } = create(kind, w)
  const refused = refusal(kind, w, faults)
  if (refused || w.code !== 201) return refused ?? []
  const warned = [kind.deprecation ?? [], kind.warnings?.(object) ?? []].flat()
  const wanted = w.warnings.filter(text => !/^(unknown|duplicate) field|^\.metadata/.test(text))
  if (!w.quiet && warned.join('\n') !== wanted.join('\n'))
    return [`${w.at} warnings\n  wanted ${wanted.join('\n         ')}\n  got    ${warned.join('\n         ')}`]
  const table = tableOf(w)
  if (table) return tableDifference(kind, w, object, table)
  return fieldDifference(kind, w, object)
}

/** Differences of the refusal; undefined where both accept. Empty where it says nothing of rules. */
function refusal(kind: Kind, w: RecordedWrite, faults: readonly FieldError[]): string[] | undefined {
  const [wanted, got] = [causeLines(w.causes), causeLines(faults)]
  const text = w.message ?? ''
  if (NOT_RULES.some(re => wanted.some(line => re.test(line)) || re.test(text))) return []
  if (w.code !== 422)
    return got.length
      ? [`${w.at} ${w.method} ${w.path}\n  wanted nothing\n  got    ${got.join('\n         ')}`]
      : undefined
  if (wanted.length)
    return wanted.join('\n') === got.join('\n')
      ? []
      : [`${w.at} ${w.method} ${w.path}\n  wanted ${wanted.join('\n         ')}\n  got    ${got.join('\n         ')}`]
  const mine = invalidObject(kind, 'x', faults).status.message ?? ''
  const bag = (m: string): string =>
    m
      .slice(m.indexOf(' is invalid: '))
      .replace(/<[^>]*>|value: [[{][^]*?[\]}]/g, '')
      .split(/[\s,[\]]+/)
      .sort()
      .join(' ')
  return !text || bag(mine) === bag(text) ? [] : [`${w.at} ${w.method} ${w.path}\n  wanted ${text}\n  got    ${mine}`]
}

/** Differences of the fields outside of metadata, and of the generation. */
function fieldDifference(kind: Kind, w: RecordedWrite, object: AnyObject): string[] {
  if (ADMITTED.includes(kind.kind)) return []
  if (w.parts)
    return Object.entries(w.parts)
      .filter(([pointer]) =>
        /^\/(spec|status|data|type|subsets|rules|immutable|metadata\/(generation|labels|annotations))\b/.test(pointer),
      )
      .flatMap(([pointer, value]) => {
        if (/clusterIP|nodePort|healthCheckNodePort/i.test(pointer)) return []
        const [a, b] = [canonical(value), canonical(at(object, pointer))]
        return a === b ? [] : [`${w.at} ${w.method} ${w.path} ${pointer}\n  wanted ${a}\n  got    ${b}`]
      })
  if (!isRecord(w.answer)) return []
  return Object.entries(w.answer)
    .filter(([field]) => !['metadata', 'kind', 'apiVersion'].includes(field))
    .flatMap(([field, value]) => {
      const [a, b] = [canonical(value), canonical(object[field])]
      return a === b ? [] : [`${w.at} ${field}\n  wanted ${a}\n  got    ${b}`]
    })
}

const at = (object: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((o, key) => (o as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/')], object)

interface RecordedTable {
  readonly columnDefinitions?: readonly {
    name: string
    type: string
    format: string
    priority: number
    description?: string
  }[]
  readonly rows?: readonly { cells: readonly unknown[] }[]
}

/** The answer as a Table, whole or the parts that count. */
function tableOf(w: RecordedWrite): RecordedTable | undefined {
  if (isRecord(w.answer) && w.answer['kind'] === 'Table') return w.answer as RecordedTable
  const cells = w.parts?.['/rows/0/cells']
  const columnDefinitions = w.parts?.['/columnDefinitions'] as RecordedTable['columnDefinitions']
  if (Array.isArray(cells)) return { rows: [{ cells }], ...(columnDefinitions ? { columnDefinitions } : {}) }
  return undefined
}

function tableDifference(kind: Kind, w: RecordedWrite, object: AnyObject, table: RecordedTable): string[] {
  const wanted = (table.rows ?? []).flatMap(r => r.cells)
  const got = kind.columns.map(c => c.cell(object, CONTEXT.now))
  const out = wanted.flatMap((cell, i) =>
    /^<(age|time|clusterIP|unknown)/.test(String(cell)) || cell === got[i] || String(cell).includes('<nodePort')
      ? []
      : [`${w.at} cell ${kind.columns[i]?.name}: wanted ${JSON.stringify(cell)}, got ${JSON.stringify(got[i])}`],
  )
  const columns = kind.columns.map(c => ({
    name: c.name,
    type: c.type ?? 'string',
    format: c.format ?? '',
    priority: c.priority ?? 0,
    description: c.description,
  }))
  table.columnDefinitions?.forEach((d, i) => {
    const mine = { ...columns[i], ...(d.description === undefined ? { description: undefined } : {}) }
    if (canonical(d) !== canonical(mine))
      out.push(`${w.at} column ${i}: wanted ${canonical(d)}\n  got    ${canonical(mine)}`)
  })
  return out
}

/** Placeholders, and the times that they stand for. */
const OPAQUE = /^<\w+(:\d+)?>$|^\d{4}-\d\d-\d\dT[\d:.]+Z$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Without what is empty or a placeholder of something handed out later. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, v: unknown) => {
      if (typeof v === 'string' && OPAQUE.test(v)) return undefined
      if (v === null || v === '' || (typeof v === 'string' && /<rand:|-abcde$/.test(v))) return undefined
      if (!isRecord(v)) return v
      const kept = Object.entries(v).filter(
        ([k, x]) => !isEmpty(x) && !/^(clusterIPs?|nodePort|healthCheckNodePort|resourceVersion)$/.test(k),
      )
      return Object.fromEntries(kept.sort(([x], [y]) => (x < y ? -1 : 1)))
    }) ?? 'nothing'
  )
}

const isEmpty = (v: unknown): boolean =>
  v === null || v === '' || (typeof v === 'string' && OPAQUE.test(v)) || (isRecord(v) && Object.keys(v).length === 0)
