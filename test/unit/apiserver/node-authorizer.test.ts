import { type Attributes, mastersAuthorizer, unionAuthorizer } from '../../../src/apiserver/authz/authorizer.ts'
import { nodeAuthorizer } from '../../../src/apiserver/authz/node.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import type { World } from '../../../src/registry/world.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'a' },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'robot',
    imagePullSecrets: [{ name: 'pull' }],
    volumes: [
      { name: 'v1', secret: { secretName: 'mounted' } },
      { name: 'v2', projected: { sources: [{ configMap: { name: 'projected' } }] } },
      { name: 'v3', persistentVolumeClaim: { claimName: 'claim' } },
      { name: 'v4', ephemeral: {} },
    ],
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'from' } }] }],
    containers: [{ name: 'c', env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'env', key: 'k' } } }] }],
  },
}
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'disk' },
  spec: { claimRef: { namespace: 'a', name: 'claim' } },
}
const objects: Record<string, KubeObject> = { 'core/pods/a/p': pod, 'core/persistentvolumes//disk': volume }
const world: World = {
  now: () => 0,
  get: (storage, namespace, name) => objects[`${storage}/${namespace}/${name}`] as never,
  list: (storage, namespace) => (storage === 'core/pods' && namespace === 'a' ? [pod] : []) as never,
}

const node = (name: string) => ({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] })

function ask(resource: string, name: string, over: Partial<Attributes> = {}): Attributes {
  return {
    user: node('n1'),
    verb: 'get',
    isResource: true,
    namespace: 'a',
    group: '',
    version: 'v1',
    resource,
    subresource: '',
    name,
    path: '',
    ...over,
  }
}

const lease = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' }
const NO_RELATION = "no relationship found between node 'n1' and this object"

describe('A node', () => {
  const authorizer = nodeAuthorizer(world)
  const cases: [string, Attributes, true | string][] = [
    ['reads a Secret that its pod mounts', ask('secrets', 'mounted'), true],
    ['reads a Secret of an init container', ask('secrets', 'from'), true],
    ['reads a pull secret', ask('secrets', 'pull'), true],
    ['reads a ConfigMap of the environment', ask('configmaps', 'env'), true],
    ['reads a ConfigMap of a projected volume', ask('configmaps', 'projected'), true],
    ['watches a Secret by its name', ask('secrets', 'mounted', { verb: 'watch' }), true],
    ['reads no other Secret', ask('secrets', 'other'), NO_RELATION],
    ['reads no Secret of that name elsewhere', ask('secrets', 'mounted', { namespace: 'b' }), NO_RELATION],
    ['lists no Secrets', ask('secrets', '', { verb: 'list' }), 'No Object name found'],
    ['writes no Secrets', ask('secrets', 'mounted', { verb: 'update' }), 'can only read resources of this type'],
    [
      'lists no ConfigMaps of all namespaces',
      ask('configmaps', '', { verb: 'list', namespace: '' }),
      'can only read namespaced object of this type',
    ],
    ['reads the claim of its pod', ask('persistentvolumeclaims', 'claim'), true],
    ['reads the claim that an ephemeral volume makes', ask('persistentvolumeclaims', 'p-v4'), true],
    [
      'writes the status of the claim of its pod',
      ask('persistentvolumeclaims', 'claim', { verb: 'patch', subresource: 'status' }),
      true,
    ],
    [
      'watches no claims',
      ask('persistentvolumeclaims', 'claim', { verb: 'watch' }),
      'can only get individual resources of this type',
    ],
    ['reads the volume of its claim', ask('persistentvolumes', 'disk', { namespace: '' }), true],
    ['reads no other volume', ask('persistentvolumes', 'tape', { namespace: '' }), NO_RELATION],
    [
      'asks for a token of the account of its pod',
      ask('serviceaccounts', 'robot', { verb: 'create', subresource: 'token' }),
      true,
    ],
    [
      'asks for no token of another account',
      ask('serviceaccounts', 'default', { verb: 'create', subresource: 'token' }),
      NO_RELATION,
    ],
    ['reads no accounts', ask('serviceaccounts', 'robot'), 'can only create tokens for individual service accounts'],
    ['reads its pod', ask('pods', 'p'), true],
    ['reads no other pod', ask('pods', 'q'), NO_RELATION],
    [
      'watches the pods of itself',
      ask('pods', '', { verb: 'watch', namespace: '', fieldSelector: 'spec.nodeName=n1' }),
      true,
    ],
    [
      'watches no pods of others',
      ask('pods', '', { verb: 'watch', namespace: '', fieldSelector: 'spec.nodeName=n2' }),
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [
      'watches no pods by what is no selector',
      ask('pods', '', { verb: 'watch', fieldSelector: 'spec.nodeName' }),
      'can only list/watch pods with spec.nodeName field selector',
    ],
    ['writes the status of pods', ask('pods', 'p', { verb: 'patch', subresource: 'status' }), true],
    ['changes no pods', ask('pods', 'p', { verb: 'patch' }), ''],
    ['writes the status of nodes', ask('nodes', 'n1', { verb: 'patch', subresource: 'status', namespace: '' }), true],
    ['reads all nodes, for their routes', ask('nodes', '', { verb: 'list', namespace: '' }), true],
    ['deletes no nodes', ask('nodes', 'n1', { verb: 'delete', namespace: '' }), ''],
    ['renews its lease', ask('leases', 'n1', { ...lease, verb: 'update' }), true],
    [
      'renews no lease of others',
      ask('leases', 'n2', { ...lease, verb: 'update' }),
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'has leases nowhere else',
      ask('leases', 'n1', { ...lease, namespace: 'a' }),
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    ['watches Services', ask('services', '', { verb: 'watch', namespace: '' }), true],
    ['deletes no deployments', ask('deployments', 'd', { verb: 'delete', group: 'apps' }), ''],
    [
      'must say who it is',
      ask('pods', 'p', { user: { name: 'system:node:', groups: ['system:nodes'] } }),
      'unknown node for user "system:node:"',
    ],
    ['is in the group of nodes', ask('pods', 'p', { user: { name: 'system:node:n1', groups: [] } }), ''],
    ['has the name of a node', ask('pods', 'p', { user: { name: 'ada', groups: ['system:nodes'] } }), ''],
  ]
  for (const [name, attributes, want] of cases) {
    test(name, () =>
      expect(authorizer.authorize(attributes)).toEqual({ allowed: want === true, reason: want === true ? '' : want }),
    )
  }

  test('is no hindrance to system:masters', () => {
    const union = unionAuthorizer([mastersAuthorizer, authorizer])
    const user = { name: 'x', groups: ['system:masters'] }
    expect(union.authorize(ask('secrets', 'other', { user, verb: 'delete' })).allowed).toBe(true)
    expect(union.authorize(ask('secrets', 'other', { verb: 'delete' })).allowed).toBe(false)
  })
})
