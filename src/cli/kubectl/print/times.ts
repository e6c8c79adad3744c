import { durationText } from '../../../kinds/columns.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const ZERO_TIME = 'Mon, 01 Jan 0001 00:00:00 +0000'

/** RFC 1123 with a numeric zone, in local time: `Sat, 21 Nov 2026 12:00:00 +0000`. */
export function longTime(time: string | undefined | null): string {
  if (!time) return ZERO_TIME
  const date = new Date(time)
  const two = (n: number): string => String(n).padStart(2, '0')
  const offset = -date.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${DAYS[date.getDay()]}, ${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()} ${clock} ${zone}`
}

/** How long ago, as kubectl says it: `5s`, `3m20s`, `2d4h`; `<unknown>` without a time. */
export function timeSince(time: string | undefined | null, now: number): string {
  return time ? durationText(now - Date.parse(time)) : '<unknown>'
}
