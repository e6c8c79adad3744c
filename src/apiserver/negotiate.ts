import { failure } from '../base/errors.ts'
import type { Kind } from '../kinds/kind.ts'
import { goTypeOf } from '../kinds/known-kinds.ts'
import { MEDIA_TYPES, noRepresentation, notAcceptable } from './errors.ts'

/** What the answer is to look like. */
export interface Format {
  readonly encoding: 'json' | 'yaml'
  /** `pretty=1` in the Accept header. */
  readonly pretty: boolean
  /** Another form of the object: Table, PartialObjectMetadata, PartialObjectMetadataList, APIGroupDiscoveryList. */
  readonly as?: { readonly kind: string; readonly group: string; readonly version: string }
}

/** Which transformations the place allows. */
export type AllowsTransform = (as: { kind: string; group: string; version: string }) => boolean

export interface NegotiateOptions {
  readonly allows: AllowsTransform
  /** True for a watch: streams are JSON. */
  readonly stream?: boolean
  /** The types that the path makes, for the router's own refusal; missing where no router stands before. */
  readonly produces?: readonly string[]
}

/** Paths that can be watched name these too when they refuse. */
export const LIST_TYPES: readonly string[] = [
  ...MEDIA_TYPES,
  'application/json;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
]
const STREAM_TYPES = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']

const PLAIN_JSON: Format = { encoding: 'json', pretty: false }

/**
 * Chooses the form of the answer from the Accept header. Protobuf is not served: a client that also takes JSON
 * gets that, others a 406. Throws StatusError 406.
 */
export function negotiate(accept: string | undefined, options: NegotiateOptions): Format {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN_JSON
  if (options.produces && !routable(accept, options.produces)) throw noRepresentation(options.produces)
  for (const clause of clauses(accept)) {
    const format = formatOf(clause, options)
    if (format) return format
  }
  throw options.stream && !/[;]\s*stream=/.test(accept) ? notAcceptable(STREAM_TYPES) : notAcceptable()
}

/** For errors and answers without a choice: JSON unless YAML is asked for and JSON is not before it. */
export function errorFormat(accept: string | undefined): Format {
  if (!accept || accept === 'application/json') return PLAIN_JSON
  for (const clause of clauses(accept)) {
    // Another form of the object is none of an error: such a wish counts for nothing.
    if (clause.params.has('as')) continue
    if (clause.type === 'application/json' || clause.type === '*/*') return PLAIN_JSON
    if (clause.type === 'application/yaml') return { encoding: 'yaml', pretty: false }
  }
  return PLAIN_JSON
}

/** The router compares types literally: no case folding, no `application/*`. */
function routable(accept: string, produces: readonly string[]): boolean {
  return accept.split(',').some(part => {
    const type = (part.split(';')[0] ?? '').trim()
    return type === '*/*' || produces.includes(type)
  })
}

interface Clause {
  readonly type: string
  readonly q: number
  readonly params: ReadonlyMap<string, string>
}

/** Clauses in order of preference: weight, then the more specific first. */
function clauses(accept: string): Clause[] {
  const out: Clause[] = []
  for (const part of accept.split(',')) {
    const [type = '', ...rest] = part.split(';').map(s => s.trim())
    if (type === '') continue
    const params = new Map<string, string>()
    let q = 1
    for (const p of rest) {
      const at = p.indexOf('=')
      if (at < 0) continue
      const [key, value] = [p.slice(0, at).trim(), p.slice(at + 1).trim()]
      if (key === 'q') q = weight(value)
      else params.set(key, value)
    }
    out.push({ type, q, params })
  }
  return out.sort((a, b) => b.q - a.q || wildness(a.type) - wildness(b.type))
}

const weight = (text: string): number => {
  const q = Number(text)
  return text === '' || Number.isNaN(q) ? 1 : q
}

const wildness = (type: string): number => (type === '*/*' ? 2 : type.endsWith('/*') ? 1 : 0)

function formatOf(clause: Clause, options: NegotiateOptions): Format | undefined {
  const encoding = encodingOf(clause.type)
  if (!encoding) return undefined
  const stream = clause.params.get('stream')
  if (options.stream) {
    if (encoding === 'yaml' || (stream !== undefined && stream !== 'watch')) return undefined
  } else if (stream !== undefined && (encoding === 'yaml' || stream !== 'watch')) return undefined
  const pretty = clause.params.get('pretty') === '1'
  const kind = clause.params.get('as')
  if (!kind) return { encoding, pretty }
  const as = { kind, group: clause.params.get('g') ?? '', version: clause.params.get('v') ?? '' }
  return options.allows(as) ? { encoding, pretty, as } : undefined
}

function encodingOf(type: string): 'json' | 'yaml' | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json'
    case 'application/yaml':
      return 'yaml'
    default:
      return undefined
  }
}

const metaVersion = (version: string): boolean => version === 'v1' || version === 'v1beta1'

const FORMS = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']

/** Transformations of objects and lists. Whether a form fits what was found shows only then: {@link checkForm}. */
export const objectTransforms: AllowsTransform = as =>
  as.group === 'meta.k8s.io' && metaVersion(as.version) && FORMS.includes(as.kind)

/** Throws 406 where the form of a list was asked for of an object, or that of an object of a list. */
export function checkForm(format: Format, kind: Pick<Kind, 'group' | 'kind' | 'listKind'>, isList: boolean): void {
  const form = format.as?.kind
  if (form !== (isList ? 'PartialObjectMetadata' : 'PartialObjectMetadataList')) return
  const type = goTypeOf({ group: kind.group, kind: isList ? kind.listKind : kind.kind })
  throw failure({
    code: 406,
    reason: 'NotAcceptable',
    message: `you requested ${form}, but the requested object is ${isList ? 'a list' : 'not a list'} (*${type})`,
  })
}

/** For paths whose one form the router alone stands before. Throws StatusError 406. */
export function onlyRoutable(accept: string | undefined, produces: readonly string[]): void {
  if (accept && !routable(accept, produces)) throw noRepresentation(produces)
}

export const noTransforms: AllowsTransform = () => false

/** The same encoding without another form of the object. */
export const withoutTransform = (format: Format): Format => ({ encoding: format.encoding, pretty: format.pretty })
