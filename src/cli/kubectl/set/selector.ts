import { parseLabelSelector } from '../../../base/selector.ts'
import type { Json } from '../api/connection.ts'
import { PlainError } from '../base/errors.ts'
import type { Call, Verb } from '../base/verb.ts'
import { SET_FLAGS, setOnObjects } from './template.ts'

/** `kubectl set selector`. */
export const setSelector: Verb = {
  name: 'selector',
  use: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS',
  short: 'Set the selector on a resource',
  long: "Set the selector on a resource. Note that the new selector will overwrite the old selector if the resource had one prior to the invocation of 'set selector'.\n\n Currently, selectors can only be set on Service objects.",
  examples: [
    '# Set the labels and selector before creating a deployment/service pair',
    'kubectl set selector service web app=web',
  ],
  flags: SET_FLAGS,
  run,
}

function run(call: Call): Promise<void> {
  const expression = call.args.at(-1)
  if (!expression || call.args.length < 2)
    throw new PlainError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
  const selector = labelsOf(expression)
  return setOnObjects(call, call.args.slice(0, -1), {
    done: 'selector updated',
    what: 'selector',
    tellsAll: true,
    plan: ({ object }) => {
      if (object['kind'] !== 'Service') throw new PlainError('setting a selector is only supported for Services')
      const before = (object['spec'] as { selector?: Record<string, string> } | undefined)?.selector ?? {}
      const gone = Object.keys(before).filter(key => !(key in selector))
      const fields: Json = { ...selector, ...Object.fromEntries(gone.map(key => [key, null])) }
      return { patch: { spec: { selector: fields } } }
    },
  })
}

/** The labels of an expression that only asks for equal values. Throws PlainError. */
export function labelsOf(expression: string): Record<string, string> {
  const other = parseLabelSelector(expression).requirements.filter(
    // `a in (b)` is another operator, though it means the same.
    r => r.operator !== 'in' || /\sin\s*\(/.test(expression),
  )
  if (other.length > 0) {
    const words = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist', gt: 'Gt', lt: 'Lt' }
    const texts = other.map(r => `{${r.key} ${words[r.operator]} [${r.values.join(' ')}]}`)
    throw new PlainError(`match expression [${texts.join(' ')}] not supported on this object`)
  }
  return Object.fromEntries(parseLabelSelector(expression).requirements.map(r => [r.key, r.values[0] ?? '']))
}
