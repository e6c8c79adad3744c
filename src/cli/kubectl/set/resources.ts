import { tryParseQuantity } from '../../../base/quantity.ts'
import type { Found } from '../api/targets.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { meansContainer, podSpecOf, SET_FLAGS, setOnObjects, type SetPlan, specPatch } from './template.ts'

/** `kubectl set resources`. */
export const setResources: Verb = {
  name: 'resources',
  use: 'set resources (-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  long: 'Specify compute resource requirements (CPU, memory) for any resource that defines a pod template. If a pod is successfully scheduled, it is guaranteed the amount of resource requested, but may burst up to its specified limits.',
  examples: [
    '# Set a deployments nginx container cpu limits to "200m" and memory to "512Mi"',
    'kubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi',
    '',
    '# Remove the resource requests for resources on containers in nginx',
    'kubectl set resources deployment nginx --limits=cpu=0,memory=0 --requests=cpu=0,memory=0',
  ],
  flags: [
    ...SET_FLAGS,
    flag(
      'string',
      'containers c',
      'The names of containers in the selected pod templates to change; may use wildcards',
      {
        default: '*',
      },
    ),
    flag(
      'string',
      'limits',
      "The resource requirement limits for this container. For example, 'cpu=100m,memory=256Mi'.",
    ),
    flag(
      'string',
      'requests',
      "The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'.",
    ),
  ],
  run,
}

interface Wanted {
  readonly limits?: Record<string, string>
  readonly requests?: Record<string, string>
}

function run(call: Call): Promise<void> {
  const { flags } = call
  const wanted: Wanted = {
    ...(flags.text('limits') ? { limits: amountsOf(flags.text('limits')) } : {}),
    ...(flags.text('requests') ? { requests: amountsOf(flags.text('requests')) } : {}),
  }
  if (!wanted.limits && !wanted.requests)
    throw new PlainError('you must specify an update to requests or limits (in the form of --requests/--limits)')
  return setOnObjects(call, call.args, {
    done: 'resource requirements updated',
    what: 'limit update to pod template',
    tellsAll: true,
    plan: f => planResources(f, wanted, flags.text('containers')),
  })
}

/** Reads `cpu=100m,memory=1Gi`. Throws PlainError. */
export function amountsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map(part => {
      const [name = '', amount, ...more] = part.split('=')
      if (!name || amount === undefined || more.length > 0)
        throw new PlainError(`Invalid argument syntax ${part}, expected <resource>=<value>`)
      if (!tryParseQuantity(amount))
        throw new PlainError(
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        )
      return [name, amount] as const
    }),
  )
}

function planResources({ object }: Found, wanted: Wanted, pattern: string): SetPlan {
  const containers = (podSpecOf(object).containers ?? []).filter(c => meansContainer(pattern, c.name))
  if (containers.length === 0) return { patch: undefined, faults: [`unable to find container named ${pattern}`] }
  const fields = containers.map(({ name }) => ({ name, resources: wanted }))
  return { patch: specPatch(object, { containers: fields }) }
}
