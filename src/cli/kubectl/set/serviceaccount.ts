import { PlainError } from '../base/errors.ts'
import type { Call, Verb } from '../base/verb.ts'
import { podSpecOf, SET_FLAGS, setOnObjects, specPatch } from './template.ts'

/** `kubectl set serviceaccount`. */
export const setServiceAccount: Verb = {
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  short: 'Update the service account of a resource',
  long: 'Update the service account of pod template resources.',
  examples: [
    "# Set deployment nginx-deployment's service account to serviceaccount1",
    'kubectl set serviceaccount deployment nginx-deployment serviceaccount1',
  ],
  flags: SET_FLAGS,
  run,
}

function run(call: Call): Promise<void> {
  const name = call.args.at(-1)
  if (!name) throw new PlainError('serviceaccount is required')
  return setOnObjects(call, call.args.slice(0, -1), {
    done: 'serviceaccount updated',
    what: 'ServiceAccountName',
    tellsAll: true,
    plan: ({ object }) => ({
      patch:
        podSpecOf(object).serviceAccountName === name ? undefined : specPatch(object, { serviceAccountName: name }),
    }),
  })
}
