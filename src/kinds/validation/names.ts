import { isIP } from 'node:net'
import { labelKeyFaults, labelValueFaults } from '../../base/label-syntax.ts'

/**
 * Syntax of names and other short texts. Every function gives the faults of a value, worded as
 * k8s.io/apimachinery/pkg/util/validation words them; an empty list says that the value is good.
 */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const WILDCARD = `\\*\\.${SUBDOMAIN}`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'
const HEADER = '[-A-Za-z0-9]+'
const PERCENT = '[0-9]+%'
const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"

const whole = (source: string): RegExp => new RegExp(`^(?:${source})$`)
const RE = {
  label: whole(LABEL),
  subdomain: whole(SUBDOMAIN),
  label1035: whole(LABEL_1035),
  wildcard: whole(WILDCARD),
  configKey: whole(CONFIG_KEY),
  header: whole(HEADER),
  percent: whole(PERCENT),
  path: whole(PATH),
}

/** Bytes of a text as UTF-8: lengths are counted so. */
export const byteLength = (text: string): number => Buffer.byteLength(text)

/** `text (e.g. 'a',  or 'b', regex used for validation is '…')`: the form of all syntax messages. */
export function regexError(text: string, source: string, ...examples: string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${source}')`
  return `${text} (e.g. ${examples.map(e => `'${e}', `).join(' or ')}regex used for validation is '${source}')`
}

export const maxLengthError = (max: number): string => `must be no more than ${max} characters`
export const rangeError = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`
export const MUST_BE_NON_EMPTY = 'must be non-empty'

const LABEL_FAULT = regexError(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  'my-name',
  '123-abc',
)
const SUBDOMAIN_FAULT = regexError(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  'example.com',
)

/** RFC 1123 label, at most 63 bytes. */
export function isDnsLabel(value: string): string[] {
  const faults = value.length > 63 ? [maxLengthError(63)] : []
  if (!RE.label.test(value)) faults.push(RE.subdomain.test(value) ? 'must not contain dots' : LABEL_FAULT)
  return faults
}

/** RFC 1123 subdomain (labels with dots), at most 253 bytes. */
export function isDnsSubdomain(value: string): string[] {
  const faults = value.length > 253 ? [maxLengthError(253)] : []
  if (!RE.subdomain.test(value)) faults.push(SUBDOMAIN_FAULT)
  return faults
}

/** RFC 1035 label: as {@link isDnsLabel}, and begins with a letter. */
export function isDns1035Label(value: string): string[] {
  const faults = value.length > 63 ? [maxLengthError(63)] : []
  if (!RE.label1035.test(value))
    faults.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        LABEL_1035,
        'my-name',
        'abc-123',
      ),
    )
  return faults
}

/** `*.` before a subdomain. */
export function isWildcardDnsSubdomain(value: string): string[] {
  const faults = value.length > 253 ? [maxLengthError(253)] : []
  if (!RE.wildcard.test(value))
    faults.push(
      regexError(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        WILDCARD,
        '*.example.com',
      ),
    )
  return faults
}

/** `name` or `example.com/name`: label keys, resource names, condition types. */
export const isQualifiedName = labelKeyFaults
export const isLabelValue = labelValueFaults

/** Name of a container port: at most 15 of a-z, 0-9 and `-`, with at least one letter. */
export function isPortName(value: string): string[] {
  const faults = value.length > 15 ? [maxLengthError(15)] : []
  if (!/^[-a-z0-9]+$/.test(value)) faults.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) faults.push('must contain at least one letter (a-z)')
  if (value.includes('--')) faults.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) faults.push('must not begin or end with a hyphen')
  return faults
}

const inRange = (value: number, low: number, high: number): string[] =>
  value >= low && value <= high ? [] : [rangeError(low, high)]

export const isPortNumber = (value: number): string[] => inRange(value, 1, 65535)

/** `.`, `..` and what begins with `..` would be odd file names. */
function isFileNameLike(value: string): string[] {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

/** What environment variables may be called since 1.32: printable ASCII without `=`. */
export function isEnvVarName(value: string): string[] {
  const faults = value === '' ? [`environment variable name ${MUST_BE_NON_EMPTY}`] : []
  if (!/^[ -<>-~]*$/.test(value))
    faults.push("a valid environment variable name must consist only of printable ASCII characters other than '='")
  return faults
}

/** Key of a ConfigMap's or Secret's data. */
export function isConfigMapKey(value: string): string[] {
  const faults = value.length > 253 ? [maxLengthError(253)] : []
  if (!RE.configKey.test(value))
    faults.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  return [...faults, ...isFileNameLike(value)]
}

export function isHttpHeaderName(value: string): string[] {
  if (RE.header.test(value)) return []
  return [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER, 'X-Header-Name')]
}

export function isPercent(value: string): string[] {
  if (RE.percent.test(value)) return []
  return [regexError("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%')]
}

/** `acme.io/foo`: a subdomain, a slash and a path. */
export function isDomainPrefixedPath(value: string): string[] {
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) return ['must be a domain-prefixed path (such as "acme.io/foo")']
  const path = value.slice(slash + 1)
  return [...isDnsSubdomain(value.slice(0, slash)), ...(RE.path.test(path) ? [] : [regexError('Invalid path', PATH)])]
}

/** The texts of {@link isFullyQualifiedName} for a name that is not empty: at least three segments. */
export function isFullyQualifiedName(value: string): string[] {
  const faults = isDnsSubdomain(value)
  if (faults.length) return faults
  return value.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : []
}

/** Domain with at least two segments; one dot at the end is allowed. */
export function isFullyQualifiedDomainName(value: string): string[] {
  const name = value.endsWith('.') ? value.slice(0, -1) : value
  const faults = isDnsSubdomain(name)
  if (faults.length) return faults
  const segments = name.split('.')
  if (segments.length < 2) return ['should be a domain with at least two segments separated by dots']
  return segments.flatMap(isDnsLabel)
}

/** What may stand in a URL as a name: the weakest rule, for RBAC names among others. */
export function isPathSegment(value: string, prefix = false): string[] {
  if (!prefix && (value === '.' || value === '..')) return [`may not be '${value}'`]
  return ['/', '%'].filter(c => value.includes(c)).map(c => `may not contain '${c}'`)
}

/** Go's old parser took leading zeros as decimal: so do fields that Kubernetes still reads with it. */
export function parseIpSloppy(value: string): string | undefined {
  const plain = /^\d{1,}(\.\d+){3}$/.test(value)
    ? value
        .split('.')
        .map(o => o.replace(/^0+(?=\d)/, ''))
        .join('.')
    : value
  return !plain.includes('%') && isIP(plain) ? plain : undefined
}

/** 4, 6, or 0 where the text is no address. IPv4 written into IPv6 counts as IPv4. */
export function ipFamily(value: string): 0 | 4 | 6 {
  const ip = parseIpSloppy(value)
  if (ip === undefined) return 0
  return isIP(ip) === 4 || /^(0*:)*:?(0*:)*ffff:\d+\.\d+\.\d+\.\d+$/i.test(ip) ? 4 : 6
}

const IP_FAULT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const CIDR_FAULT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

export const isIpAddress = (value: string): string[] => (parseIpSloppy(value) === undefined ? [IP_FAULT] : [])

export function isCidr(value: string): string[] {
  const m = /^([^/]*)\/(\d+)$/.exec(value)
  const ip = m?.[1] === undefined ? undefined : parseIpSloppy(m[1])
  if (ip === undefined || m?.[2] === undefined) return [CIDR_FAULT]
  return Number(m[2]) <= (isIP(ip) === 4 ? 32 : 128) ? [] : [CIDR_FAULT]
}

/** How a kind checks names: `prefix` is true for generateName. */
export type NameRule = (name: string, prefix: boolean) => string[]

/** A generated name gets letters behind the prefix: a dash at its end is no fault. */
export const maskTrailingDash = (name: string): string =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name

const asName =
  (rule: (value: string) => string[]): NameRule =>
  (name, prefix) =>
    rule(prefix ? maskTrailingDash(name) : name)

export const nameIsDnsSubdomain: NameRule = asName(isDnsSubdomain)
export const nameIsDnsLabel: NameRule = asName(isDnsLabel)
export const nameIsPathSegment: NameRule = (name, prefix) => isPathSegment(name, prefix)

/** DNS subdomains as newer rules of Kubernetes have them: sizes count in bytes, beginnings of names fit in a path. */
export const nameIsLongName: NameRule = (name, prefix) =>
  prefix
    ? isPathSegment(name, true)
    : nameIsDnsSubdomain(name, false).map(t => t.replace(/^(must be no more than \d+) characters$/, '$1 bytes'))

/** As {@link nameIsPathSegment}, but the beginning of a name must be a whole name itself. */
export const nameIsWholePathSegment: NameRule = name => isPathSegment(name, false)
