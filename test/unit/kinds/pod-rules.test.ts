import { pod } from '../../../src/kinds/core/pod.ts'
import { summarize } from '../../../src/kinds/core/pod/columns.ts'
import { parseImageName } from '../../../src/kinds/core/pod/image-name.ts'
import type { PodObject } from '../../../src/kinds/core/pod/object.ts'
import { computeQosClass } from '../../../src/kinds/core/pod/qos.ts'
import type { Container, ContainerStatus, PodSpec, PodStatus } from '../../../src/kinds/generated/types.ts'

const NOW = Date.UTC(2026, 0, 1)
const CONTEXT = { now: NOW, user: { name: 'admin', groups: [] }, dryRun: false }

/** A pod as it is stored: with defaults and a first status. */
function stored(spec: Partial<PodSpec> = {}, meta: PodObject['metadata'] = {}): PodObject {
  const object: PodObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'n', resourceVersion: '1', ...meta },
    spec: { containers: [container('c')], ...spec },
  }
  pod.defaults?.(object)
  pod.prepareForCreate?.(object, CONTEXT)
  return object
}

const container = (name: string, over: Partial<Container> = {}): Container => ({
  name,
  image: 'img:1',
  resources: {},
  ...over,
})

/** The faults of an update through an endpoint, as `field: message` up to the first line end. */
function faultsOfUpdate(old: PodObject, change: (draft: PodObject) => void, endpoint = 'main'): string[] {
  const draft = structuredClone(old)
  change(draft)
  pod.defaults?.(draft)
  const rules = endpoint === 'main' ? pod : endpoint === 'status' ? pod.status : pod.subresources?.[endpoint]
  rules?.prepareForUpdate?.(draft, old, CONTEXT)
  const faults = rules?.validateUpdate?.(draft, old, CONTEXT) ?? []
  return faults.map(f => `${f.field}: ${f.message.split('\n')[0]}`)
}

const specOf = (p: PodObject): PodSpec => p.spec ?? { containers: [] }
const statusOf = (p: PodObject): PodStatus => (p.status ??= {})
const OTHERS = /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`/

describe('updates of a pod', () => {
  test('the image of a container may change', () => {
    expect(faultsOfUpdate(stored(), p => Object.assign(specOf(p).containers[0] ?? {}, { image: 'img:2' }))).toEqual([])
  })
  test('anything else in the spec is refused with the list of what may', () => {
    expect(faultsOfUpdate(stored(), p => Object.assign(specOf(p), { hostname: 'h' }))).toEqual([
      expect.stringMatching(OTHERS),
    ])
  })
  test('containers neither come nor go', () => {
    expect(faultsOfUpdate(stored(), p => specOf(p).containers.push(container('d')))).toEqual([
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ])
  })
  test('a deadline can be shortened, not lengthened and not removed', () => {
    const old = stored({ activeDeadlineSeconds: 10 })
    const set = (seconds: number | undefined) =>
      faultsOfUpdate(old, p => Object.assign(specOf(p), { activeDeadlineSeconds: seconds }))
    expect(set(5)).toEqual([])
    expect(set(11)).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value',
    ])
    expect(set(undefined)).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ])
  })
  test('tolerations are added, and get other seconds, but do not go', () => {
    const old = stored({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3 }] })
    const set = (tolerations: PodSpec['tolerations']) =>
      faultsOfUpdate(old, p => Object.assign(specOf(p), { tolerations }))
    const a = { key: 'a', operator: 'Exists', effect: 'NoExecute' }
    expect(
      set([
        { ...a, tolerationSeconds: 9 },
        { key: 'b', operator: 'Exists' },
      ]),
    ).toEqual([])
    expect(set([])).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ])
  })
  test('only a pod behind gates may be sent to fewer nodes', () => {
    const narrow = (p: PodObject) => Object.assign(specOf(p), { nodeSelector: { a: 'b' } })
    expect(faultsOfUpdate(stored({ schedulingGates: [{ name: 'x.y/z' }] }), narrow)).toEqual([])
    expect(faultsOfUpdate(stored(), narrow)).toEqual([expect.stringMatching(OTHERS)])
    expect(faultsOfUpdate(stored({ schedulingGates: [{ name: 'g' }], nodeSelector: { c: 'd' } }), narrow)).toEqual([
      'spec.nodeSelector: Invalid value: {"a":"b"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ])
  })
  test('gates go and do not come', () => {
    expect(faultsOfUpdate(stored(), p => Object.assign(specOf(p), { schedulingGates: [{ name: 'g' }] }))).toEqual([
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
    ])
  })
  test('a status sent along is ignored', () => {
    const old = stored()
    const draft = structuredClone(old)
    statusOf(draft).phase = 'Running'
    pod.prepareForUpdate?.(draft, old, CONTEXT)
    expect(draft.status?.phase).toBe('Pending')
  })
})

describe('the status of a pod', () => {
  test('a spec sent along is ignored', () => {
    expect(faultsOfUpdate(stored(), p => Object.assign(specOf(p), { hostname: 'h' }), 'status')).toEqual([])
  })
  test('the quality of service cannot change', () => {
    expect(faultsOfUpdate(stored(), p => Object.assign(statusOf(p), { qosClass: 'Guaranteed' }), 'status')).toEqual([
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ])
  })
  test('a container that ended for good does not run again', () => {
    const ended = (restartPolicy: string, exitCode: number) => {
      const old = stored({ restartPolicy })
      statusOf(old).containerStatuses = [status('c', { terminated: { exitCode } })]
      return faultsOfUpdate(
        old,
        p => Object.assign(statusOf(p), { containerStatuses: [status('c', { running: {} })] }),
        'status',
      )
    }
    const refused = ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']
    expect(ended('Never', 1)).toEqual(refused)
    expect(ended('OnFailure', 0)).toEqual(refused)
    expect(ended('OnFailure', 1)).toEqual([])
    expect(ended('Always', 0)).toEqual([])
  })
  test('the single address and the list of addresses say the same', () => {
    const object = stored()
    Object.assign(statusOf(object), { podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.1' }] })
    pod.defaults?.(object)
    expect(object.status?.podIPs).toEqual([{ ip: '10.0.0.2' }])
  })
})

describe('ephemeral containers and resizing', () => {
  test('ephemeral containers can be added, not changed', () => {
    const add = (image: string) => (p: PodObject) =>
      Object.assign(specOf(p), { ephemeralContainers: [{ name: 'debug', image, resources: {} }] })
    const old = stored()
    expect(faultsOfUpdate(old, add('img:1'), 'ephemeralcontainers')).toEqual([])
    add('img:1')(old)
    pod.defaults?.(old)
    expect(faultsOfUpdate(old, add('img:2'), 'ephemeralcontainers')).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed',
    ])
  })
  test('resizing changes amounts within the class of service, and nothing else', () => {
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } }
    const old = stored({ containers: [container('c', { resources })] })
    const resize = (next: object) =>
      faultsOfUpdate(old, p => Object.assign(specOf(p).containers[0] ?? {}, next), 'resize')
    expect(resize({ resources: { ...resources, requests: { cpu: '150m' } } })).toEqual([])
    expect(resize({ image: 'img:2' })).toEqual([])
    expect(resize({ resources: { ...resources, requests: { cpu: '300m' } } })).toEqual([
      'spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m',
    ])
    expect(resize({ resources: { requests: { cpu: '100m' } } })).toEqual([
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ])
  })
})

const status = (
  name: string,
  state: ContainerStatus['state'],
  over: Partial<ContainerStatus> = {},
): ContainerStatus => ({
  name,
  image: 'img:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  state,
  ...over,
})

const running = { running: {} }
const columns: { name: string; pod: [Partial<PodSpec>, PodStatus, PodObject['metadata']?]; want: string }[] = [
  { name: 'a new pod is Pending', pod: [{}, { phase: 'Pending' }], want: '0/1 Pending' },
  {
    name: 'a pod whose containers run is Running',
    pod: [{}, { phase: 'Running', containerStatuses: [status('c', running, { ready: true })] }],
    want: '1/1 Running',
  },
  {
    name: 'the reason of a waiting container shows',
    pod: [{}, { phase: 'Running', containerStatuses: [status('c', { waiting: { reason: 'CrashLoopBackOff' } })] }],
    want: '0/1 CrashLoopBackOff',
  },
  {
    name: 'init containers are counted until they are done',
    pod: [
      { initContainers: [container('i'), container('j')] },
      {
        phase: 'Pending',
        initContainerStatuses: [status('i', running), status('j', { waiting: { reason: 'PodInitializing' } })],
      },
    ],
    want: '0/1 Init:0/2',
  },
  {
    name: 'an init container that failed gives its exit code',
    pod: [
      { initContainers: [container('i')] },
      { phase: 'Pending', initContainerStatuses: [status('i', { terminated: { exitCode: 3 } })] },
    ],
    want: '0/1 Init:ExitCode:3',
  },
  {
    name: 'sidecars count among the ready containers',
    pod: [
      { initContainers: [container('s', { restartPolicy: 'Always' })] },
      {
        phase: 'Running',
        initContainerStatuses: [status('s', running, { ready: true, started: true })],
        containerStatuses: [status('c', running, { ready: true })],
      },
    ],
    want: '2/2 Running',
  },
  {
    name: 'one that still runs beside one that completed is NotReady',
    pod: [
      { containers: [container('c'), container('d')] },
      {
        phase: 'Running',
        containerStatuses: [
          status('c', { terminated: { exitCode: 0, reason: 'Completed' } }),
          status('d', running, { ready: true }),
        ],
      },
    ],
    want: '1/2 NotReady',
  },
  {
    name: 'a pod that is being deleted is Terminating',
    pod: [{}, { phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    want: '0/1 Terminating',
  },
  {
    name: 'a pod that ended and is being deleted shows how it ended',
    pod: [
      {},
      { phase: 'Succeeded', containerStatuses: [status('c', { terminated: { exitCode: 0, reason: 'Completed' } })] },
      { deletionTimestamp: '2026-01-01T00:00:00Z' },
    ],
    want: '0/1 Completed',
  },
  {
    name: 'a pod of a lost node is Unknown while it is being deleted',
    pod: [{}, { phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    want: '0/1 Unknown',
  },
]
test.each(columns)('$name: $want', ({ pod: [spec, podStatus, meta], want }) => {
  const { ready, total, reason } = summarize({ ...stored(spec, meta), status: podStatus })
  expect(`${ready}/${total} ${reason}`).toBe(want)
})

test('restarts show how long ago the last one was', () => {
  const object = stored()
  const lastState = { terminated: { exitCode: 1, finishedAt: new Date(NOW - 300_000).toISOString() } }
  statusOf(object).containerStatuses = [status('c', running, { restartCount: 3, lastState })]
  const cell = pod.columns.find(c => c.name === 'Restarts')?.cell(object, NOW)
  expect(cell).toBe('3 (5m ago)')
})

const qos: [string, Partial<PodSpec>, string][] = [
  ['without amounts', {}, 'BestEffort'],
  ['with zero amounts', { containers: [container('c', { resources: { requests: { cpu: '0' } } })] }, 'BestEffort'],
  ['with requests', { containers: [container('c', { resources: { requests: { cpu: '1' } } })] }, 'Burstable'],
  [
    'with equal limits',
    { containers: [container('c', { resources: { limits: { cpu: '1', memory: '1Gi' } } })] },
    'Guaranteed',
  ],
  ['with limits of cpu only', { containers: [container('c', { resources: { limits: { cpu: '1' } } })] }, 'Burstable'],
  [
    'with one container that has none',
    { containers: [container('c', { resources: { limits: { cpu: '1', memory: '1Gi' } } }), container('d')] },
    'Burstable',
  ],
  ['with amounts of its own', { resources: { limits: { cpu: '1', memory: '1Gi' } } }, 'Guaranteed'],
]
test.each(qos)('a pod %s is %j: %s', (_name, spec, want) => {
  expect(computeQosClass(specOf(stored(spec)))).toBe(want)
})

const images: [string, string | undefined][] = [
  ['nginx', 'docker.io/library/nginx latest'],
  ['nginx:1', 'docker.io/library/nginx 1'],
  ['a/b:latest', 'docker.io/a/b latest'],
  ['localhost:5000/a', 'localhost:5000/a latest'],
  ['registry.example.com/a/b:v1', 'registry.example.com/a/b v1'],
  [`a@sha256:${'0'.repeat(64)}`, 'docker.io/library/a undefined'],
  ['UPPER', undefined],
  ['', undefined],
  ['a:b:c', undefined],
  ['0'.repeat(64).replaceAll('0', 'a'), undefined],
  ['a@sha256:123', undefined],
]
test.each(images)('the image %j is read as %j', (text, want) => {
  const name = parseImageName(text)
  expect(name && `${name.repository} ${name.tag}`).toBe(want)
})

const grace: [string, Partial<PodSpec>, PodStatus, number | undefined, number][] = [
  ['a pod that no node has goes at once', {}, {}, undefined, 0],
  ['a pod on a node has its own time', { nodeName: 'x', terminationGracePeriodSeconds: 7 }, {}, undefined, 7],
  ['the request may name another', { nodeName: 'x' }, {}, 2, 2],
  ['a pod that ended goes at once', { nodeName: 'x' }, { phase: 'Failed' }, 9, 0],
  ['negative times are one second', { nodeName: 'x' }, {}, -1, 1],
]
test.each(grace)('%s', (_name, spec, podStatus, requested, want) => {
  expect(pod.gracePeriod?.({ ...stored(spec), status: podStatus }, requested)).toBe(want)
})

test('defaults set twice are the same as once', () => {
  const once = stored({
    volumes: [{ name: 'v' }],
    hostNetwork: true,
    containers: [container('c', { ports: [{ containerPort: 80 }] })],
  })
  const twice = structuredClone(once)
  pod.defaults?.(twice)
  expect(twice).toEqual(once)
  expect(once.spec?.containers[0]?.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }])
  expect(once.spec?.volumes).toEqual([{ name: 'v', emptyDir: {} }])
})
