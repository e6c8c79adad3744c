import { podStatusOf, type PodFacts } from '../../../src/agent/pod-status.ts'
import type { PodView } from '../../../src/agent/pods.ts'
import type { RuntimeContainer } from '../../../src/agent/runtime/runtime.ts'
import { covers } from '../../../src/agent/status-writer.ts'
import type { PodStatus } from '../../../src/kinds/generated/types.ts'
import { container, exited, inEngine, podOf, sandbox } from '../../support/pod-builder.ts'

function statusOf(pod: PodView, all: readonly RuntimeContainer[], over: Partial<PodFacts> = {}): PodStatus {
  const facts: PodFacts = {
    all,
    probes: () => ({ started: true, ready: true }),
    waiting: new Map(),
    messages: new Map(),
    runtimeName: 'docker',
    imageId: id => id,
    podIp: '10.42.0.9',
    hostIp: '192.0.2.1',
    sandboxReady: true,
    startedAt: 0,
    ended: false,
    ...over,
  }
  return podStatusOf(pod, facts, 5000)
}

/** A status in a line: the phase, then the conditions that hold or their reasons. */
function summary(s: PodStatus): string {
  const conditions = (s.conditions ?? []).map(c => (c.status === 'True' ? (c.reason ?? 'yes') : (c.reason ?? 'no')))
  return [s.phase, ...conditions].join(' ')
}

const never = { restartPolicy: 'Never' }
const sidecar = container('s', { restartPolicy: 'Always' })

test.each<[string, PodView, RuntimeContainer[], Partial<PodFacts>, string]>([
  [
    'a pod without sandbox',
    podOf(),
    [],
    { sandboxReady: false },
    'Pending no yes ContainersNotReady ContainersNotReady yes',
  ],
  ['a running pod', podOf(), [sandbox(), inEngine('c')], {}, 'Running yes yes yes yes yes'],
  [
    'a container that is not ready',
    podOf(),
    [sandbox(), inEngine('c')],
    { probes: () => ({ started: true, ready: false }) },
    'Running yes yes ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a running init container',
    podOf({ initContainers: [container('i')] }),
    [sandbox(), inEngine('i')],
    {},
    'Pending yes ContainersNotInitialized ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a container that waits for its restart',
    podOf(),
    [sandbox(), exited('c', 1)],
    {},
    'Running yes yes ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a success that still has its sandbox',
    podOf(never),
    [sandbox(), exited('c', 0)],
    {},
    'Running yes yes ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a success',
    podOf(never),
    [sandbox(), exited('c', 0)],
    { ended: true },
    'Succeeded no PodCompleted PodCompleted PodCompleted yes',
  ],
  ['a failure', podOf(never), [sandbox(), exited('c', 1)], { ended: true }, 'Failed no yes PodFailed PodFailed yes'],
  [
    'a failed init container',
    podOf({ ...never, initContainers: [container('i')] }),
    [sandbox(), exited('i', 1)],
    { ended: true },
    'Failed no ContainersNotInitialized PodFailed PodFailed yes',
  ],
  [
    'a deleted pod whose container ended well',
    podOf(),
    [sandbox(), exited('c', 0)],
    { ended: true },
    'Succeeded no PodCompleted PodCompleted PodCompleted yes',
  ],
  [
    'a pod that ends before anything ran',
    podOf(),
    [],
    { ended: true },
    'Failed no yes ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a pod past its deadline',
    podOf(),
    [sandbox(), exited('c', 0)],
    { ended: true, verdict: { reason: 'DeadlineExceeded', message: 'late' } },
    'Failed no yes PodFailed PodFailed yes',
  ],
  [
    'a sidecar whose startup probe waits',
    podOf({ initContainers: [sidecar] }),
    [sandbox(), inEngine('s')],
    { probes: () => ({ started: false, ready: false }) },
    'Pending yes ContainersNotInitialized ContainersNotReady ContainersNotReady yes',
  ],
  [
    'a gate that nobody opened',
    podOf({ readinessGates: [{ conditionType: 'x/y' }] }),
    [sandbox(), inEngine('c')],
    {},
    'Running yes yes ReadinessGatesNotReady yes yes',
  ],
])('reports %s', (_, pod, all, over, want) => {
  expect(summary(statusOf(pod, all, over))).toBe(want)
})

test('a crash loop shows the last run as the last state', () => {
  const waiting = new Map([['c', { reason: 'CrashLoopBackOff', message: 'back-off' }]])
  const [status] = statusOf(podOf(), [sandbox(), exited('c', 3, { attempt: 2 })], { waiting }).containerStatuses ?? []
  expect(status).toEqual({
    name: 'c',
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
    lastState: {
      terminated: {
        exitCode: 3,
        reason: 'Error',
        startedAt: '1970-01-01T00:00:00Z',
        finishedAt: '1970-01-01T00:00:01Z',
        containerID: 'docker://c-2',
      },
    },
    ready: false,
    restartCount: 2,
    image: 'busybox:1',
    imageID: 'sha256:1',
    containerID: 'docker://c-2',
    started: false,
    resources: {},
  })
})

test('what never ran when the pod ends is called lost', () => {
  const [status] = statusOf(podOf(), [], { ended: true }).containerStatuses ?? []
  expect(status?.state).toEqual({
    terminated: {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
    },
  })
})

test('the run before survives its removal from the engine', () => {
  const before = { terminated: { exitCode: 9, containerID: 'docker://old' } }
  const old = {
    name: 'c',
    image: 'busybox:1',
    imageID: '',
    ready: false,
    restartCount: 1,
    state: before,
    containerID: 'docker://old',
  }
  const pod = podOf({}, { status: { containerStatuses: [old] } })
  const [status] = statusOf(pod, [sandbox(), inEngine('c', { attempt: 2 })]).containerStatuses ?? []
  expect(status?.lastState).toEqual(before)
})

test('main containers are listed by name, init containers as in the spec', () => {
  const pod = podOf({ initContainers: [container('z'), container('y')], containers: [container('b'), container('a')] })
  const status = statusOf(pod, [])
  expect([status.initContainerStatuses, status.containerStatuses].map(l => l?.map(s => s.name))).toEqual([
    ['z', 'y'],
    ['a', 'b'],
  ])
})

test('a condition keeps its time while its status stays, and others’ conditions stay', () => {
  const conditions = [
    { type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' },
    { type: 'x/y', status: 'True' },
  ]
  const { conditions: now = [] } = statusOf(podOf({}, { status: { conditions } }), [sandbox(), inEngine('c')])
  expect([
    now[0],
    now.find(c => c.type === 'Ready')?.lastTransitionTime,
    now.find(c => c.type === 'Initialized')?.lastTransitionTime,
  ]).toEqual([conditions[1], '2020-01-01T00:00:00Z', '1970-01-01T00:00:05Z'])
})

test.each([
  [{ a: 1, b: null }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: {} }, true],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: [1, 2] }, { a: [1] }, false],
  [undefined, { a: 'x' }, false],
])('%j covers %j: %s', (have, want, covered) => {
  expect(covers(have, want)).toBe(covered)
})
