import type { Found } from '../api/targets.ts'
import { type DryRun, dryRunNote, dryRunOf, sendPatch } from '../api/writing.ts'
import { messageOf } from '../base/errors.ts'
import type { Call, Verb } from '../base/verb.ts'
import { chosenNodes, NODE_FLAGS } from './select.ts'

/** `kubectl cordon`. */
export const cordon: Verb = {
  name: 'cordon',
  use: 'cordon NODE',
  short: 'Mark node as unschedulable',
  long: 'Mark node as unschedulable.',
  examples: ['# Mark node "foo" as unschedulable', 'kubectl cordon foo'],
  flags: NODE_FLAGS,
  run: call => mark(call, true),
}

/** `kubectl uncordon`. */
export const uncordon: Verb = {
  name: 'uncordon',
  use: 'uncordon NODE',
  short: 'Mark node as schedulable',
  long: 'Mark node as schedulable.',
  examples: ['# Mark node "foo" as schedulable', 'kubectl uncordon foo'],
  flags: NODE_FLAGS,
  run: call => mark(call, false),
}

async function mark(call: Call, unschedulable: boolean): Promise<number> {
  const dryRun = dryRunOf(call.flags)
  let code = 0
  for (const node of await chosenNodes(call)) {
    try {
      await markNode(call, node, unschedulable, dryRun)
    } catch (error) {
      const verb = unschedulable ? 'cordon' : 'uncordon'
      call.io.err(`error: unable to ${verb} node ${JSON.stringify(node.name)}: ${messageOf(error)}\n`)
      code = 1
    }
  }
  return code
}

/** Lets a node take pods, or take no more, and says so. */
export async function markNode(call: Call, node: Found, unschedulable: boolean, dryRun: DryRun): Promise<void> {
  const word = unschedulable ? 'cordoned' : 'uncordoned'
  const spec = node.object['spec'] as { unschedulable?: boolean } | undefined
  if (Boolean(spec?.unschedulable) === unschedulable) {
    call.io.out(`node/${node.name} already ${word}${dryRunNote(dryRun)}\n`)
    return
  }
  const body = { spec: { unschedulable: unschedulable || null } }
  if (dryRun !== 'client') await sendPatch(call, node, { type: 'strategic', body, dryRun })
  call.io.out(`node/${node.name} ${word}${dryRunNote(dryRun)}\n`)
}
