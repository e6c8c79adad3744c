import type { FieldError } from '../../../src/base/field-error.ts'
import { KINDS } from '../../../src/kinds/index.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'
import { decode } from '../../../src/kinds/schema/decode.ts'
import { applySchemaDefaults } from '../../../src/kinds/schema/defaults.ts'
import { validateMetadata } from '../../../src/kinds/validation/metadata.ts'
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
const NOT_RULES = [/allocat|already allocated|not in the valid range|being terminated|provided port/]

interface Outcome {
  readonly faults: readonly FieldError[]
  readonly object: AnyObject
}

function create(kind: Kind, write: RecordedWrite): Outcome {
  const object = decode(kind.schema, structuredClone(write.body)).object as AnyObject
  object.apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version
  object.kind = kind.kind
  const { namespace: _, ...metadata } = object.metadata
  object.metadata = { ...metadata, ...(kind.namespaced ? { namespace: write.namespace } : {}) }
  applySchemaDefaults(kind.schema, object)
  if (!object.metadata.name && object.metadata.generateName)
    object.metadata.name = `${object.metadata.generateName}abcde`
  kind.defaults?.(object)
  kind.prepareForCreate?.(object, CONTEXT)
  const faults = [
    ...validateMetadata(object.metadata, { namespaced: kind.namespaced, validateName: kind.validateName }),
    ...(kind.validate?.(object, CONTEXT) ?? []),
  ]
  return { faults, object }
}

const kindOf = (w: RecordedWrite): Kind | undefined =>
  KINDS.find(k => k.group === w.group && k.version === w.version && k.plural === w.plural)

const creates = haveRecordings
  ? recordedWrites(file => /^(core|groups|machinery)\//.test(file), ['POST']).filter(
      w => w.subresource === '' && w.name === '' && kindOf(w) && (w.code === 422 || w.code === 201),
    )
  : []

/** Kinds whose specs admission changes. */
const ADMITTED = ['Node']

/** How many recorded creates of each kind the rules do not explain, for the reasons given. Only ever lower. */
const OPEN: Readonly<Record<string, number>> = {}

if (!haveRecordings) test('recorded answers are not here (../shared): left out', () => {})
else
  describe('rules of the kinds against recorded creates', () => {
    for (const kind of KINDS) {
      const mine = creates.filter(w => kindOf(w) === kind)
      if (mine.length === 0) continue
      test(`${kind.group || 'core'} ${kind.kind}: ${mine.length} creates`, () => {
        const open = mine.flatMap(w => difference(kind, w))
        if (open.length > (OPEN[`${kind.group}/${kind.kind}`] ?? 0)) expect(open).toEqual([])
      })
    }
  })

function difference(kind: Kind, w: RecordedWrite): string[] {
  const { faults, object } = create(kind, w)
  const [wanted, got] = [causeLines(w.causes), causeLines(faults)]
  if (NOT_RULES.some(re => wanted.some(line => re.test(line)))) return []
  if (w.code === 422 && w.causes.length === 0) return []
  if (wanted.join('\n') !== got.join('\n'))
    return [`${w.at}\n  wanted ${wanted.join('\n         ')}\n  got    ${got.join('\n         ')}`]
  if (w.code !== 201 || !isRecord(w.answer) || ADMITTED.includes(kind.kind)) return []
  return Object.entries(w.answer)
    .filter(([field]) => !['metadata', 'kind', 'apiVersion', 'status'].includes(field))
    .flatMap(([field, value]) => {
      const [a, b] = [canonical(value), canonical(object[field])]
      return a === b ? [] : [`${w.at} ${field}\n  wanted ${a}\n  got    ${b}`]
    })
}

/** Placeholders, and the times that they stand for. */
const OPAQUE = /^<\w+(:\d+)?>$|^\d{4}-\d\d-\d\dT[\d:.]+Z$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Without what is empty or a placeholder of something handed out later. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, v: unknown) => {
      if (typeof v === 'string' && OPAQUE.test(v)) return undefined
      if (v === null || v === '') return undefined
      if (!isRecord(v)) return v
      const kept = Object.entries(v).filter(
        ([k, x]) => !isEmpty(x) && !/^(clusterIPs?|nodePort|healthCheckNodePort)$/.test(k),
      )
      return Object.fromEntries(kept.sort(([x], [y]) => (x < y ? -1 : 1)))
    }) ?? 'nothing'
  )
}

const isEmpty = (v: unknown): boolean =>
  v === null || v === '' || (typeof v === 'string' && OPAQUE.test(v)) || (isRecord(v) && Object.keys(v).length === 0)
