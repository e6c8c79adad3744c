import type { Json } from '../api/connection.ts'
import type { Resources } from '../api/discovery.ts'
import { ALL_NAMESPACES } from '../api/targets.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { alignTabs, GET_TABS } from '../print/tabwriter.ts'

/** `kubectl auth can-i`. */
export const canI: Verb = {
  name: 'can-i',
  use: 'auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  long: `Check whether an action is allowed.

 VERB is a logical Kubernetes API verb like 'get', 'list', 'watch', 'delete', etc. TYPE is a Kubernetes resource. Shortcuts and groups will be resolved. NONRESOURCEURL is a partial URL that starts with "/". NAME is the name of a particular Kubernetes resource.`,
  examples: [
    '# Check to see if I can create pods in any namespace',
    'kubectl auth can-i create pods --all-namespaces',
    '',
    '# Check to see if a service account can list pods',
    'kubectl auth can-i list pods --as=system:serviceaccount:dev:foo -n prod',
    '',
    '# List all allowed actions in namespace "foo"',
    'kubectl auth can-i --list --namespace=foo',
  ],
  flags: [
    ALL_NAMESPACES,
    flag('bool', 'list', 'If true, prints all allowed actions.'),
    flag('bool', 'no-headers', 'If true, prints allowed actions without headers'),
    flag('bool', 'quiet q', 'If true, suppress output and just return the exit code.'),
    flag('string', 'subresource', 'SubResource such as pod/log or deployment/scale'),
  ],
  run,
}

/** What may be done with resources. */
export const RESOURCE_VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  'escalate',
  'approve',
  'sign',
  'attest',
  '*',
]
const URL_VERBS = ['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*']

async function run(call: Call): Promise<number> {
  const { flags, args } = call
  if (flags.on('list')) {
    if (args.length > 0) throw new PlainError('list option must be specified with no arguments')
    return list(call)
  }
  const [verb = '', what = ''] = args
  if (args.length < 2 || args.length > 3)
    throw new PlainError(
      `you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${call.command} -h' for help and examples.`,
    )
  const warnings: string[] = []
  const spec = what.startsWith('/')
    ? urlSpec(verb, what, warnings)
    : await resourceSpec(call, { verb, what, name: args[2] ?? '' }, warnings)
  for (const w of warnings) call.io.err(`Warning: ${w}\n`)
  if (warnings.length > 0) call.io.err('\n')
  const review = await call.session.connection.json<{ status?: Verdict }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
  })
  const status = review.status ?? {}
  if (!flags.on('quiet')) call.io.out(`${verdictText(status)}\n`)
  return status.allowed ? 0 : 1
}

interface Verdict {
  allowed?: boolean
  reason?: string
  evaluationError?: string
}

/** `yes`, or `no` with the reasons. */
export function verdictText({ allowed, reason, evaluationError }: Verdict): string {
  return allowed ? 'yes' : ['no', reason, evaluationError].filter(Boolean).join(' - ')
}

function urlSpec(verb: string, path: string, warnings: string[]): Json {
  if (!URL_VERBS.includes(verb)) warnings.push(`verb '${verb}' is not a known verb`)
  return { nonResourceAttributes: { verb, path } }
}

async function resourceSpec(
  call: Call,
  o: { verb: string; what: string; name: string },
  warnings: string[],
): Promise<Json> {
  const { flags, session } = call
  const [type = '', nameOrNothing = ''] = o.what.split('/')
  if (!RESOURCE_VERBS.includes(o.verb)) warnings.push(`verb '${o.verb}' is not a known verb`)
  const resource = resourceNamed(await session.resources(), type)
  if (resource.warning) warnings.push(resource.warning)
  const anywhere = flags.on('all-namespaces')
  const { group, version, plural, namespaced } = resource
  if (namespaced === false && !anywhere)
    warnings.push(`resource '${plural}' is not namespace scoped${group ? ` in group '${group}'` : ''}`)
  const subresource = flags.text('subresource')
  const name = nameOrNothing || o.name
  return {
    resourceAttributes: {
      ...(anywhere ? {} : { namespace: session.namespace }),
      verb: o.verb,
      ...(group ? { group } : {}),
      ...(version ? { version } : {}),
      resource: plural,
      ...(subresource ? { subresource } : {}),
      ...(name ? { name } : {}),
    },
  }
}

interface Named {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly namespaced?: boolean
  readonly warning?: string
}

/** What the server calls the resource; a name it does not know is asked for as it stands. */
function resourceNamed(resources: Resources, type: string): Named {
  if (type === '*') return { group: '*', version: '*', plural: '*' }
  const found = resources.find(type)
  if (found) return { ...found, version: found.version }
  const at = type.indexOf('.')
  const [plural, group] = at < 0 ? [type, ''] : [type.slice(0, at), type.slice(at + 1)]
  const warning = `the server doesn't have a resource type '${plural}'${group ? ` in group '${group}'` : ''}`
  return { group, version: '', plural, warning }
}

interface Rules {
  resourceRules?: { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[]
  nonResourceRules?: { verbs: string[]; nonResourceURLs?: string[] }[]
  incomplete?: boolean
  evaluationError?: string
}

async function list(call: Call): Promise<number> {
  const review = await call.session.connection.json<{ status?: Rules }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: call.session.namespace },
    },
  })
  const rules = review.status ?? {}
  const head = call.flags.on('no-headers') ? '' : 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n'
  call.io.out(alignTabs(head + ruleLines(rules), GET_TABS))
  if (rules.incomplete)
    call.io.err(`Warning: the list may be incomplete: ${rules.evaluationError ?? 'not all rules are known'}\n`)
  return 0
}

/** One rule in a line, with tabs: for each resource in each group, and for each URL. */
export function ruleLines({ resourceRules = [], nonResourceRules = [] }: Rules): string {
  const set = (values: readonly string[] = []): string => `[${values.join(' ')}]`
  const resources = resourceRules.flatMap(r =>
    (r.apiGroups ?? []).flatMap(group =>
      (r.resources ?? []).map(resource => ({
        what: group ? `${resource}.${group}` : resource,
        rest: `[]\t${set(r.resourceNames)}\t${set(r.verbs)}`,
      })),
    ),
  )
  const urls = nonResourceRules.flatMap(r => (r.nonResourceURLs ?? []).map(url => `\t[${url}]\t[]\t${set(r.verbs)}`))
  return [...resources.map(r => `${r.what}\t${r.rest}`), ...urls].map(l => `${l}\n`).join('')
}
