import { requireResource } from '../api/discovery.ts'
import { type Found, findObjects, SELECTOR } from '../api/targets.ts'
import { DRY_RUN } from '../api/writing.ts'
import { PlainError, throwAll, UsageError } from '../base/errors.ts'
import type { FlagSpec } from '../base/flags.ts'
import type { Call } from '../base/verb.ts'

/** Flags of verbs that work on nodes. */
export const NODE_FLAGS: readonly FlagSpec[] = [DRY_RUN, SELECTOR]

/** The nodes that the command line names or selects. */
export async function chosenNodes(call: Call): Promise<Found[]> {
  const { args, flags } = call
  const verb = call.command.split(' ').at(-1) ?? ''
  const selector = flags.text('selector')
  if (args.length === 0 && !selector) throw new UsageError(call.command, `USAGE: ${verb} NODE [flags]`)
  if (args.length > 0 && selector)
    throw new PlainError('error: cannot specify both a node name and a --selector option')
  requireResource(await call.session.resources(), 'nodes')
  const { found, errors } = await findObjects(call, ['nodes', ...args], { listing: true })
  throwAll(errors)
  return found
}
