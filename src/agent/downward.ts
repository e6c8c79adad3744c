import { addQuantities, NANO, parseQuantity, type Quantity, scaledValue, ZERO } from '../base/quantity.ts'
import { containersOf, type ContainerView, type PodView } from './pods.ts'

/** What pods may learn about themselves beyond their object. */
export interface PodPlace {
  readonly podIp: string
  readonly hostIp: string
  /** Amounts of the node for limits that a container leaves open: cpu, memory, ephemeral-storage. */
  readonly allocatable: Readonly<Record<string, string>>
  /** Annotations that the agent adds to those of the object. */
  readonly ownAnnotations: Readonly<Record<string, string>>
}

/** The value of a field path, in the text form that environment variables and files have. Throws on unknown paths. */
export function fieldText(pod: PodView, path: string, place: PodPlace): string {
  const { metadata, spec } = pod
  const subscript = /^metadata\.(labels|annotations)\['([^']*)'\]$/.exec(path)
  if (subscript) {
    const map = subscript[1] === 'labels' ? metadata.labels : { ...metadata.annotations, ...place.ownAnnotations }
    return map?.[subscript[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? ''
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return mapText(metadata.labels ?? {})
    case 'metadata.annotations':
      return mapText({ ...metadata.annotations, ...place.ownAnnotations })
    case 'spec.nodeName':
      return spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'spec.hostname':
      return spec?.hostname ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return place.podIp
    default:
      throw new Error(`unsupported fieldPath: ${path}`)
  }
}

/** Lines `key="value"`, sorted, without a newline at the end. */
function mapText(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map(key => `${key}=${goQuote(map[key] ?? '')}`)
    .join('\n')
}

const ESCAPES: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

/** A text in quotes as Go's `%q` writes it. */
function goQuote(text: string): string {
  let out = ''
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (ESCAPES[char]) out += ESCAPES[char]
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(char)) out += char
    else out += code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  }
  return `"${out}"`
}

interface ResourceSelector {
  readonly containerName?: string | undefined
  readonly divisor?: string | undefined
  readonly resource: string
}

/** A container's request or limit in units of the divisor, rounded up. Throws where container or resource are unknown. */
export function resourceText(
  pod: PodView,
  own: ContainerView | undefined,
  ref: ResourceSelector,
  place: PodPlace,
): string {
  const container = ref.containerName ? containersOf(pod).find(c => c.spec.name === ref.containerName)?.spec : own
  if (!container) throw new Error(`container ${ref.containerName ?? ''} not found`)
  const [list = '', ...rest] = ref.resource.split('.')
  const name = rest.join('.')
  if ((list !== 'limits' && list !== 'requests') || !name)
    throw new Error(`Unsupported container resource : ${ref.resource}`)
  const amounts = container.resources?.[list]
  const text = amounts?.[name] ?? (list === 'limits' ? place.allocatable[name] : undefined)
  return divided(text ? parseQuantity(text) : ZERO, ref.divisor)
}

function divided(amount: Quantity, divisorText: string | undefined): string {
  const divisor = divisorText && divisorText !== '0' ? parseQuantity(divisorText) : parseQuantity('1')
  // Both in nano units: exact for everything that a divisor may be.
  const a = nanos(amount)
  const d = nanos(divisor)
  return String((a + d - 1n) / d)
}

function nanos(q: Quantity): bigint {
  const { unscaled, scale } = addQuantities(q, ZERO)
  return scale >= NANO ? unscaled * 10n ** BigInt(scale - NANO) : BigInt(scaledValue(q, NANO))
}
