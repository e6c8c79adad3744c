import type { Json } from '../api/connection.ts'
import type { Call, Verb } from '../base/verb.ts'
import { objectPrinter, PRINT_FLAGS } from '../print/output.ts'
import { alignTabs, GET_TABS } from '../print/tabwriter.ts'

/** `kubectl auth whoami`. */
export const whoami: Verb = {
  name: 'whoami',
  use: 'auth whoami',
  short: 'Experimental: Check self subject attributes',
  long: 'Experimental: Check who you are and your attributes (groups, extra).',
  examples: ['# Get your subject attributes', 'kubectl auth whoami'],
  flags: PRINT_FLAGS,
  run,
}

interface UserInfo {
  username?: string
  uid?: string
  groups?: string[]
  extra?: Record<string, string[]>
}

async function run(call: Call): Promise<void> {
  const print = objectPrinter(call.flags)
  const review = await call.session.connection.json<Json & { status?: { userInfo?: UserInfo } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  // As JSON in the order in which the server has it.
  if (call.flags.text('output') === 'json') return call.io.out(`${JSON.stringify(review, undefined, 4)}\n`)
  call.io.out(print ? print(review) : alignTabs(attributeLines(review.status?.userInfo ?? {}), GET_TABS))
}

/** One attribute in a line, with tabs. */
export function attributeLines({ username, uid, groups = [], extra = {} }: UserInfo): string {
  const many = (values: readonly string[]): string => `[${values.join(' ')}]`
  const rows = [
    ['ATTRIBUTE', 'VALUE'],
    ...(username ? [['Username', username]] : []),
    ...(uid ? [['UID', uid]] : []),
    ...(groups.length > 0 ? [['Groups', many(groups)]] : []),
    ...Object.keys(extra)
      .sort()
      .map(key => [`Extra: ${key}`, many(extra[key] ?? [])]),
  ]
  return rows.map(r => `${r.join('\t')}\n`).join('')
}
