import type { Json } from '../api/connection.ts'
import type { Resources } from '../api/discovery.ts'
import { RESOURCE_VERBS } from '../auth/can-i.ts'
import { PlainError, ToldError } from '../base/errors.ts'
import { flag, type Flags } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

const GROUP = 'rbac.authorization.k8s.io'
const RULE_FLAGS = [
  flag('list', 'resource', 'Resource that the rule applies to'),
  flag(
    'array',
    'resource-name',
    'Resource in the white list that the rule applies to, repeat this flag for multiple items',
  ),
  flag('list', 'verb', 'Verb that applies to the resources contained in the rule'),
]
const SUBJECT_FLAGS = [
  flag('array', 'group', 'Groups to bind to the role. The flag can be repeated to add multiple groups.'),
  flag(
    'array',
    'serviceaccount',
    'Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.',
  ),
  flag('array', 'user', 'Usernames to bind to the role. The flag can be repeated to add multiple users.'),
]

/** `kubectl create role`. */
export const createRole: Verb = {
  name: 'role',
  use: 'create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a role with single rule',
  examples: [
    '# Create a role named "pod-reader" that allows user to perform "get", "watch" and "list" on pods',
    'kubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods',
  ],
  flags: [...CREATE_FLAGS, ...RULE_FLAGS],
  run: async call => {
    const name = oneName(call)
    const rules = await rulesOf(call)
    const object = { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata: newMetadata(call, name), rules }
    return createObject(call, { resource: `roles.${GROUP}`, object, failure: 'role' })
  },
}

/** `kubectl create clusterrole`. */
export const createClusterRole: Verb = {
  name: 'clusterrole',
  use: 'create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a cluster role',
  examples: [
    '# Create a cluster role named "foo" with NonResourceURL specified',
    'kubectl create clusterrole "foo" --verb=get --non-resource-url=/logs/*',
    '',
    '# Create a cluster role named "monitoring" with AggregationRule specified',
    'kubectl create clusterrole monitoring --aggregation-rule="rbac.example.com/aggregate-to-monitoring=true"',
  ],
  flags: [
    ...CREATE_FLAGS,
    ...RULE_FLAGS,
    flag('list', 'aggregation-rule', 'An aggregation label selector for combining ClusterRoles.'),
    flag('list', 'non-resource-url', 'A partial url that user should have access to.'),
  ],
  run: async call => {
    const name = oneName(call)
    const labels = call.flags.texts('aggregation-rule')
    const rule =
      labels.length > 0
        ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: pairsOf(labels) }] }, rules: null }
        : { rules: await clusterRulesOf(call) }
    const object = { apiVersion: `${GROUP}/v1`, kind: 'ClusterRole', metadata: { name }, ...rule }
    return createObject(call, { resource: `clusterroles.${GROUP}`, object, failure: 'clusterrole' })
  },
}

/** `kubectl create rolebinding`. */
export const createRoleBinding: Verb = {
  name: 'rolebinding',
  use: 'create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a role binding for a particular role or cluster role',
  examples: [
    '# Create a role binding for user1, user2, and group1 using the admin cluster role',
    'kubectl create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1',
  ],
  flags: [
    ...CREATE_FLAGS,
    ...SUBJECT_FLAGS,
    flag('string', 'clusterrole', 'ClusterRole this RoleBinding should reference'),
    flag('string', 'role', 'Role this RoleBinding should reference'),
  ],
  run: async call => {
    const name = oneName(call)
    const [role, clusterRole] = [call.flags.text('role'), call.flags.text('clusterrole')]
    if ((role === '') === (clusterRole === ''))
      throw new PlainError('exactly one of clusterrole or role must be specified')
    const roleRef = { apiGroup: GROUP, kind: role ? 'Role' : 'ClusterRole', name: role || clusterRole }
    const object = {
      apiVersion: `${GROUP}/v1`,
      kind: 'RoleBinding',
      metadata: newMetadata(call, name),
      roleRef,
      ...subjectsOf(call.flags),
    }
    return createObject(call, { resource: `rolebindings.${GROUP}`, object, failure: 'rolebinding' })
  },
}

/** `kubectl create clusterrolebinding`. */
export const createClusterRoleBinding: Verb = {
  name: 'clusterrolebinding',
  use: 'create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a cluster role binding for a particular cluster role',
  examples: [
    '# Create a cluster role binding for user1, user2, and group1 using the cluster-admin cluster role',
    'kubectl create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 --group=group1',
  ],
  flags: [
    ...CREATE_FLAGS,
    ...SUBJECT_FLAGS,
    flag('string', 'clusterrole', 'ClusterRole this ClusterRoleBinding should reference'),
  ],
  run: async call => {
    const name = oneName(call)
    const clusterRole = call.flags.text('clusterrole')
    if (!clusterRole) throw new PlainError('required flag(s) "clusterrole" not set')
    const object = {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: clusterRole },
      ...subjectsOf(call.flags),
    }
    return createObject(call, { resource: `clusterrolebindings.${GROUP}`, object, failure: 'clusterrolebinding' })
  },
}

/** Those that a binding is for; absent where there are none. */
export function subjectsOf(flags: Flags): { subjects?: Json[] } {
  const named = (kind: string, names: readonly string[]): Json[] => names.map(name => ({ apiGroup: GROUP, kind, name }))
  const accounts = flags.texts('serviceaccount').map(text => {
    const [namespace = '', name = '', ...more] = text.split(':')
    if (!namespace || !name || more.length > 0) throw new PlainError('serviceaccount must be <namespace>:<name>')
    return { kind: 'ServiceAccount', name, namespace }
  })
  const subjects = [...named('User', flags.texts('user')), ...named('Group', flags.texts('group')), ...accounts]
  return subjects.length > 0 ? { subjects } : {}
}

function pairsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map(word => {
      const at = word.indexOf('=')
      if (at <= 0) throw new PlainError(`invalid aggregation-rule ${word}, expected key=value`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

const verbsOf = (flags: Flags): string[] => {
  const verbs = [...new Set(flags.texts('verb'))]
  if (verbs.length === 0) throw new PlainError('at least one verb must be specified')
  return verbs.includes('*') ? ['*'] : verbs
}

async function clusterRulesOf(call: Call): Promise<Json[]> {
  const { flags } = call
  const urls = flags.texts('non-resource-url')
  const resources = flags.texts('resource')
  if (urls.length === 0 && resources.length === 0)
    throw new PlainError('one of resource or nonResourceURL must be specified')
  const own = urls.length > 0 ? [{ nonResourceURLs: urls, verbs: verbsOf(flags) }] : []
  return [...(resources.length > 0 ? await rulesOf(call) : []), ...own]
}

/** One rule for each API group of the resources, which the server must have. */
async function rulesOf(call: Call): Promise<Json[]> {
  const { flags, session } = call
  const verbs = verbsOf(flags)
  const words = flags.texts('resource')
  const names = flags.texts('resource-name')
  if (words.length === 0) throw new PlainError('at least one resource must be specified')
  for (const verb of verbs)
    if (!RESOURCE_VERBS.includes(verb)) call.io.err(`Warning: '${verb}' is not a standard resource verb\n`)
  return resourceRules(await session.resources(), { words, verbs, names })
}

function known(resources: Resources, type: string): { group: string; plural: string } {
  const found = resources.find(type)
  if (found) return found
  const [plural = '', ...group] = type.split('.')
  const where = group.length > 0 ? ` in group ${JSON.stringify(group.join('.'))}` : ''
  throw new ToldError(`the server doesn't have a resource type ${JSON.stringify(plural)}${where}`)
}

/** The rules for `pods`, `deployments.apps`, `pods/log`, `*`. Throws PlainError. */
export function resourceRules(
  resources: Resources,
  o: { readonly words: readonly string[]; readonly verbs: readonly string[]; readonly names: readonly string[] },
): Json[] {
  const byGroup = new Map<string, Set<string>>()
  for (const word of o.words.includes('*') ? ['*'] : o.words) {
    const [type = '', ...below] = word.split('/')
    const found = type === '*' ? { group: '', plural: '*' } : known(resources, type)
    const set = byGroup.get(found.group) ?? new Set<string>()
    byGroup.set(found.group, set.add([found.plural, ...below].join('/')))
  }
  return [...byGroup].map(([group, plurals]) => ({
    apiGroups: [group],
    ...(o.names.length > 0 ? { resourceNames: o.names } : {}),
    resources: [...plurals],
    verbs: o.verbs,
  }))
}
