import type { Verb } from './base/verb.ts'
import { setEnv } from './set/env.ts'
import { setImage } from './set/image.ts'
import { setResources } from './set/resources.ts'
import { setSelector } from './set/selector.ts'
import { setServiceAccount } from './set/serviceaccount.ts'

/** `kubectl set`. */
export const set: Verb = {
  name: 'set',
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  long: 'Configure application resources.\n\n These commands help you make changes to existing application resources.',
  verbs: [setEnv, setImage, setResources, setSelector, setServiceAccount],
}
