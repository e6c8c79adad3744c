import type { ServerResponse } from 'node:http'
import type { RequestInfo } from './request-info.ts'
import { sendNotFoundPage, sendPlain, sendText } from './respond.ts'

/** One thing that must be well. */
export interface HealthCheck {
  readonly name: string
  /** Throws or rejects where it is not. */
  readonly check: () => void | Promise<void>
  /** Which paths ask for it. Defaults to all. */
  readonly paths?: readonly HealthPath[]
}

export type HealthPath = 'healthz' | 'livez' | 'readyz'

const PATH = /^\/(healthz|livez|readyz)(?:\/(.*))?$/

/** True for /healthz, /livez, /readyz and their single checks. */
export const isHealthPath = (path: string): boolean => PATH.test(path)

/** Answers a health path: `ok`, or the list of checks where asked for or where one fails. */
export async function serveHealth(
  res: ServerResponse,
  info: RequestInfo,
  checks: readonly HealthCheck[],
): Promise<void> {
  const [, path, single] = PATH.exec(info.path) ?? []
  const all = checks.filter(c => !c.paths || c.paths.includes(path as HealthPath))
  if (single !== undefined && single !== '') {
    const found = all.find(c => c.name === single)
    if (!found) {
      sendNotFoundPage(res)
      return
    }
    const fault = await outcome(found)
    if (fault === undefined) sendPlain(res, 'ok')
    else sendText(res, 500, `internal server error: ${fault}\n`)
    return
  }
  const excluded = new Set(info.query.all('exclude').flatMap(e => e.split(',')))
  const lines: string[] = []
  const failed: string[] = []
  for (const check of all) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`)
      continue
    }
    const fault = await outcome(check)
    if (fault === undefined) lines.push(`[+]${check.name} ok`)
    else {
      failed.push(check.name)
      lines.push(`[-]${check.name} failed: reason withheld`)
    }
  }
  if (excluded.size)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${[...excluded].map(e => JSON.stringify(e)).join(', ')}`,
    )
  const detail = `${lines.join('\n')}\n`
  if (failed.length) sendText(res, 500, `${detail}${path} check failed\n`)
  else if (info.query.has('verbose')) sendText(res, 200, `${detail}${path} check passed\n`)
  else sendText(res, 200, 'ok')
}

async function outcome(check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
