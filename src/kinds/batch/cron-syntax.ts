import { ownOf } from '../../base/json.ts'

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names?: Readonly<Record<string, number>>
}

const numbered = (names: string, from: number) =>
  Object.fromEntries(names.split(' ').map((name, i) => [name, from + i]))

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: numbered('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  { min: 0, max: 6, names: numbered('sun mon tue wed thu fri sat', 0) },
]
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']
const DURATION = /^[-+]?(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))*$/

/** What is wrong with a schedule, in the words of robfig/cron, which Kubernetes uses; undefined where nothing is. */
export function scheduleFault(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string'
  const zone = /^(?:CRON_)?TZ=([^ ]*)(?: (.*))?$/s.exec(schedule)
  if (zone) {
    if (zone[2] === undefined) return 'invalid schedule format: runtime error: slice bounds out of range'
    if (!isTimeZone(zone[1] ?? '')) return `provided bad location ${zone[1]}: unknown time zone ${zone[1]}`
  }
  const spec = zone ? (zone[2] ?? '').trim() : schedule
  return spec.startsWith('@') ? descriptorFault(spec) : fieldsFault(spec)
}

/** Whether the time zone database knows a name. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC') return true
  // Offsets are zones to JavaScript, not to the database.
  if (/^[-+]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

function descriptorFault(text: string): string | undefined {
  if (DESCRIPTORS.includes(text)) return undefined
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`
  const duration = text.slice('@every '.length)
  if (duration === '0' || DURATION.test(duration)) return undefined
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`
}

function fieldsFault(spec: string): string | undefined {
  const fields = spec.trim().split(/\s+/).filter(Boolean)
  if (fields.length !== FIELDS.length) {
    return `expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`
  }
  for (const [i, bounds] of FIELDS.entries()) {
    for (const range of (fields[i] ?? '').split(',').filter(Boolean)) {
      const fault = rangeFault(range, bounds)
      if (fault) return fault
    }
  }
  return undefined
}

function rangeFault(text: string, bounds: Bounds): string | undefined {
  const [range = '', stepText, ...moreSteps] = text.split('/')
  const [low = '', high, ...more] = range.split('-')
  let [start, end] = [bounds.min, bounds.max]
  if (low !== '*' && low !== '?') {
    const first = readNumber(low, bounds)
    if (typeof first === 'string') return first
    start = end = first
    if (more.length) return `too many hyphens: ${text}`
    if (high !== undefined) {
      const last = readNumber(high, bounds)
      if (typeof last === 'string') return last
      end = last
    }
  }
  if (moreSteps.length) return `too many slashes: ${text}`
  let step = 1
  if (stepText !== undefined) {
    const read = readNumber(stepText)
    if (typeof read === 'string') return read
    step = read
    if (high === undefined) end = bounds.max
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${text}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${text}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`
  return step === 0 ? `step of range should be a positive number: ${text}` : undefined
}

function readNumber(text: string, bounds?: Bounds): number | string {
  const named = bounds?.names && ownOf(bounds.names, text.toLowerCase())
  if (named !== undefined) return named
  if (!/^[-+]?[0-9]+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
  }
  const number = Number(text)
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number
}
