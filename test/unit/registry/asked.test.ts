import type { Status } from '../../../src/base/errors.ts'
import { StatusError } from '../../../src/base/errors.ts'
import { KINDS } from '../../../src/kinds/index.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import { context, json, testRegistry } from '../../support/registry.ts'

/** Answers that a real API server gave when it was asked beside kubelite, and that one would not guess. */
interface Row {
  readonly name: string
  /** `group/plural`. */
  readonly kind: string
  /** The object before, for rows about a change. */
  readonly before?: object
  readonly body: object
  readonly subresource?: string
  readonly dryRun?: true
  /** Causes in any order, each as often as it is given; or a part of the object. */
  readonly faults?: readonly string[]
  readonly holds?: object
  readonly warnings?: readonly string[]
}

const owned = (more: object) => ({ metadata: { name: 'a', ownerReferences: [{}] }, ...more })
const NO_OWNER = [
  'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
  'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
  'metadata.ownerReferences.name: Invalid value: "": must not be empty',
  'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
]
const times = (n: number, lines: readonly string[]): string[] => lines.flatMap(l => Array.from({ length: n }, () => l))
const VOLUME = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } }
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const container = (more: object) => ({ name: 'c', image: 'i', ...more })
const template = (spec: object) => ({
  metadata: { name: 'a' },
  template: { spec: { containers: [container({})], ...spec } },
})
const POD = 'template.spec.'

const CONTROLLER = {
  selector: { a: 'b' },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container({})] } },
}

const rows: Row[] = [
  {
    name: 'a new object may name a revision that is no number',
    kind: 'core/configmaps',
    body: { metadata: { name: 'a', resourceVersion: 'x' } },
    holds: { metadata: { name: 'a' } },
  },
  {
    name: 'a dry run shows the revision that a new object names',
    kind: 'core/configmaps',
    body: { metadata: { name: 'a', resourceVersion: '10' } },
    dryRun: true,
    holds: { metadata: { resourceVersion: '10' } },
  },
  {
    name: 'owners of a changed object are looked at three times',
    kind: 'core/replicationcontrollers',
    before: { metadata: { name: 'a' }, spec: CONTROLLER },
    body: owned({ spec: CONTROLLER }),
    faults: times(3, NO_OWNER),
  },
  {
    name: 'and four times where the kind looks at the whole object again',
    kind: 'core/endpoints',
    before: { metadata: { name: 'a' } },
    body: owned({}),
    faults: times(4, NO_OWNER),
  },
  {
    name: 'and twice for core events, which have no rules for changes',
    kind: 'core/events',
    before: { metadata: { name: 'a' }, involvedObject: { namespace: 'n' } },
    body: owned({ involvedObject: { namespace: 'n' } }),
    faults: times(2, NO_OWNER),
  },
  {
    name: 'the finalizers of a lease need no domain',
    kind: 'coordination.k8s.io/leases',
    body: { metadata: { name: 'a', finalizers: ['mine'] } },
    holds: { metadata: { finalizers: ['mine'] } },
  },
  {
    name: 'the beginning of a role name must be a name',
    kind: 'rbac.authorization.k8s.io/roles',
    body: { metadata: { name: 'a', generateName: '..' } },
    faults: ['metadata.generateName: Invalid value: "..": may not be \'..\''],
  },
  {
    name: 'the beginning of a controller name may be anything that fits in a path, the name may not',
    kind: 'core/replicationcontrollers',
    body: { metadata: { name: `${'y.'.repeat(130)}z`, generateName: 'A_b' }, spec: CONTROLLER },
    faults: [`metadata.name: Invalid value: "${'y.'.repeat(130)}z": must be no more than 253 bytes`],
  },
  {
    name: 'fields of coordinated leader election are dropped from leases',
    kind: 'coordination.k8s.io/leases',
    body: { metadata: { name: 'a' }, spec: { strategy: 'x', preferredHolder: 'me', holderIdentity: 'h' } },
    holds: { spec: { holderIdentity: 'h' } },
  },
  {
    name: 'an address that is none has two faults',
    kind: 'core/endpoints',
    body: { metadata: { name: 'a' }, subsets: [{ addresses: [{ ip: 'x' }] }] },
    faults: [
      'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address',
      'subsets[0].addresses[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    name: 'taints of a node are named after its metadata',
    kind: 'core/nodes',
    body: { metadata: { name: 'a' }, spec: { taints: [{ key: 'k' }] } },
    faults: ['metadata.taints[0].effect: Required value'],
  },
  {
    name: 'what a node says it can do is in order',
    kind: 'core/nodes',
    body: { metadata: { name: 'a' }, status: { declaredFeatures: ['B', 'A', 'A'] } },
    faults: [
      'status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically',
      'status.declaredFeatures[2]: Duplicate value: "A"',
    ],
  },
  {
    name: 'a node has swap or says nothing of it',
    kind: 'core/nodes',
    body: { metadata: { name: 'a' }, status: { nodeInfo: { swap: { capacity: 0 } } } },
    faults: ['metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero'],
  },
  {
    name: 'a path of the host is of a type that there is',
    kind: 'core/persistentvolumes',
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, hostPath: { path: '/a', type: 'X' } } },
    faults: [
      'spec.hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  },
  {
    name: 'an external ID of a node is warned about',
    kind: 'core/nodes',
    body: { metadata: { name: 'a' }, spec: { externalID: 'x' } },
    warnings: ['spec.externalID: this field is deprecated, and is unused by Kubernetes'],
  },
  {
    name: 'a second source of a volume may be a flexVolume',
    kind: 'core/persistentvolumes',
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, hostPath: { path: '/a' }, flexVolume: {} } },
    faults: ['spec.flexVolume.driver: Required value'],
  },
  {
    name: 'a second source of a volume may be nothing else',
    kind: 'core/persistentvolumes',
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, hostPath: { path: '/a' }, cephfs: { monitors: ['a'] } } },
    faults: ['spec.cephFS: Forbidden: may not specify more than 1 volume type'],
  },
  {
    name: 'a volume says how its source would change',
    kind: 'core/persistentvolumes',
    before: { metadata: { name: 'a' }, spec: { ...VOLUME, hostPath: { path: '/a' } } },
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, nfs: { server: 's', path: '/p' } } },
    faults: [
      `spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation
@@ -1,12 +1,13 @@
 {
  "GCEPersistentDisk": null,
  "AWSElasticBlockStore": null,
- "HostPath": {
-  "Path": "/a",
-  "Type": ""
- },
+ "HostPath": null,
  "Glusterfs": null,
- "NFS": null,
+ "NFS": {
+  "Server": "s",
+  "Path": "/p",
+  "ReadOnly": false
+ },
  "RBD": null,
  "Quobyte": null,
  "ISCSI": null,
`,
    ],
  },
  {
    name: 'a core event is asked for its name after all else',
    kind: 'core/events',
    body: {},
    faults: ['involvedObject.namespace: Invalid value: "": does not match event.namespace'],
  },
  {
    name: 'secrets of volumes are named with a namespace',
    kind: 'core/persistentvolumes',
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, cinder: { volumeID: 'v', secretRef: { name: 's' } } } },
    faults: ['spec.cinder.secretRef.namespace: Required value'],
  },
  {
    name: 'no capacity and an empty one are told apart',
    kind: 'core/persistentvolumes',
    body: { metadata: { name: 'a' }, spec: { ...VOLUME, capacity: {}, hostPath: { path: '/a' } } },
    faults: ['spec.capacity: Required value', 'spec.capacity: Unsupported value: {}: supported values: "storage"'],
  },
  {
    name: 'a claim loses a source in another namespace',
    kind: 'core/persistentvolumeclaims',
    body: {
      metadata: { name: 'a' },
      spec: { ...CLAIM, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b', namespace: 'other' } },
    },
    holds: { spec: { ...CLAIM, volumeMode: 'Filesystem' } },
  },
  {
    name: 'a claim may not ask for less than it has, nor for nothing',
    kind: 'core/persistentvolumeclaims',
    before: { metadata: { name: 'a' }, spec: CLAIM },
    body: { metadata: { name: 'a' }, spec: { ...CLAIM, resources: { requests: { 'a.b/c': '1' } } } },
    faults: [
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
      'spec.resources[storage]: Required value',
      `spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims
@@ -6,7 +6,7 @@
  "Resources": {
   "Limits": null,
   "Requests": {
-   "storage": "1Gi"
+   "a.b/c": "1"
   }
  },
  "VolumeName": "",
`,
    ],
  },
  {
    name: 'the status of a claim allocates storage only',
    kind: 'core/persistentvolumeclaims',
    before: { metadata: { name: 'a' }, spec: CLAIM },
    subresource: 'status',
    body: { metadata: { name: 'a' }, spec: CLAIM, status: { allocatedResources: { cpu: '1' }, capacity: { x: '-1' } } },
    faults: [
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
      'status.capacity[x]: Invalid value: -1: must be a valid resource quantity',
    ],
  },
  {
    name: 'a namespace without a phase is active',
    kind: 'core/namespaces',
    before: { metadata: { name: 'a' } },
    subresource: 'status',
    body: { metadata: { name: 'a' }, status: { conditions: [] } },
    holds: { status: { phase: 'Active' } },
  },
  {
    name: 'a volume keeps the time of its phase',
    kind: 'core/persistentvolumes',
    before: { metadata: { name: 'a' }, spec: { ...VOLUME, hostPath: { path: '/a' } } },
    subresource: 'status',
    body: { metadata: { name: 'a' }, status: { phase: 'Pending', message: 'm' } },
    holds: { status: { phase: 'Pending', message: 'm', lastPhaseTransitionTime: expect.any(String) } },
  },
  {
    name: 'a changed class is checked whole',
    kind: 'storage.k8s.io/storageclasses',
    before: { metadata: { name: 'a' }, provisioner: 'a.b/c' },
    body: { metadata: { name: 'a' }, provisioner: 'a.b/c', allowedTopologies: [{}] },
    faults: ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'],
  },
  {
    name: 'a class of volume attributes is protected',
    kind: 'storage.k8s.io/volumeattributesclasses',
    body: { metadata: { name: 'a' }, driverName: 'd', parameters: { a: 'b' } },
    holds: { metadata: { finalizers: ['kubernetes.io/vac-protection'] } },
  },
  {
    name: 'the class of a service that balances nothing is refused twice in a change',
    kind: 'core/services',
    before: { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } },
    body: { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }], loadBalancerClass: 'x' } },
    faults: times(2, ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"]),
  },
  {
    name: 'a dry run makes up node ports and takes any that is free',
    kind: 'core/services',
    body: {
      metadata: { name: 'a' },
      spec: {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 2, nodePort: 40000 },
          { name: 'c', port: 3 },
        ],
      },
    },
    dryRun: true,
    holds: { spec: { ports: [{ nodePort: 32769 }, { nodePort: 40000 }, { nodePort: 40001 }] } },
  },
  {
    name: 'a name outside the cluster has no traffic policy that there is none of',
    kind: 'core/services',
    body: { metadata: { name: 'a' }, spec: { type: 'ExternalName', externalName: 'a.b', internalTrafficPolicy: 'X' } },
    faults: ['spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"'],
  },
  {
    name: 'an empty list of rules is owned, though it is stored as null',
    kind: 'rbac.authorization.k8s.io/roles',
    body: { metadata: { name: 'a' }, rules: [] },
    holds: { rules: null, metadata: { managedFields: [{ fieldsV1: { 'f:rules': {} } }] } },
  },
  {
    name: 'empty lists and pointers to nothing are set in ephemeral containers, resources without amounts are not',
    kind: 'core/podtemplates',
    body: template({
      ephemeralContainers: [container({ name: 'e', ports: [], lifecycle: {}, resources: {}, restartPolicy: '' })],
    }),
    faults: [
      ...['ports', 'restartPolicy', 'lifecycle'].map(
        f => `${POD}ephemeralContainers[0].${f}: Forbidden: cannot be set for an Ephemeral Container`,
      ),
      `${POD}ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template`,
    ],
  },
  {
    name: 'restart rules of an init container without a policy are not looked into',
    kind: 'core/podtemplates',
    body: template({ initContainers: [container({ name: 'i', restartPolicyRules: [{}] })] }),
    faults: [
      `${POD}initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
    ],
  },
  {
    name: 'a rule without an action shows an empty one',
    kind: 'core/podtemplates',
    body: template({ containers: [container({ restartPolicy: 'Never', restartPolicyRules: [{}] })] }),
    faults: [
      `${POD}containers[0].restartPolicyRules[0].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"`,
      `${POD}containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified`,
    ],
  },
]

async function ask(row: Row) {
  await using room = await testRegistry(KINDS)
  const { registry } = room
  const kind = KINDS.find(k => `${k.group || 'core'}/${k.plural}` === row.kind)
  if (!kind) throw new Error(`no kind ${row.kind}`)
  const asked = context()
  const namespace = kind.namespaced ? 'n' : ''
  if (namespace)
    await registry.create(
      context(),
      { kind: byName('namespaces'), namespace: '' },
      json({ metadata: { name: 'n' } }),
      {},
    )
  const target = { kind, namespace }
  if (row.before) await registry.create(context(), target, json(row.before), {})
  const options = row.dryRun ? { dryRun: true } : {}
  const named = { ...target, name: 'a', ...(row.subresource ? { subresource: row.subresource } : {}) }
  try {
    const { stored } = row.before
      ? await registry.update(asked, named, json(row.body), options)
      : await registry.create(asked, target, json(row.body), options)
    return { object: stored.object as KubeObject, faults: [], warnings: asked.warnings }
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return { faults: causesOf(error.status), warnings: asked.warnings }
  }
}

function byName(plural: string) {
  const kind = KINDS.find(k => k.group === '' && k.plural === plural)
  if (!kind) throw new Error(`no kind ${plural}`)
  return kind
}

const causesOf = (status: Status): string[] =>
  status.details?.causes?.map(c => `${c.field}: ${c.message}`) ?? [status.message ?? '']

describe('what a real API server answered', () => {
  test.each(rows)('$name', async row => {
    const got = await ask(row)
    expect([...got.faults].sort()).toEqual([...(row.faults ?? [])].sort())
    if (row.holds) expect(got.object).toMatchObject(row.holds)
    if (row.warnings) expect(got.warnings).toEqual(row.warnings)
  })

  test('a limit range without a name gets one', async () => {
    const { object } = await ask({ name: '', kind: 'core/limitranges', body: {} })
    expect(object?.metadata.name).toMatch(/^[0-9a-f-]{36}$/)
  })
})
