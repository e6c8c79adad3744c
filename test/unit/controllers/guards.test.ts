import { planAggregation } from '../../../src/controllers/cluster-role-aggregation.ts'
import { planBudget, planScale } from '../../../src/controllers/disruption.ts'
import { planSignatures } from '../../../src/controllers/bootstrap-signer.ts'
import { planClaimProtection } from '../../../src/controllers/pvc-protection.ts'
import { planVolumeProtection } from '../../../src/controllers/pv-protection.ts'
import { planQuotaStatus } from '../../../src/controllers/resource-quota.ts'
import { planTokenSecret } from '../../../src/controllers/service-account-tokens.ts'
import { planTokenEnd } from '../../../src/controllers/shared/bootstrap-tokens.ts'
import { replicaSet } from '../../../src/kinds/apps/replica-set.ts'
import { deployment } from '../../../src/kinds/apps/deployment.ts'

const NOW = Date.UTC(2026, 0, 1)
const DELETED = '2026-01-01T00:00:00Z'
const as = <T>(value: unknown): T => value as T
const b64 = (text: string): string => Buffer.from(text).toString('base64')

describe('claim and volume protection', () => {
  type Claim = Parameters<typeof planClaimProtection>[0]
  type Pod = Parameters<typeof planClaimProtection>[1][number]
  const claim = (deleted: boolean, finalizers = ['kubernetes.io/pvc-protection'], owner?: string): Claim =>
    as({
      metadata: {
        name: 'data',
        namespace: 'a',
        finalizers,
        ...(deleted ? { deletionTimestamp: DELETED } : {}),
        ...(owner ? { ownerReferences: [{ uid: owner, controller: true }] } : {}),
      },
    })
  const pod = (nodeName: string, volume: object, metadata = {}): Pod =>
    as({ metadata: { name: 'p', namespace: 'a', uid: 'p1', ...metadata }, spec: { nodeName, volumes: [volume] } })
  const named = { name: 'v', persistentVolumeClaim: { claimName: 'data' } }
  const cases: { name: string; claim: Claim; pods: Pod[]; want: string }[] = [
    { name: 'a claim without the finalizer gets it', claim: claim(false, []), pods: [], want: 'add' },
    { name: 'a claim that lives keeps it', claim: claim(false), pods: [], want: 'keep' },
    { name: 'a deleted claim that nobody uses loses it', claim: claim(true), pods: [], want: 'remove' },
    { name: 'a deleted claim waits for a pod on a node', claim: claim(true), pods: [pod('n', named)], want: 'keep' },
    { name: 'a pod without a node does not hold it', claim: claim(true), pods: [pod('', named)], want: 'remove' },
    {
      name: "a claim that is not the ephemeral volume's own is not held",
      claim: claim(true),
      pods: [pod('n', { name: 'data', ephemeral: {} }, { name: '' })],
      want: 'remove',
    },
  ]
  test.each(cases)('$name', c => expect(planClaimProtection(c.claim, c.pods)).toBe(c.want))

  test('an ephemeral claim is held by its pod until that is shut down', () => {
    const own = as<Claim>({
      ...claim(true, undefined, 'p1'),
      metadata: { ...claim(true, undefined, 'p1').metadata, name: 'p-v' },
    })
    const volume = { name: 'v', ephemeral: {} }
    expect(planClaimProtection(own, [pod('n', volume)])).toBe('keep')
    const shut = { deletionTimestamp: DELETED, deletionGracePeriodSeconds: 0 }
    expect(planClaimProtection(own, [pod('n', volume, shut)])).toBe('remove')
  })

  test('a deleted volume is kept while it is bound', () => {
    const volume = (phase: string): Parameters<typeof planVolumeProtection>[0] =>
      as({ metadata: { finalizers: ['kubernetes.io/pv-protection'], deletionTimestamp: DELETED }, status: { phase } })
    expect([planVolumeProtection(volume('Bound')), planVolumeProtection(volume('Released'))]).toEqual([
      'keep',
      'remove',
    ])
  })
})

describe('quota status', () => {
  const pod = (phase: string, cpu?: string, spec = {}): never =>
    as({
      metadata: {},
      status: { phase, qosClass: cpu ? 'Burstable' : 'BestEffort' },
      spec: { ...spec, containers: [{ resources: { requests: cpu ? { cpu } : {} } }] },
    })
  const used = (hard: Record<string, string>, objects: [string, unknown][], extra = {}): unknown =>
    planQuotaStatus(
      { hard, ...extra } as never,
      objects.map(([storage, object]) => ({ storage, object: object as never })),
    ).used
  test('sums what pods ask for; ended pods use only their count', () => {
    const pods: [string, unknown][] = [
      ['core/pods', pod('Running', '500m')],
      ['core/pods', pod('Pending', '1')],
      ['core/pods', pod('Succeeded', '2')],
    ]
    expect(used({ pods: '9', cpu: '9', 'requests.cpu': '9', 'count/pods': '9', 'limits.cpu': '1' }, pods)).toEqual({
      pods: '2',
      cpu: '1500m',
      'requests.cpu': '1500m',
      'count/pods': '3',
      'limits.cpu': '0',
    })
  })
  test('a scope leaves out other pods, and everything that is no pod', () => {
    const objects: [string, unknown][] = [
      ['core/pods', pod('Running', '1')],
      ['core/pods', pod('Running')],
      ['core/configmaps', { metadata: {} }],
    ]
    expect(used({ pods: '9' }, objects, { scopes: ['BestEffort'] })).toEqual({ pods: '1' })
  })
  test('counts objects of any kind by group', () => {
    expect(
      used({ 'count/deployments.apps': '1', secrets: '1' }, [
        ['apps/deployments', { metadata: {} }],
        ['core/secrets', { metadata: {} }],
      ]),
    ).toEqual({
      'count/deployments.apps': '1',
      secrets: '1',
    })
  })
})

describe('cluster role aggregation', () => {
  type Role = Parameters<typeof planAggregation>[0]
  const rule = (resource: string): object => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
  const role = (name: string, labels: object, ...rules: object[]): Role => as({ metadata: { name, labels }, rules })
  const sum = (...rules: object[]): Role =>
    as({
      metadata: { name: 'sum', labels: { x: '1' } },
      rules,
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { x: '1' } }, { matchLabels: { y: '1' } }] },
    })
  test('takes rules selector by selector, by name, each once, and none of its own', () => {
    const roles = [
      role('z', { x: '1' }, rule('pods')),
      role('a', { y: '1' }, rule('pods'), rule('secrets')),
      sum(rule('nodes')),
    ]
    expect(planAggregation(sum(), roles)).toEqual([rule('pods'), rule('secrets')])
  })
  test('does nothing when the rules are right, or the role does not aggregate', () => {
    const part = role('z', { x: '1' }, rule('pods'))
    expect([planAggregation(sum(rule('pods')), [part]), planAggregation(part, [part])]).toEqual([undefined, undefined])
  })
})

describe('disruption budgets', () => {
  type Pod = Parameters<typeof planBudget>[1][number]
  const pod = (name: string, ready: boolean, extra = {}): Pod =>
    as({ metadata: { name, ...extra }, status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } })
  const plan = (spec: object, pods: Pod[], scale: number, status = {}) =>
    planBudget(as({ metadata: { generation: 1 }, spec, status }), pods, () => ({ pods: scale, unmanaged: [] }), NOW)
  const numbers = (p: ReturnType<typeof plan>): unknown[] => [
    p.status.disruptionsAllowed,
    p.status.currentHealthy,
    p.status.desiredHealthy,
    p.status.expectedPods,
    p.status.conditions?.[0]?.reason,
  ]
  const three = [pod('a', true), pod('b', true), pod('c', true)]
  const cases: { name: string; spec: object; pods: Pod[]; scale: number; want: unknown[] }[] = [
    {
      name: 'a number counts the pods that are there',
      spec: { minAvailable: 2 },
      pods: three,
      scale: 9,
      want: [1, 3, 2, 3, 'SufficientPods'],
    },
    {
      name: 'a share counts from the scale, rounded up',
      spec: { minAvailable: '50%' },
      pods: three,
      scale: 5,
      want: [0, 3, 3, 5, 'InsufficientPods'],
    },
    {
      name: 'maxUnavailable counts from the scale',
      spec: { maxUnavailable: '30%' },
      pods: three,
      scale: 3,
      want: [1, 3, 2, 3, 'SufficientPods'],
    },
    {
      name: 'no pods allow nothing',
      spec: { maxUnavailable: 1 },
      pods: [],
      scale: 0,
      want: [0, 0, 0, 0, 'InsufficientPods'],
    },
    {
      name: 'pods that go or are not ready are not healthy',
      spec: { minAvailable: 1 },
      pods: [pod('a', false), pod('b', true, { deletionTimestamp: DELETED })],
      scale: 0,
      want: [0, 0, 1, 2, 'InsufficientPods'],
    },
  ]
  test.each(cases)('$name', c => expect(numbers(plan(c.spec, c.pods, c.scale))).toEqual(c.want))

  test('an evicted pod does not count until its deletion is overdue', () => {
    const at = (ms: number): string => new Date(NOW - ms).toISOString().slice(0, 19) + 'Z'
    const soon = plan({ minAvailable: 1 }, three, 0, { disruptedPods: { a: at(60_000) } })
    expect([soon.status.currentHealthy, soon.recheckMs, soon.status.disruptedPods]).toEqual([
      2,
      60_000,
      { a: at(60_000) },
    ])
    const late = plan({ minAvailable: 1 }, three, 0, { disruptedPods: { a: at(120_000) } })
    expect([late.status.currentHealthy, late.notDeleted.map(p => p.metadata.name), late.status.disruptedPods]).toEqual([
      3,
      ['a'],
      undefined,
    ])
  })
  test('an unknown owner allows nothing and says why', () => {
    const owned = as<Pod>({
      metadata: {
        name: 'a',
        ownerReferences: [{ apiVersion: 'x/v1', kind: 'X', name: 'x', uid: 'x', controller: true }],
      },
    })
    const failed = planBudget(
      as({ metadata: { generation: 2 }, spec: { maxUnavailable: 1 }, status: { observedGeneration: 1 } }),
      [owned],
      () => planScale([owned], () => undefined),
      NOW,
    )
    expect(failed.status).toEqual({
      observedGeneration: 1,
      disruptionsAllowed: 0,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message: 'found no controllers for pod "a"',
          observedGeneration: 1,
          lastTransitionTime: DELETED,
        },
      ],
    })
  })
  test('the scale of pods is that of the Deployment above their ReplicaSet, once', () => {
    const ref = (kind: string, uid: string): object => ({
      apiVersion: 'apps/v1',
      kind,
      name: uid,
      uid,
      controller: true,
    })
    const owned = (name: string): Pod => as({ metadata: { name, ownerReferences: [ref('ReplicaSet', 'rs')] } })
    const found = {
      ReplicaSet: {
        kind: replicaSet,
        object: { metadata: { uid: 'rs', ownerReferences: [ref('Deployment', 'd')] }, spec: { replicas: 2 } },
      },
      Deployment: { kind: deployment, object: { metadata: { uid: 'd' }, spec: { replicas: 5 } } },
    }
    expect(planScale([owned('a'), owned('b'), pod('c', true)], (_v, kind) => as(found[kind as 'Deployment']))).toEqual({
      pods: 5,
      unmanaged: ['c'],
    })
  })
})

describe('token Secrets', () => {
  type Secret = Parameters<typeof planTokenSecret>[0]
  const NAME = 'kubernetes.io/service-account.name'
  const UID = 'kubernetes.io/service-account.uid'
  const secret = (annotations: object, data?: object, type = 'kubernetes.io/service-account-token'): Secret =>
    as({ type, metadata: { name: 's', namespace: 'a', annotations }, ...(data ? { data } : {}) })
  const account = as<Parameters<typeof planTokenSecret>[1]>({ metadata: { name: 'robot', uid: 'u1' } })
  const full = { 'ca.crt': b64('CA'), namespace: b64('a'), token: b64('t') }
  const cases: { name: string; secret: Secret; account: typeof account; want: string }[] = [
    { name: 'an empty one is filled', secret: secret({ [NAME]: 'robot' }), account, want: 'fill' },
    {
      name: 'a full one is left alone',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, full),
      account,
      want: 'nothing',
    },
    {
      name: 'another CA is put right',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, { ...full, 'ca.crt': 'old' }),
      account,
      want: 'fill',
    },
    {
      name: 'it goes with its account',
      secret: secret({ [NAME]: 'robot', [UID]: 'u1' }, full),
      account: undefined,
      want: 'delete',
    },
    {
      name: 'it goes when the account is another one',
      secret: secret({ [NAME]: 'robot', [UID]: 'u0' }, full),
      account,
      want: 'delete',
    },
    {
      name: 'other Secrets are none of ours',
      secret: secret({ [NAME]: 'robot' }, undefined, 'Opaque'),
      account,
      want: 'nothing',
    },
  ]
  test.each(cases)('$name', c => expect(planTokenSecret(c.secret, c.account, 'CA').do).toBe(c.want))
  test('a namespace that somebody wrote stays', () => {
    const plan = planTokenSecret(secret({ [NAME]: 'robot' }, { namespace: 'eA==' }), account, 'CA')
    expect(plan).toMatchObject({
      needsToken: true,
      secret: { data: { namespace: 'eA==', 'ca.crt': b64('CA') }, metadata: { annotations: { [UID]: 'u1' } } },
    })
  })
})

describe('bootstrap tokens', () => {
  const token = (id: string, data: Record<string, string> = {}): never => {
    const all: Record<string, string> = {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-signing': 'true',
      ...data,
    }
    return as({
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: `bootstrap-token-${id}` },
      data: Object.fromEntries(Object.entries(all).map(([k, v]) => [k, b64(v)])),
    })
  }
  test.each([
    ['without a time it lasts', {}, undefined],
    ['a time to come is waited for', { expiration: '2026-01-01T00:01:00Z' }, 60_000],
    ['a time that is over has no time left', { expiration: '2025-01-01T00:00:00+02:00' }, 0],
    ['a time that cannot be read is over', { expiration: 'tomorrow' }, 0],
  ] as const)('%s', (_name, data, want) => expect(planTokenEnd(token('abcdef', data), NOW)).toBe(want))
  test('signs with each token that may, and takes other signatures out', () => {
    const info = { data: { kubeconfig: 'apiVersion: v1\nkind: Config\n', 'jws-kubeconfig-gone00': 'x' } }
    const secrets = [
      token('octrs1'),
      token('octrs2', { 'usage-bootstrap-signing': 'false' }),
      token('octrs3', { expiration: '2020-01-01T00:00:00Z' }),
    ]
    const data = planSignatures(as(info), secrets, NOW)
    expect(data).toEqual({
      kubeconfig: info.data.kubeconfig,
      // What the real controller answered for this text and secret.
      'jws-kubeconfig-octrs1': 'eyJhbGciOiJIUzI1NiIsImtpZCI6Im9jdHJzMSJ9..6lqfHDzKT-7VTFI-Rojra8dmlLlLVplBJop5MQIH-4w',
    })
    expect(planSignatures(as({ data }), secrets, NOW)).toBeUndefined()
  })
})
