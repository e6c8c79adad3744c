import type { Atom } from '../../kinds/schema/atoms.ts'
import { difference, type Fields } from './fields.ts'
import { isObject, type Json } from './json-values.ts'
import { compareTyped } from './typed-compare.ts'
import { fieldSetOf } from './typed-fields.ts'
import { validateTyped } from './typed-validate.ts'

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'
/** What all annotations together may hold. */
const MAX_ANNOTATIONS = 256 * 1024

const annotationsOf = (object: Json): Json => {
  const { metadata } = object
  const { annotations } = isObject(metadata) ? metadata : {}
  return isObject(annotations) ? annotations : {}
}

/** The fields that kubectl's client-side apply wrote and that still are as it wrote them; undefined where unknown. */
export function fieldsOfLastApplied(atom: Atom, live: Json, apiVersion: string): Fields | undefined {
  const text = annotationsOf(live)[ANNOTATION]
  if (typeof text !== 'string' || text === '') return undefined
  let last: unknown
  try {
    last = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(last) || last['apiVersion'] !== apiVersion || validateTyped(atom, last).length > 0) return undefined
  const { added, modified, removed } = compareTyped(atom, last, live)
  return difference(difference(difference(fieldSetOf(atom, last), modified), added), removed)
}

/** Keeps kubectl's annotation, where an object has it, equal to what is applied. */
export function applyLastApplied(object: Json, applied: Json): Json {
  if (!annotationsOf(object)[ANNOTATION]) return object
  const { [ANNOTATION]: _, ...others } = annotationsOf(object)
  const { [ANNOTATION]: __, ...appliedAnnotations } = annotationsOf(applied)
  const metadata = isObject(applied['metadata']) ? applied['metadata'] : {}
  const configuration = { ...applied, metadata: { ...metadata, annotations: appliedAnnotations } }
  const text = `${JSON.stringify(sorted(configuration))}\n`
  const size = Object.entries(others).reduce((n, [k, v]) => n + k.length + String(v).length, text.length)
  const annotations = size > MAX_ANNOTATIONS ? others : { ...others, [ANNOTATION]: text }
  return { ...object, metadata: { ...(object['metadata'] as Json), annotations } }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map(key => [key, sorted(value[key])]),
  )
}
