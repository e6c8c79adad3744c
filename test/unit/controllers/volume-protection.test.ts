import { planVolumeProtection } from '../../../src/controllers/pv-protection.ts'
import { planClaimProtection } from '../../../src/controllers/pvc-protection.ts'
import { persistentVolume } from '../../../src/kinds/core/persistent-volume.ts'
import { persistentVolumeClaim } from '../../../src/kinds/core/persistent-volume-claim.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { testCluster } from '../../support/cluster-harness.ts'
import { claim as claimOf, volume as volumeOf } from '../../support/volumes.ts'

const DELETED = '2026-01-01T00:00:00Z'
const as = <T>(value: unknown): T => value as T

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

describe('on a registry', () => {
  test('a claim waits for the pod that uses it, its volume for the claim', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.client.create(persistentVolume, volumeOf('v'))
    await c.client.create(persistentVolumeClaim, claimOf({}, { uid: undefined }))
    const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }]
    await c.makePod('a', 'p', { nodeName: 'n', volumes })
    await c.rest()
    await c.client.delete(persistentVolumeClaim, 'a', 'data')
    await c.client.delete(persistentVolume, '', 'v')
    await c.rest()
    expect((await c.client.get(persistentVolumeClaim, 'a', 'data')).metadata.deletionTimestamp).toBeDefined()
    expect((await c.client.get(persistentVolume, '', 'v')).metadata.deletionTimestamp).toBeDefined()
    await c.client.delete(pod, 'a', 'p', { gracePeriodSeconds: 0 })
    await c.rest()
    await expect(c.client.get(persistentVolumeClaim, 'a', 'data')).rejects.toThrow('not found')
    await expect(c.client.get(persistentVolume, '', 'v')).rejects.toThrow('not found')
  })
})
