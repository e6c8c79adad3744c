import { parseLabelSelector } from '../../../base/selector.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'
import { amountsOf } from '../set/resources.ts'

/** `kubectl create quota`. */
export const createQuota: Verb = {
  name: 'quota',
  aliases: ['resourcequota'],
  use: 'create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  short: 'Create a quota with the specified name',
  examples: [
    '# Create a new resource quota named my-quota',
    'kubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'hard', 'A comma-delimited set of resource=quantity pairs that define a hard limit.'),
    flag(
      'list',
      'scopes',
      'A comma-delimited set of quota scopes that must all match each object tracked by the quota.',
    ),
  ],
  run: async call => {
    const name = oneName(call)
    const [hard, scopes] = [call.flags.text('hard'), call.flags.texts('scopes')]
    const object = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: newMetadata(call, name),
      spec: { ...(hard ? { hard: amountsOf(hard) } : {}), ...(scopes.length > 0 ? { scopes } : {}) },
      status: {},
    }
    return createObject(call, { resource: 'resourcequotas', object, failure: 'quota' })
  },
}

/** `kubectl create priorityclass`. */
export const createPriorityClass: Verb = {
  name: 'priorityclass',
  aliases: ['pc'],
  use: 'create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  short: 'Create a priority class with the specified name',
  examples: [
    '# Create a priority class named high-priority',
    'kubectl create priorityclass high-priority --value=1000 --description="high priority"',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag(
      'string',
      'description',
      'description is an arbitrary string that usually provides guidelines on when this priority class should be used.',
    ),
    flag(
      'bool',
      'global-default',
      'global-default specifies whether this PriorityClass should be considered as the default priority.',
    ),
    flag('string', 'preemption-policy', 'preemption-policy is the policy for preempting pods with lower priority.', {
      default: 'PreemptLowerPriority',
    }),
    flag('int', 'value', 'the value of this priority class.'),
  ],
  run: async call => {
    const name = oneName(call)
    const { flags } = call
    const object = {
      apiVersion: 'scheduling.k8s.io/v1',
      ...(flags.text('description') ? { description: flags.text('description') } : {}),
      ...(flags.on('global-default') ? { globalDefault: true } : {}),
      kind: 'PriorityClass',
      metadata: { name },
      preemptionPolicy: flags.text('preemption-policy'),
      value: flags.number('value'),
    }
    return createObject(call, { resource: 'priorityclasses', object, failure: 'priorityclass' })
  },
}

/** `kubectl create poddisruptionbudget`. */
export const createPodDisruptionBudget: Verb = {
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  use: 'create poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  short: 'Create a pod disruption budget with the specified name',
  examples: [
    '# Create a pod disruption budget named my-pdb that requires at least half of the pods with the label app=nginx',
    'kubectl create pdb my-pdb --selector=app=nginx --min-available=50%',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'max-unavailable', 'The maximum number or percentage of unavailable pods this budget requires.'),
    flag('string', 'min-available', 'The minimum number or percentage of available pods this budget requires.'),
    flag(
      'string',
      'selector',
      'A label selector to use for this budget. Only equality-based selector requirements are supported.',
    ),
  ],
  run: async call => {
    const name = oneName(call)
    const { flags } = call
    const [min, max, selector] = [flags.text('min-available'), flags.text('max-unavailable'), flags.text('selector')]
    if (!selector) throw new PlainError('a selector must be specified')
    if (!min && !max) throw new PlainError('one of min-available or max-unavailable must be specified')
    if (min && max) throw new PlainError('min-available and max-unavailable cannot be both specified')
    const amount = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)
    const labels = parseLabelSelector(selector).requirements.map(r => [r.key, r.values[0] ?? ''] as const)
    const object = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: newMetadata(call, name),
      spec: {
        ...(max ? { maxUnavailable: amount(max) } : {}),
        ...(min ? { minAvailable: amount(min) } : {}),
        selector: { matchLabels: Object.fromEntries(labels) },
      },
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    }
    return createObject(call, { resource: 'poddisruptionbudgets.policy', object, failure: 'poddisruptionbudgets' })
  },
}
