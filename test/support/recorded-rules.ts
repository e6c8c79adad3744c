import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The recorded answers of ../shared/oracle as material for unit tests of kinds: each write with its body and
 * what a real API server made of it. The test that uses it compares defaults and validation without a server.
 */

const CASES = join(import.meta.dirname, '../../../shared/oracle/cases')

/** False in a clone without ../shared: tests then say so with one line and leave the rest out. */
export const haveRecordings = existsSync(CASES)

export interface RecordedCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface RecordedWrite {
  /** `core/service-invalid-ports.json#3` */
  readonly at: string
  readonly method: string
  readonly path: string
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly body: Record<string, unknown>
  readonly code: number
  readonly warnings: readonly string[]
  /** The answer; parts of it where only parts count: then `parts` holds JSON pointers to values. */
  readonly answer: unknown
  readonly parts?: Readonly<Record<string, unknown>>
  readonly causes: readonly RecordedCause[]
  readonly message?: string
  /** Nothing but the code was recorded for comparison. */
  readonly quiet: boolean
  readonly contentType: string
}

interface Step {
  request: { method?: string; path: string; headers?: Record<string, string>; body?: unknown }
  only?: string[]
  compare?: string
  quiet?: boolean
  as?: unknown
  response?: { code: number; headers?: Record<string, string>; body?: unknown }
}

/** All POST and PUT requests with a JSON body of the cases whose `area/name.json` fits, in order. */
export function recordedWrites(
  fits: (file: string) => boolean,
  methods: readonly string[] = ['POST', 'PUT'],
): RecordedWrite[] {
  return recordedFiles()
    .filter(fits)
    .flatMap(file => {
      const { steps } = JSON.parse(readFileSync(join(CASES, file), 'utf8')) as { steps: Step[] }
      return steps.flatMap((step, i) => {
        const write = writeOf(step, `${file}#${i}`)
        return write && methods.includes(write.method) ? [write] : []
      })
    })
}

function recordedFiles(): string[] {
  return readdirSync(CASES).flatMap(area => readdirSync(join(CASES, area)).map(name => `${area}/${name}`))
}

function writeOf(step: Step, at: string): RecordedWrite | undefined {
  const { request, response } = step
  if (!response || !isRecord(request.body)) return undefined
  const place = placeOf(request.path)
  if (!place) return undefined
  const body = response.body
  const parts = step.only && isRecord(body) ? body : undefined
  const details = parts ? parts['/details'] : isRecord(body) ? body['details'] : undefined
  const causes = parts?.['/details/causes'] ?? (isRecord(details) ? details['causes'] : undefined)
  const message = parts ? parts['/message'] : isRecord(body) ? body['message'] : undefined
  return {
    at,
    method: request.method ?? 'GET',
    path: request.path,
    ...place,
    body: request.body,
    code: response.code,
    warnings: warningsOf(response.headers?.['warning']),
    answer: parts ? undefined : body,
    ...(parts ? { parts } : {}),
    causes: Array.isArray(causes) ? (causes as RecordedCause[]) : [],
    ...(typeof message === 'string' ? { message } : {}),
    quiet: step.quiet === true || step.compare === 'code',
    contentType: request.headers?.['content-type'] ?? 'application/json',
  }
}

/** The parts of `/apis/apps/v1/namespaces/x/deployments/web/status`; undefined where it is none of these. */
function placeOf(
  path: string,
): Pick<RecordedWrite, 'group' | 'version' | 'plural' | 'namespace' | 'name' | 'subresource'> | undefined {
  const parts = (path.split('?')[0] ?? '').split('/').filter(Boolean)
  const root = parts.shift()
  const group = root === 'api' ? '' : parts.shift()
  const version = parts.shift()
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined) return undefined
  const namespace =
    parts[0] === 'namespaces' && parts.length > 2 && !['finalize', 'status'].includes(parts[2] ?? '')
      ? parts.splice(0, 2)[1]
      : ''
  const [plural, name = '', subresource = ''] = parts
  return plural === undefined ? undefined : { group, version, plural, namespace: namespace ?? '', name, subresource }
}

function warningsOf(header: string | undefined): string[] {
  return header ? [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(m => (m[1] ?? '').replace(/\\(.)/g, '$1')) : []
}

export const isRecord = (v: unknown): v is Record<string, unknown> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)

/** `field | reason | message` of each cause, sorted, each once: what the recorded sets and ours are compared by. */
export function causeLines(causes: readonly RecordedCause[]): string[] {
  return [...new Set(causes.map(c => `${c.field} | ${c.reason} | ${withoutInsides(c.message ?? '')}`))].sort()
}

/** Printed structs and lists are the server's own insides: what they show is not compared. */
function withoutInsides(message: string): string {
  return message
    .replace(/value: [[{][^]*?[\]}](?=: |$)/, 'value: <value>')
    .replace(/<clusterIP:\d+>|10\.43\.\d+\.\d+/g, '<ip>')
}
