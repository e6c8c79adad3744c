import type { Binding, PolicyRule, Role, Subject } from './rbac.ts'

/**
 * The roles and bindings that every cluster begins with: what users, nodes and the control plane's parts need.
 * They are written to the store at start, where the store keeps roles at all.
 */
const API = 'rbac.authorization.k8s.io/v1'

const READ = ['get', 'list', 'watch'] as const
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'] as const

const rule = (apiGroups: string | readonly string[], resources: string, verbs: readonly string[]): PolicyRule => ({
  verbs,
  apiGroups: typeof apiGroups === 'string' ? [apiGroups] : apiGroups,
  resources: resources.split(' '),
})
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs })

const CORE_READ =
  'bindings configmaps endpoints events limitranges namespaces namespaces/status persistentvolumeclaims ' +
  'persistentvolumeclaims/status pods pods/log pods/status replicationcontrollers replicationcontrollers/scale ' +
  'replicationcontrollers/status resourcequotas resourcequotas/status serviceaccounts services services/status'
const APPS_READ =
  'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets ' +
  'replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status'

const VIEW: readonly PolicyRule[] = [
  rule('', CORE_READ, READ),
  rule('discovery.k8s.io', 'endpointslices', READ),
  rule('apps', APPS_READ, READ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', READ),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', READ),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', READ),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', READ),
]

const EDIT: readonly PolicyRule[] = [
  rule('', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', READ),
  rule('', 'serviceaccounts', ['impersonate']),
  rule('', 'pods pods/attach pods/exec pods/portforward pods/proxy', WRITE),
  rule('', 'pods/eviction', ['create']),
  rule(
    '',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    WRITE,
  ),
  rule('', 'serviceaccounts/token', ['create']),
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    WRITE,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', WRITE),
  rule('batch', 'cronjobs jobs', WRITE),
  rule('policy', 'poddisruptionbudgets', WRITE),
  rule('networking.k8s.io', 'ingresses networkpolicies', WRITE),
  rule('coordination.k8s.io', 'leases', [...WRITE, ...READ]),
]

const ADMIN: readonly PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
  rule('rbac.authorization.k8s.io', 'roles rolebindings', [...WRITE, ...READ]),
]

const NODE: readonly PolicyRule[] = [
  rule('authentication.k8s.io', 'tokenreviews', ['create']),
  rule('authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews', ['create']),
  rule('', 'services', READ),
  rule('', 'nodes', ['create', 'get', 'list', 'watch']),
  rule('', 'nodes/status', ['patch', 'update']),
  rule('', 'nodes', ['patch', 'update']),
  rule('', 'pods', READ),
  rule('', 'pods', ['create', 'delete']),
  rule('', 'pods/status', ['patch', 'update']),
  rule('', 'pods/eviction', ['create']),
  rule('', 'configmaps secrets', READ),
  rule('', 'persistentvolumeclaims persistentvolumes', ['get']),
  rule('', 'endpoints', ['get']),
  rule('certificates.k8s.io', 'certificatesigningrequests', ['create', 'get', 'list', 'watch']),
  rule('coordination.k8s.io', 'leases', ['create', 'delete', 'get', 'patch', 'update']),
  rule('storage.k8s.io', 'volumeattachments', ['get']),
  rule('', 'serviceaccounts/token', ['create']),
  rule('', 'persistentvolumeclaims/status', ['get', 'patch', 'update']),
  rule('storage.k8s.io', 'csidrivers', READ),
  rule('storage.k8s.io', 'csinodes', ['create', 'delete', 'get', 'patch', 'update']),
  rule('node.k8s.io', 'runtimeclasses', READ),
  rule('', 'events', ['create', 'patch', 'update']),
]

const RULES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [rule('*', '*', ['*']), { verbs: ['*'], nonResourceURLs: ['*'] }],
  'system:discovery': [
    urls(
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ),
  ],
  'system:public-info-viewer': [urls('/healthz', '/livez', '/readyz', '/version', '/version/')],
  'system:basic-user': [
    rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', ['create']),
    rule('authentication.k8s.io', 'selfsubjectreviews', ['create']),
  ],
  'system:monitoring': [
    urls('/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/slis', '/readyz', '/readyz/*'),
  ],
  'system:service-account-issuer-discovery': [
    urls(
      '/.well-known/openid-configuration',
      '/.well-known/openid-configuration/',
      '/openid/v1/jwks',
      '/openid/v1/jwks/',
    ),
  ],
  'system:node': NODE,
  'system:node-proxier': [
    rule('', 'endpoints services', ['list', 'watch']),
    rule('', 'nodes', ['get', 'list', 'watch']),
    rule(['', 'events.k8s.io'], 'events', ['create', 'patch', 'update']),
    rule('discovery.k8s.io', 'endpointslices', ['list', 'watch']),
    rule('networking.k8s.io', 'servicecidrs', ['list', 'watch']),
  ],
  'system:node-bootstrapper': [
    rule('certificates.k8s.io', 'certificatesigningrequests', ['create', 'get', 'list', 'watch']),
  ],
  'system:auth-delegator': [
    rule('authentication.k8s.io', 'tokenreviews', ['create']),
    rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
  ],
  view: VIEW,
  edit: [...VIEW, ...EDIT],
  admin: [...VIEW, ...EDIT, ...ADMIN],
}

const role = (name: string, rules: readonly PolicyRule[]): Role => ({
  apiVersion: API,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})

const group = (name: string): Subject => ({ kind: 'Group', name })

const binding = (name: string, roleName: string, ...subjects: Subject[]): Binding => ({
  apiVersion: API,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { kind: 'ClusterRole', name: roleName },
  subjects,
})

/** Cluster roles by name. */
export const BOOTSTRAP_ROLES: ReadonlyMap<string, Role> = new Map(
  Object.entries(RULES).map(([name, rules]) => [name, role(name, rules)]),
)

export const BOOTSTRAP_BINDINGS: readonly Binding[] = [
  binding('cluster-admin', 'cluster-admin', group('system:masters')),
  binding('system:monitoring', 'system:monitoring', group('system:monitoring')),
  binding('system:discovery', 'system:discovery', group('system:authenticated')),
  binding('system:basic-user', 'system:basic-user', group('system:authenticated')),
  binding(
    'system:public-info-viewer',
    'system:public-info-viewer',
    group('system:authenticated'),
    group('system:unauthenticated'),
  ),
  binding(
    'system:service-account-issuer-discovery',
    'system:service-account-issuer-discovery',
    group('system:serviceaccounts'),
  ),
]
