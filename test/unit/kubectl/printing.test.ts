import { parseFlags, flag, parseDuration } from '../../../src/cli/kubectl/base/flags.ts'
import { mergePatch, strategicPatch } from '../../../src/cli/kubectl/apply/three-way.ts'
import { fieldLabel } from '../../../src/cli/kubectl/describe/generic.ts'
import { selectorOf } from '../../../src/cli/kubectl/api/pods.ts'
import { endpointsText } from '../../../src/cli/kubectl/describe/network.ts'
import { renderJsonPath } from '../../../src/cli/kubectl/print/jsonpath.ts'
import { alignTabs, DESCRIBE_TABS, GET_TABS } from '../../../src/cli/kubectl/print/tabwriter.ts'
import { rolloutStatus } from '../../../src/cli/kubectl/rollout/status.ts'
import { parseCondition } from '../../../src/cli/kubectl/wait.ts'

describe('alignTabs', () => {
  test.each([
    [
      'columns of get are at least six wide with three blanks between',
      'A\tB\nlonger\tx\n',
      GET_TABS,
      'A        B\nlonger   x\n',
    ],
    [
      'a line without a cell ends the column',
      'a:\t1\nplain\nlonger:\t2\n',
      DESCRIBE_TABS,
      'a:  1\nplain\nlonger:  2\n',
    ],
    ['the last cell of a line is not padded', 'a\tb\tc\n', DESCRIBE_TABS, 'a  b  c\n'],
  ])('%s', (_, text, options, want) => expect(alignTabs(text, options)).toBe(want))
})

describe('selectorOf', () => {
  const of = (kind: string, selector?: object) => () =>
    selectorOf({ apiVersion: 'v1', kind, metadata: { name: 'x' }, ...(selector ? { spec: { selector } } : {}) })
  test.each([
    ['a service selects by labels', of('Service', { b: '1', a: '2' }), 'a=2,b=1'],
    [
      'a workload by expressions too',
      of('ReplicaSet', { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] }),
      'a=1,b',
    ],
    ['one that selects all has no selector', of('Deployment', {}), ''],
  ])('%s', (_, selector, want) => expect(selector()).toBe(want))
  test.each([
    [of('Service'), "invalid service 'x': Service is defined without a selector"],
    [of('ConfigMap'), 'selector for *v1.ConfigMap not implemented'],
  ])('%s is refused in the words of kubectl', (selector, text) => expect(selector).toThrow(text))
})

describe('renderJsonPath', () => {
  const data = {
    items: [
      { name: 'a', n: 1, ok: true },
      { name: 'b', n: 2, labels: { 'x.y/z': 'v' } },
    ],
  }
  test.each([
    ['all of a list', '{.items[*].name}', 'a b'],
    ['a range with a text', '{range .items[*]}{.name}{"\\n"}{end}', 'a\nb\n'],
    ['a filter', '{.items[?(@.n==2)].name}', 'b'],
    ['from the end', '{.items[-1].name}', 'b'],
    ['a slice', '{.items[0:1].name}', 'a'],
    ['a key with dots', '{.items[1].labels.x\\.y/z}', 'v'],
    ['all the way down', '{..name}', 'a b'],
    ['an object as JSON', '{.items[1].labels}', '{"x.y/z":"v"}'],
    ['a missing field', '{.nope}', ''],
  ])('%s', (_, template, want) => expect(renderJsonPath(template, data)).toBe(want))

  test('a missing field is a fault where it must be there', () =>
    expect(() => renderJsonPath('{.nope}', data, { allowMissing: false })).toThrow('nope is not found'))
})

describe('parseFlags', () => {
  const specs = [
    flag('bool', 'all-namespaces A', ''),
    flag('string', 'output o', ''),
    flag('list', 'filename f', ''),
    flag('int', 'tail', ''),
  ]
  test('shorthands stand together, values behind them or apart', () => {
    const { flags, args, dash } = parseFlags(['get', '-Aowide', '-f', 'a,b', '--tail=3', 'x', '--', '-o'], specs)
    expect([
      flags.on('all-namespaces'),
      flags.text('output'),
      flags.texts('filename'),
      flags.number('tail'),
      args,
      dash,
    ]).toEqual([true, 'wide', ['a', 'b'], 3, ['get', 'x', '-o'], 2])
  })
  test.each([
    [['--nope'], 'unknown flag: --nope'],
    [['-z'], "unknown shorthand flag: 'z' in -z"],
    [['-o'], "flag needs an argument: 'o' in -o"],
    [['--tail=x'], 'invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  ])('%j is refused in the words of pflag', (argv, text) => expect(() => parseFlags(argv, specs)).toThrow(text))
  test('durations', () =>
    expect([parseDuration('1m30s'), parseDuration('0'), parseDuration('-1s'), parseDuration('5x')]).toEqual([
      90_000,
      0,
      -1000,
      undefined,
    ]))
})

describe('strategicPatch', () => {
  const deployment = (containers: object[], more: object = {}): Record<string, unknown> => ({
    spec: { template: { spec: { containers, ...more } } },
  })
  const patch = (
    original: Record<string, unknown> | undefined,
    modified: Record<string, unknown>,
    current: Record<string, unknown>,
  ) => strategicPatch('io.k8s.api.apps.v1.Deployment', { original, modified, current })
  test('nothing to do is an empty patch, also where others have set more', () => {
    const mine = deployment([{ name: 'a', image: 'x' }])
    expect(
      patch(
        mine,
        mine,
        deployment([{ name: 'a', image: 'x', imagePullPolicy: 'Always' }], { dnsPolicy: 'ClusterFirst' }),
      ),
    ).toEqual({})
  })
  test('a container is changed by its name and one left out is deleted', () => {
    const before = deployment([
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ])
    expect(patch(before, deployment([{ name: 'a', image: 'z' }]), before)).toEqual({
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'z' },
              { $patch: 'delete', name: 'b' },
            ],
            '$setElementOrder/containers': [{ name: 'a' }],
          },
        },
      },
    })
  })
  test('a field applied before and left out now is removed; one that was never ours stays', () =>
    expect(patch({ spec: { replicas: 2 } }, { spec: {} }, { spec: { replicas: 2, paused: true } })).toEqual({
      spec: { replicas: null },
    }))
  test('types without a schema set lists whole', () =>
    expect(mergePatch({ a: 1, l: [1] }, { l: [1, 2] }, { a: 1, l: [1], other: true })).toEqual({ a: null, l: [1, 2] }))
})

describe('rolloutStatus', () => {
  const web = (status: object, generation = 1) => ({
    kind: 'Deployment',
    metadata: { name: 'web', generation },
    spec: { replicas: 3 },
    status,
  })
  test.each([
    [
      'not seen yet',
      web({ observedGeneration: 1 }, 2),
      'Waiting for deployment spec update to be observed...\n',
      false,
    ],
    [
      'some updated',
      web({ observedGeneration: 1, updatedReplicas: 1 }),
      'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...\n',
      false,
    ],
    [
      'old ones left',
      web({ observedGeneration: 1, updatedReplicas: 3, replicas: 4 }),
      'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...\n',
      false,
    ],
    [
      'not available',
      web({ observedGeneration: 1, updatedReplicas: 3, replicas: 3, availableReplicas: 2 }),
      'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...\n',
      false,
    ],
    [
      'done',
      web({ observedGeneration: 1, updatedReplicas: 3, replicas: 3, availableReplicas: 3 }),
      'deployment "web" successfully rolled out\n',
      true,
    ],
  ])('%s', (_, object, text, done) => expect(rolloutStatus(object, 0)).toEqual({ text, done }))
  test('a deadline that has passed is a fault', () =>
    expect(() =>
      rolloutStatus(
        web({ observedGeneration: 1, conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] }),
        0,
      ),
    ).toThrow('deployment "web" exceeded its progress deadline'))
})

test('conditions to wait for', () => {
  const pod = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }
  const meets = (text: string): boolean | string => {
    const condition = parseCondition(text)
    return condition.type === 'met' ? condition.met(pod) : condition.type
  }
  expect(
    [
      'condition=ready',
      'condition=Ready=false',
      'jsonpath={.status.phase}=Running',
      'jsonpath={.status.podIP}',
      'delete',
    ].map(meets),
  ).toEqual([true, false, true, false, 'delete'])
  expect(() => parseCondition('foo')).toThrow('unrecognized condition: "foo"')
})

test('labels of fields', () =>
  expect(['creationTimestamp', 'uid', 'apiVersion', 'podCIDRs', 'f:x'].map(fieldLabel)).toEqual([
    'Creation Timestamp',
    'UID',
    'API Version',
    'Pod CIDRs',
    'f:x',
  ]))

test('three addresses behind a port are shown, unready ones are not', () => {
  const endpoints = ['1', '2', '3', '4'].map(n => ({ addresses: [`10.0.0.${n}`], conditions: { ready: n !== '1' } }))
  const more = [...endpoints, { addresses: ['10.0.0.5'] }]
  const slice = { addressType: 'IPv4', endpoints: more, ports: [{ name: '', port: 80 }] }
  expect(endpointsText([slice as never], '')).toBe('10.0.0.2:80,10.0.0.3:80,10.0.0.4:80 + 1 more...')
})
