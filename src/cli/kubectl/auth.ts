import { canI } from './auth/can-i.ts'
import { whoami } from './auth/whoami.ts'
import type { Verb } from './base/verb.ts'

/** `kubectl auth`. */
export const auth: Verb = {
  name: 'auth',
  use: 'auth [flags]',
  short: 'Inspect authorization',
  long: 'Inspect authorization.',
  verbs: [canI, whoami],
}
