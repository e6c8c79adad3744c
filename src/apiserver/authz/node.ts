import type { Authorizer } from './authorizer.ts'
import { BOOTSTRAP_ROLES } from './bootstrap-policy.ts'
import { ruleAllows } from './rbac.ts'

const PREFIX = 'system:node:'
/** A kubelite node is kubelet and kube-proxy in one process. */
const ROLES = ['system:node', 'system:node-proxier']
/** It answers DNS too, which must tell a namespace without services from one that is not there. */
const READS_NAMESPACES = { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['namespaces'] }

/**
 * What kubelets may do: the rules of the role system:node, and only for users `system:node:<name>` of the group
 * system:nodes. It does not follow yet which pods are bound to the node (docs/deviations.md): a node can read
 * Secrets and ConfigMaps of other nodes' pods. Writes to Node, its status and its lease are for its own name only.
 */
export const nodeAuthorizer: Authorizer = {
  authorize(a) {
    const denied = { allowed: false, reason: '' }
    if (!a.user.groups.includes('system:nodes') || !a.user.name.startsWith(PREFIX)) return denied
    const own = a.user.name.slice(PREFIX.length)
    const writes = a.verb !== 'get' && a.verb !== 'list' && a.verb !== 'watch' && a.verb !== 'create'
    const isOwn =
      a.resource === 'nodes' ||
      (a.resource === 'leases' && a.namespace === 'kube-node-lease') ||
      a.resource === 'csinodes'
    if (isOwn && writes && a.name !== own) return denied
    const rules = [...ROLES.flatMap(name => BOOTSTRAP_ROLES.get(name)?.rules ?? []), READS_NAMESPACES]
    return { allowed: rules.some(r => ruleAllows(r, a)), reason: '' }
  },
  rules: user =>
    user.groups.includes('system:nodes') && user.name.startsWith(PREFIX)
      ? { ...NO_RULES, incomplete: true, error: 'node authorizer does not support user rule resolution' }
      : NO_RULES,
}

const NO_RULES = { resourceRules: [], nonResourceRules: [], incomplete: false }
