import type { Json } from '../api/connection.ts'
import { type Found, requireObjects } from '../api/targets.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import {
  type ContainerShape,
  meansContainer,
  patchTo,
  podSpecOf,
  SET_FLAGS,
  setOnObjects,
  type SetPlan,
} from './template.ts'

/** `kubectl set env`. */
export const setEnv: Verb = {
  name: 'env',
  use: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  long: `Update environment variables on a pod template.

 List environment variable definitions in one or more pods, pod templates. Add, update, or remove container environment variable definitions in one or more pod templates (within replication controllers or deployment configurations).`,
  examples: [
    "# Update deployment 'registry' with a new environment variable, and remove another",
    'kubectl set env deployment/registry STORAGE_DIR=/local OLD-',
    '',
    "# List the environment variables defined on a deployment 'sample-build'",
    'kubectl set env deployment/sample-build --list',
    '',
    '# Import environment from a config map with a prefix',
    'kubectl set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp',
  ],
  flags: [
    ...SET_FLAGS,
    flag(
      'string',
      'containers c',
      'The names of containers in the selected pod templates to change - may use wildcards',
      {
        default: '*',
      },
    ),
    flag('array', 'env e', 'Specify a key-value pair for an environment variable to set into each container.'),
    flag('string', 'from', 'The name of a resource from which to inject environment variables'),
    flag('list', 'keys', 'Comma-separated list of keys to import from specified resource'),
    flag('bool', 'list', 'If true, display the environment and any changes in the standard format.'),
    flag(
      'bool',
      'overwrite',
      'If true, allow environment to be overwritten, otherwise reject updates that overwrite existing environment.',
      {
        default: 'true',
      },
    ),
    flag('string', 'prefix', 'Prefix to append to variable names'),
  ],
  run,
}

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: Json
}

/** Variables to have, and names to have no more. */
export interface EnvChanges {
  readonly set: readonly Variable[]
  readonly remove: readonly string[]
}

const isChange = (word: string): boolean => word.includes('=') || word.endsWith('-')

async function run(call: Call): Promise<void> {
  const { args, flags, io } = call
  const targets = args.filter(a => !isChange(a))
  const words = [...args.filter(isChange), ...flags.texts('env')]
  if (flags.on('list') && flags.text('output'))
    throw new PlainError('--list and --output may not be specified together')
  const given = parseEnv(words)
  const from = flags.text('from')
  const changes = from ? { ...given, set: [...given.set, ...(await imported(call, from))] } : given
  const pattern = flags.text('containers')
  if (flags.on('list')) {
    for (const f of await requireObjects(call, targets)) io.out(listing(f, pattern))
    return
  }
  const overwrite = flags.on('overwrite')
  await setOnObjects(call, targets, {
    done: 'env updated',
    what: 'env update to pod template',
    plan: f => {
      const plan = planEnv(f, changes, { pattern, overwrite })
      if (!plan) {
        io.err(
          `Warning: ${f.resource.kind}/${f.name} does not have any containers matching ${JSON.stringify(pattern)}\n`,
        )
        return { patch: undefined }
      }
      return plan
    },
  })
}

/** Reads `KEY=value` and `KEY-`. Throws PlainError. */
export function parseEnv(words: readonly string[]): EnvChanges {
  const set: Variable[] = []
  const remove: string[] = []
  for (const word of words) {
    const at = word.indexOf('=')
    if (at > 0) set.push({ name: word.slice(0, at), value: word.slice(at + 1) })
    else if (at < 0 && word.endsWith('-')) remove.push(word.slice(0, -1))
    else throw new PlainError(`invalid environment variable: ${word}`)
  }
  return { set, remove }
}

/** The keys of a config map or secret as variables that refer to them. */
async function imported(call: Call, from: string): Promise<Variable[]> {
  const [found] = await requireObjects(call, [from])
  if (!found) return []
  const kind = found.resource.kind
  if (kind !== 'ConfigMap' && kind !== 'Secret') throw new PlainError(`unsupported resource specified in --from`)
  const wanted = call.flags.texts('keys')
  const keys = Object.keys((found.object['data'] as object | undefined) ?? {}).sort()
  const field = kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef'
  return keys
    .filter(key => wanted.length === 0 || wanted.includes(key))
    .map(key => {
      const plain = key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
      if (plain !== key) call.io.err(`Warning: key ${key} transferred to ${plain}\n`)
      return { name: `${call.flags.text('prefix')}${plain}`, valueFrom: { [field]: { name: found.name, key } } }
    })
}

/** The patch that sets and removes variables; undefined where no container is meant. */
export function planEnv(
  { object }: Pick<Found, 'object'>,
  changes: EnvChanges,
  o: { readonly pattern: string; readonly overwrite: boolean },
): SetPlan | undefined {
  const spec = podSpecOf(object)
  const faults: string[] = []
  let meant = false
  const changed = (list: readonly ContainerShape[]): ContainerShape[] =>
    list.map(c => {
      if (!meansContainer(o.pattern, c.name)) return c
      meant = true
      const now = c.env ?? []
      const clash = o.overwrite ? undefined : now.find(n => changes.set.some(v => v.name === n.name))
      if (clash) faults.push(`'${clash.name}' already has a value (${clash.value ?? ''}), and --overwrite is false`)
      return { ...c, env: changedEnv(now, changes) }
    })
  const { containers, initContainers } = spec
  const modified = {
    ...(containers ? { containers: changed(containers) } : {}),
    ...(initContainers ? { initContainers: changed(initContainers) } : {}),
  }
  return meant ? { patch: patchTo(object, modified), faults } : undefined
}

/** What is there keeps its place, what is new comes behind it. */
export function changedEnv(now: readonly Variable[], { set, remove }: EnvChanges): Variable[] {
  const kept = now.flatMap(n => (remove.includes(n.name) ? [] : [set.findLast(v => v.name === n.name) ?? n]))
  const fresh = set.filter(
    (v, i) => !now.some(n => n.name === v.name) && set.findLastIndex(x => x.name === v.name) === i,
  )
  return [...kept, ...fresh]
}

function listing({ object, resource, name }: Found, pattern: string): string {
  const { containers = [], initContainers = [] } = podSpecOf(object)
  return [...initContainers, ...containers]
    .filter(c => meansContainer(pattern, c.name))
    .flatMap(c => [`# ${resource.kind} ${name}, container ${c.name}`, ...(c.env ?? []).map(variableText)])
    .map(l => `${l}\n`)
    .join('')
}

function variableText(v: Variable): string {
  if (!v.valueFrom) return `${v.name}=${v.value ?? ''}`
  const ref = v.valueFrom as Record<string, Record<string, string> | undefined>
  const { configMapKeyRef: map, secretKeyRef: secret, fieldRef: field, resourceFieldRef: amount } = ref
  if (map) return `# ${v.name} from configmap ${map['name']}, key ${map['key']}`
  if (secret) return `# ${v.name} from secret ${secret['name']}, key ${secret['key']}`
  if (field) return `# ${v.name} from field path ${field['fieldPath']}`
  return `# ${v.name} from resource field ${amount?.['resource'] ?? ''}`
}
