import { isForbiddenLabel, nodeRestriction } from '../../../src/registry/admission/node-restriction.ts'
import type { AdmissionRequest, Operation } from '../../../src/registry/admission/plugin.ts'
import type { World } from '../../../src/registry/world.ts'
import { lease } from '../../../src/kinds/coordination/lease.ts'
import { node } from '../../../src/kinds/core/node.ts'
import { persistentVolumeClaim } from '../../../src/kinds/core/persistent-volume-claim.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { serviceAccount } from '../../../src/kinds/core/service-account.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'

const podOn = (nodeName: string, metadata: object = {}, spec: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `on-${nodeName}`, namespace: 'a', uid: `uid-${nodeName}`, ...metadata },
    spec: { nodeName, containers: [{ name: 'c' }], ...spec },
  }) as KubeObject
const nodeNamed = (name: string, metadata: object = {}, spec: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name, ...metadata }, spec }) as KubeObject
const claim = (status: object, labels: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', labels }, status }) as KubeObject
const tokenFor = (boundObjectRef?: object): KubeObject =>
  ({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { boundObjectRef },
  }) as KubeObject

const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-n1', controller: true }
const mirror = (over: object = {}, spec: object = {}): KubeObject =>
  podOn('n1', { annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [owner], ...over }, spec)

const stored: Record<string, KubeObject> = {
  'core/pods/on-n1': podOn('n1'),
  'core/pods/on-n2': podOn('n2'),
  'core/nodes/n1': nodeNamed('n1', { uid: 'uid-n1' }),
}
const world: World = {
  now: () => 0,
  get: (storage, _namespace, name) => stored[`${storage}/${name}`] as never,
  list: () => [],
}

interface Ask {
  readonly kind?: object
  readonly object?: KubeObject
  readonly old?: KubeObject
  readonly name?: string
  readonly subresource?: string
  readonly user?: string
}

const ask = (
  operation: Operation,
  { kind = pod, object, old, name, subresource = '', user = 'n1' }: Ask,
): AdmissionRequest => ({
  operation,
  kind: kind as Kind,
  namespace: kind === lease ? 'kube-node-lease' : kind === node ? '' : 'a',
  name: name ?? old?.metadata.name ?? '',
  subresource,
  object: object as never,
  old,
  user: { name: `system:node:${user}`, groups: ['system:nodes'] },
  dryRun: false,
  warnings: [],
})

/** What admission answers: nothing, or why not. */
function answer(request: AdmissionRequest): string {
  try {
    nodeRestriction.admit?.(request, world)
    nodeRestriction.validate?.(request, world)
    return ''
  } catch (error) {
    return (error as Error).message.replace(/^.*? is forbidden: /, '')
  }
}

const status = (old: KubeObject, object: KubeObject): AdmissionRequest =>
  ask('UPDATE', { old, object, subresource: 'status' })
const changed = (before: KubeObject, object: KubeObject): AdmissionRequest =>
  ask('UPDATE', { kind: node, old: before, object })
const token = (ref?: object): AdmissionRequest =>
  ask('CREATE', { kind: serviceAccount, object: tokenFor(ref), name: 'default', subresource: 'token' })
const bound = { apiVersion: 'v1', kind: 'Pod', name: 'on-n1', uid: 'uid-n1' }
const ALONE = 'node "n1" can only create pods with an owner reference set to itself'

describe('NodeRestriction: a node', () => {
  const cases: [string, AdmissionRequest, string][] = [
    ['writes the status of its pod', status(podOn('n1'), podOn('n1')), ''],
    [
      'writes no status of pods of others',
      status(podOn('n2'), podOn('n2')),
      'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      'changes no labels with the status',
      status(podOn('n1'), podOn('n1', { labels: { a: 'b' } })),
      'node "n1" cannot update labels through pod status',
    ],
    ['deletes its pod', ask('DELETE', { old: podOn('n1') }), ''],
    [
      'deletes no pod of others',
      ask('DELETE', { old: podOn('n2') }),
      'node "n1" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'changes no pods',
      ask('UPDATE', { old: podOn('n1'), object: podOn('n1') }),
      'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
    ],
    ['evicts its pod', ask('CREATE', { name: 'on-n1', subresource: 'eviction' }), ''],
    [
      'evicts no pod of others',
      ask('CREATE', { name: 'on-n2', subresource: 'eviction' }),
      'node n1 can only evict pods with spec.nodeName set to itself',
    ],
    ['finds no pod to evict', ask('CREATE', { name: 'none', subresource: 'eviction' }), 'pods "none" not found'],
    [
      'binds no pods',
      ask('CREATE', { name: 'on-n1', subresource: 'binding' }),
      `unexpected pod subresource "binding", only 'status' and 'eviction' are allowed`,
    ],
    ['creates mirror pods', ask('CREATE', { object: mirror() }), ''],
    [
      'creates no other pods',
      ask('CREATE', { object: podOn('n1') }),
      'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    ],
    ['owns its mirror pods', ask('CREATE', { object: mirror({ ownerReferences: [] }) }), ALONE],
    [
      'owns them by its name',
      ask('CREATE', { object: mirror({ ownerReferences: [{ ...owner, name: 'n2' }] }) }),
      ALONE,
    ],
    [
      'owns them by its uid',
      ask('CREATE', { object: mirror({ ownerReferences: [{ ...owner, uid: 'other' }] }) }),
      'node n1 UID mismatch: expected other got uid-n1',
    ],
    [
      'gives mirror pods no Secrets',
      ask('CREATE', { object: mirror({}, { imagePullSecrets: [{ name: 's' }] }) }),
      'node "n1" can not create pods that reference secrets',
    ],
    ['registers itself', ask('CREATE', { kind: node, object: nodeNamed('n1') }), ''],
    [
      'registers no other',
      ask('CREATE', { kind: node, object: nodeNamed('n2') }),
      'node "n1" is not allowed to modify node "n2"',
    ],
    [
      'registers without labels that draw pods',
      ask('CREATE', { kind: node, object: nodeNamed('n1', { labels: { 'k8s.io/b': '', 'kubernetes.io/a': '' } }) }),
      'node "n1" is not allowed to set the following labels: k8s.io/b, kubernetes.io/a',
    ],
    ['changes its own labels', changed(nodeNamed('n1'), nodeNamed('n1', { labels: { 'own.test/a': '' } })), ''],
    [
      'takes no label away that restricts it',
      changed(nodeNamed('n1', { labels: { 'node-restriction.kubernetes.io/x': '' } }), nodeNamed('n1')),
      'is not allowed to modify labels: node-restriction.kubernetes.io/x',
    ],
    [
      'changes no taints',
      changed(nodeNamed('n1'), nodeNamed('n1', {}, { taints: [{ key: 'k', effect: 'NoSchedule' }] })),
      'node "n1" is not allowed to modify taints',
    ],
    [
      'gives itself no owner',
      changed(nodeNamed('n1'), nodeNamed('n1', { ownerReferences: [owner] })),
      'node "n1" is not allowed to modify ownerReferences',
    ],
    ['creates its lease', ask('CREATE', { kind: lease, object: nodeNamed('n1') }), ''],
    [
      'creates no lease of others',
      ask('CREATE', { kind: lease, object: nodeNamed('n2') }),
      'can only access node lease with the same name as the requesting node',
    ],
    ['gets a token for its pod', token(bound), ''],
    ['gets no token without a pod', token(), 'node requested token not bound to a pod'],
    ['says which pod', token({ ...bound, uid: undefined }), 'node requested token with a pod binding without a uid'],
    [
      'gets no token for a pod of another node',
      token({ ...bound, name: 'on-n2', uid: 'uid-n2' }),
      'node requested token bound to a pod scheduled on a different node',
    ],
    [
      'reports the size of a claim',
      ask('UPDATE', {
        kind: persistentVolumeClaim,
        old: claim({ phase: 'Bound' }),
        object: claim({ phase: 'Bound', capacity: { storage: '1Gi' } }),
        subresource: 'status',
      }),
      '',
    ],
    [
      'changes nothing else of a claim',
      ask('UPDATE', {
        kind: persistentVolumeClaim,
        old: claim({}),
        object: claim({}, { a: 'b' }),
        subresource: 'status',
      }),
      'node "n1" is not allowed to update fields other than status.capacity and status.conditions',
    ],
    [
      'must say which it is',
      ask('DELETE', { old: podOn('n1'), user: '' }),
      'could not determine node from user "system:node:"',
    ],
  ]
  for (const [name, request, want] of cases) test(name, () => expect(answer(request)).toBe(want))
})

describe('isForbiddenLabel()', () => {
  const cases: [string, boolean][] = [
    ['app', false],
    ['own.test/app', false],
    ['kubernetes.io/hostname', false],
    ['kubelet.kubernetes.io/x', false],
    ['sub.node.kubernetes.io/x', false],
    ['topology.kubernetes.io/zone', false],
    ['topology.kubernetes.io/rack', true],
    ['node-role.kubernetes.io/worker', true],
    ['x.node-restriction.kubernetes.io/y', true],
    ['notkubernetes.io/x', false],
  ]
  for (const [label, want] of cases)
    test(`${label} ${want ? 'only others may give' : 'a node may give itself'}`, () =>
      expect(isForbiddenLabel(label)).toBe(want))
})
