import { type Action, type Desired, type Observed, stepPod } from '../../../src/agent/step-pod.ts'
import { container, exited, inEngine, podOf, sandbox, seen } from '../../support/pod-builder.ts'

const always = { restartPolicy: 'Always' }
const init = (name: string, over = {}) => container(name, over)
const sidecar = (name: string) => container(name, { restartPolicy: 'Always' })

/** An action in a word: `start c/1`, `stop c-0`. */
function word(action: Action): string {
  if (action.do === 'start') return `start ${action.container.spec.name}/${action.attempt}`
  if (action.do === 'stop') return `stop ${action.id} by ${action.deadline}`
  if (action.do === 'hasten') return `hasten ${action.id} to ${action.deadline}`
  if (action.do === 'start-sandbox') return `start sandbox/${action.attempt}`
  return action.do === 'stop-sandbox' ? `stop sandbox ${action.id}` : action.do
}

const rows: {
  name: string
  desired: Desired
  observed: Observed
  now?: number
  want: string[]
  wakeAt?: number
  backOff?: string
}[] = [
  { name: 'a new pod gets a sandbox first', desired: { pod: podOf() }, observed: seen([]), want: ['start sandbox/0'] },
  {
    name: 'nothing is asked for twice while the sandbox is made',
    desired: { pod: podOf() },
    observed: seen([], { busy: { sandbox: true, starting: undefined, stopping: new Map() } }),
    want: [],
  },
  {
    name: 'the container starts in the sandbox',
    desired: { pod: podOf() },
    observed: seen([sandbox()]),
    want: ['start c/0'],
  },
  {
    name: 'containers start one at a time, in order',
    desired: { pod: podOf({ containers: [container('a'), container('b')] }) },
    observed: seen([sandbox()]),
    want: ['start a/0'],
  },
  {
    name: 'the next one waits while one is being started',
    desired: { pod: podOf({ containers: [container('a'), container('b')] }) },
    observed: seen([sandbox(), inEngine('a')], { busy: { sandbox: false, starting: 'a', stopping: new Map() } }),
    want: [],
  },
  {
    name: 'a container whose start failed does not hold up the next',
    desired: { pod: podOf({ containers: [container('a'), container('b')] }) },
    observed: seen([sandbox()], { blockedUntil: new Map([['a', 5000]]) }),
    want: ['start b/0'],
    wakeAt: 5000,
  },
  { name: 'what runs is left alone', desired: { pod: podOf() }, observed: seen([sandbox(), inEngine('c')]), want: [] },
  {
    name: 'a container that ended for the first time starts again at once',
    desired: { pod: podOf(always) },
    observed: seen([sandbox(), exited('c', 0)]),
    now: 1000,
    want: ['start c/1'],
  },
  {
    name: 'the second time it waits',
    desired: { pod: podOf(always) },
    observed: seen([sandbox(), exited('c', 1, { attempt: 1 }, { delay: '10000' })]),
    now: 2000,
    want: [],
    wakeAt: 11_000,
    backOff: 'back-off 10s restarting failed container=c pod=p_ns(u1)',
  },
  {
    name: 'and starts when the wait is over',
    desired: { pod: podOf(always) },
    observed: seen([sandbox(), exited('c', 1, { attempt: 1 }, { delay: '10000' })]),
    now: 11_000,
    want: ['start c/2'],
  },
  {
    name: 'a failed container is not restarted under Never: the pod ends',
    desired: { pod: podOf({ restartPolicy: 'Never' }) },
    observed: seen([sandbox(), exited('c', 1)]),
    now: 1000,
    want: ['stop sandbox s0'],
  },
  {
    name: 'a rule of the container restarts it on its exit code',
    desired: {
      pod: podOf({
        restartPolicy: 'Never',
        containers: [
          container('c', {
            restartPolicy: 'Never',
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
          }),
        ],
      }),
    },
    observed: seen([sandbox(), exited('c', 42)]),
    now: 1000,
    want: ['start c/1'],
  },
  {
    name: 'the pod finishes when the sandbox has stopped too',
    desired: { pod: podOf({ restartPolicy: 'Never' }) },
    observed: seen([sandbox({ state: 'exited' }), exited('c', 0)]),
    now: 1000,
    want: ['finish'],
  },
  {
    name: 'the first init container comes before everything',
    desired: { pod: podOf({ initContainers: [init('i1'), init('i2')] }) },
    observed: seen([sandbox()]),
    want: ['start i1/0'],
  },
  {
    name: 'the next init container waits for the first',
    desired: { pod: podOf({ initContainers: [init('i1'), init('i2')] }) },
    observed: seen([sandbox(), inEngine('i1')]),
    want: [],
  },
  {
    name: 'and starts when that is done',
    desired: { pod: podOf({ initContainers: [init('i1'), init('i2')] }) },
    observed: seen([sandbox(), exited('i1', 0)]),
    now: 1000,
    want: ['start i2/0'],
  },
  {
    name: 'a failed init container is tried again under Always',
    desired: { pod: podOf({ initContainers: [init('i1')] }) },
    observed: seen([sandbox(), exited('i1', 1)]),
    now: 1000,
    want: ['start i1/1'],
  },
  {
    name: 'a failed init container ends the pod under Never',
    desired: { pod: podOf({ restartPolicy: 'Never', initContainers: [init('i1')] }) },
    observed: seen([sandbox(), exited('i1', 1)]),
    now: 1000,
    want: ['stop sandbox s0'],
  },
  {
    name: 'init containers run again in a new sandbox',
    desired: { pod: podOf({ initContainers: [init('i1')] }) },
    observed: seen([sandbox({ attempt: 1 }), sandbox({ state: 'exited' }), exited('i1', 0), exited('c', 137)]),
    now: 1000,
    want: ['start i1/1'],
  },
  {
    name: 'a sidecar that has started lets the containers start',
    desired: { pod: podOf({ initContainers: [sidecar('s')] }) },
    observed: seen([sandbox(), inEngine('s')]),
    want: ['start c/0'],
  },
  {
    name: 'one whose startup probe still waits does not',
    desired: { pod: podOf({ initContainers: [sidecar('s')] }) },
    observed: seen([sandbox(), inEngine('s')], { probes: () => ({ started: false, ready: false }) }),
    want: [],
  },
  {
    name: 'a sidecar that ends is restarted even under Never',
    desired: { pod: podOf({ restartPolicy: 'Never', initContainers: [sidecar('s')] }) },
    observed: seen([sandbox(), exited('s', 1), inEngine('c')]),
    now: 1000,
    want: ['start s/1'],
  },
  {
    name: 'a failing liveness probe stops the container with the pod’s grace',
    desired: { pod: podOf({ terminationGracePeriodSeconds: 5 }) },
    observed: seen([sandbox(), inEngine('c')], { probes: () => ({ started: true, ready: true, failed: 'liveness' }) }),
    now: 1000,
    want: ['stop c-0 by 6000'],
  },
  {
    name: 'a new image stops the container',
    desired: { pod: podOf({ containers: [container('c', { image: 'other:2' })] }) },
    observed: seen([sandbox(), inEngine('c')]),
    now: 1000,
    want: ['stop c-0 by 31000'],
  },
  {
    name: 'containers that outlive their sandbox go before a new one is made',
    desired: { pod: podOf() },
    observed: seen([sandbox({ state: 'exited' }), inEngine('c')]),
    now: 1000,
    want: ['stop c-0 by 31000'],
  },
  {
    name: 'a dead sandbox is followed by the next attempt',
    desired: { pod: podOf() },
    observed: seen([sandbox({ state: 'exited' }), exited('c', 137)]),
    now: 1000,
    want: ['start sandbox/1'],
  },
  {
    name: 'a deleted pod stops its containers together',
    desired: { pod: podOf({ containers: [container('a'), container('b')] }), ending: { since: 0, graceSeconds: 30 } },
    observed: seen([sandbox(), inEngine('a'), inEngine('b')]),
    now: 1000,
    want: ['stop a-0 by 30000', 'stop b-0 by 30000'],
  },
  {
    name: 'a container gets two seconds even when no grace is left',
    desired: { pod: podOf(), ending: { since: 0, graceSeconds: 0 } },
    observed: seen([sandbox(), inEngine('c')]),
    now: 1000,
    want: ['stop c-0 by 3000'],
  },
  {
    name: 'a shorter grace hastens what is being stopped',
    desired: { pod: podOf(), ending: { since: 0, graceSeconds: 5 } },
    observed: seen([sandbox(), inEngine('c')], {
      busy: { sandbox: false, starting: undefined, stopping: new Map([['c-0', 30_000]]) },
    }),
    now: 1000,
    want: ['hasten c-0 to 5000'],
  },
  {
    name: 'sidecars stop after the containers',
    desired: { pod: podOf({ initContainers: [sidecar('s1'), sidecar('s2')] }), ending: { since: 0, graceSeconds: 30 } },
    observed: seen([sandbox(), inEngine('s1'), inEngine('s2'), inEngine('c')]),
    now: 1000,
    want: ['stop c-0 by 30000'],
  },
  {
    name: 'and in reverse order',
    desired: { pod: podOf({ initContainers: [sidecar('s1'), sidecar('s2')] }), ending: { since: 0, graceSeconds: 30 } },
    observed: seen([sandbox(), inEngine('s1'), inEngine('s2'), exited('c', 0)]),
    now: 1000,
    want: ['stop s2-0 by 30000'],
  },
  {
    name: 'the sandbox stays while a start is under way',
    desired: { pod: podOf(), ending: { since: 0, graceSeconds: 30 } },
    observed: seen([sandbox()], { busy: { sandbox: false, starting: 'c', stopping: new Map() } }),
    want: [],
  },
  {
    name: 'a container that was made but never started is made again',
    desired: { pod: podOf() },
    observed: seen([sandbox(), inEngine('c', { state: 'created' })]),
    want: ['start c/0'],
  },
]

const anew = container('c', {
  restartPolicy: 'Never',
  restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }],
})
const group = {
  pod: podOf({ restartPolicy: 'Never', initContainers: [init('i'), sidecar('s')], containers: [anew, container('d')] }),
}
const first = [sandbox(), exited('i', 0), inEngine('s'), inEngine('d')]
const second = (name: string, over = {}) => inEngine(name, { attempt: 1, ...over }, { round: '1' })

const anewRows: typeof rows = [
  {
    name: 'a rule that begins all anew: what runs is stopped, all at once',
    desired: group,
    observed: seen([...first, exited('c', 42)]),
    now: 1000,
    want: ['stop s-0 by 3000', 'stop d-0 by 3000'],
  },
  {
    name: 'another code is no reason',
    desired: group,
    observed: seen([...first, exited('c', 1)]),
    now: 1000,
    want: [],
  },
  {
    name: 'nothing starts before all have ended',
    desired: group,
    observed: seen([sandbox(), exited('i', 0), exited('s', 137), inEngine('d'), exited('c', 42)], {
      busy: { sandbox: false, starting: undefined, stopping: new Map([['d-0', 3000]]) },
    }),
    now: 1000,
    want: [],
  },
  {
    name: 'then init containers run again, in the same sandbox',
    desired: group,
    observed: seen([sandbox(), exited('i', 0), exited('s', 137), exited('d', 137), exited('c', 42)]),
    now: 1000,
    want: ['start i/1'],
  },
  {
    name: 'then sidecars',
    desired: group,
    observed: seen([
      sandbox(),
      second('i', { state: 'exited', exitCode: 0 }),
      exited('s', 137),
      exited('d', 137),
      exited('c', 42),
    ]),
    now: 1000,
    want: ['start s/1'],
  },
  {
    name: 'and the others, whatever their policy',
    desired: group,
    observed: seen([
      sandbox(),
      second('i', { state: 'exited', exitCode: 0 }),
      second('s'),
      exited('d', 137),
      second('c'),
    ]),
    now: 1000,
    want: ['start d/1'],
  },
  {
    name: 'a pod that was begun anew can be done',
    desired: group,
    observed: seen([
      sandbox(),
      second('i', { state: 'exited', exitCode: 0 }),
      second('s'),
      second('d', { state: 'exited', exitCode: 0 }),
      second('c', { state: 'exited', exitCode: 0 }),
    ]),
    now: 1000,
    want: ['stop s-1 by 31000'],
  },
  {
    name: 'or be begun anew once more',
    desired: group,
    observed: seen([
      sandbox(),
      second('i', { state: 'exited', exitCode: 0 }),
      second('s', { state: 'exited', exitCode: 137 }),
      second('d', { state: 'exited', exitCode: 137 }),
      second('c', { state: 'exited', exitCode: 42 }),
    ]),
    now: 1000,
    want: ['start i/2'],
  },
]

test.each([...rows, ...anewRows])('$name', ({ desired, observed, now = 0, want, wakeAt, backOff }) => {
  const plan = stepPod(desired, observed, now)
  expect({
    actions: plan.actions.map(word),
    wakeAt: plan.wakeAt,
    backOff: [...plan.backOff.values()][0]?.message,
  }).toEqual({
    actions: want,
    wakeAt,
    backOff,
  })
})

test('the delay that the next run carries doubles up to five minutes and starts over after ten minutes of life', () => {
  const delayAfter = (delay: string, startedAt: number, finishedAt: number): number | undefined => {
    const last = exited('c', 1, { attempt: 1, startedAt, finishedAt }, { delay })
    const action = stepPod({ pod: podOf(always) }, seen([sandbox(), last]), finishedAt + 300_000).actions[0]
    return action?.do === 'start' ? action.delayMs : undefined
  }
  expect([
    delayAfter('0', 0, 1000),
    delayAfter('10000', 0, 1000),
    delayAfter('160000', 0, 1000),
    delayAfter('300000', 0, 1000),
    delayAfter('300000', 0, 600_001),
  ]).toEqual([10_000, 20_000, 300_000, 300_000, 10_000])
})
