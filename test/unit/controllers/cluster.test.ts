import { configMap } from '../../../src/kinds/core/config-map.ts'
import { deployment } from '../../../src/kinds/apps/deployment.ts'
import { replicaSet } from '../../../src/kinds/apps/replica-set.ts'
import { endpoints } from '../../../src/kinds/core/endpoints.ts'
import { event } from '../../../src/kinds/core/event.ts'
import { namespace } from '../../../src/kinds/core/namespace.ts'
import { node } from '../../../src/kinds/core/node.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { service } from '../../../src/kinds/core/service.ts'
import { serviceAccount } from '../../../src/kinds/core/service-account.ts'
import { endpointSlice } from '../../../src/kinds/discovery/endpoint-slice.ts'
import { testCluster } from '../../support/cluster-harness.ts'

const container = { name: 'c', image: 'img:1' }
const template = (image = 'img:1') => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ ...container, image }] },
})
const set = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'a' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template() },
})
const web = (replicas: number, extra = {}) => ({
  ...set(replicas),
  kind: 'Deployment',
  spec: { ...set(replicas).spec, ...extra },
})

describe('controllers on a registry', () => {
  test('a namespace gets its furniture, and takes everything with it', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    const ca = await c.client.get(configMap, 'a', 'kube-root-ca.crt')
    expect(ca.data).toEqual({ 'ca.crt': 'the root certificate' })
    expect((await c.client.get(serviceAccount, 'a', 'default')).metadata.name).toBe('default')
    await c.client.create(replicaSet, set(2) as never)
    await c.rest()
    await c.client.delete(namespace, '', 'a')
    await c.rest()
    await expect(c.client.get(namespace, '', 'a')).rejects.toThrow('namespaces "a" not found')
    expect((await c.client.list(configMap, { namespace: 'a' })).items).toEqual([])
    expect(await c.pods('a')).toEqual([])
  })

  test('a namespace takes its pods first, and waits while one is held', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.client.create(pod, {
      ...template(),
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'held', namespace: 'a', finalizers: ['example.com/hold'] },
    } as never)
    await c.client.delete(namespace, '', 'a')
    await c.rest()
    expect((await c.client.get(configMap, 'a', 'kube-root-ca.crt')).metadata.deletionTimestamp).toBeUndefined()
    expect((await c.pods('a'))[0]?.metadata.deletionTimestamp).toBeDefined()
    await c.client.patch(pod, 'a', 'held', 'merge', { metadata: { finalizers: null } })
    await c.rest()
    await expect(c.client.get(namespace, '', 'a')).rejects.toThrow('namespaces "a" not found')
  })

  test('a ReplicaSet makes, counts, replaces and removes pods', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.client.create(replicaSet, set(3) as never)
    await c.rest()
    const pods = await c.pods('a')
    expect(pods.map(p => p.metadata.generateName)).toEqual(['web-', 'web-', 'web-'])
    await c.setReady('a', pods[0]?.metadata.name ?? '', true)
    const now = await c.client.get(replicaSet, 'a', 'web')
    expect(now.status).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 1,
      availableReplicas: 1,
      terminatingReplicas: 0,
      observedGeneration: 1,
    })
    await c.client.patch(replicaSet, 'a', 'web', 'merge', { spec: { replicas: 1 } })
    await c.rest()
    expect((await c.pods('a')).map(p => p.metadata.name)).toEqual([pods[0]?.metadata.name])
    await c.client.delete(pod, 'a', pods[0]?.metadata.name ?? '')
    await c.rest()
    const [other] = await c.pods('a')
    expect(other?.metadata.name).not.toBe(pods[0]?.metadata.name)
    const events = (await c.client.list(event, { namespace: 'a' })).items.map(e => e.reason).sort()
    expect(events).toEqual([
      'SuccessfulCreate',
      'SuccessfulCreate',
      'SuccessfulCreate',
      'SuccessfulCreate',
      'SuccessfulDelete',
      'SuccessfulDelete',
    ])
  })

  test('nothing is written while nothing happens', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.client.create(deployment, web(2) as never)
    await c.rest()
    const { revision } = c.store
    await c.advance(60_000)
    expect(c.store.revision).toBe(revision)
  })

  test('a Deployment rolls out, rolls over to a new template and keeps history', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.client.create(deployment, web(2) as never)
    await c.rest()
    for (const p of await c.pods('a')) await c.setReady('a', p.metadata.name ?? '', true)
    let d = await c.client.get(deployment, 'a', 'web')
    expect(d.status?.conditions?.map(x => [x.type, x.status, x.reason])).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ])
    await c.client.patch(deployment, 'a', 'web', 'merge', { spec: { template: template('img:2') } })
    await c.rest()
    for (let i = 0; i < 6; i++)
      for (const p of await c.pods('a'))
        if (p.status?.phase !== 'Running') await c.setReady('a', p.metadata.name ?? '', true)
    d = await c.client.get(deployment, 'a', 'web')
    expect(d.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    expect(d.status?.updatedReplicas).toBe(2)
    expect(d.status?.replicas).toBe(2)
    expect((await c.pods('a')).map(p => p.spec?.containers[0]?.image)).toEqual(['img:2', 'img:2'])
    const sets = (await c.client.list(replicaSet, { namespace: 'a' })).items
    expect(sets.map(s => s.spec?.replicas).sort()).toEqual([0, 2])
    await c.client.delete(deployment, 'a', 'web')
    await c.rest()
    expect((await c.client.list(replicaSet, { namespace: 'a' })).items).toEqual([])
    expect(await c.pods('a')).toEqual([])
  })

  test('endpoints and slices follow pods on nodes', async () => {
    await using c = await testCluster()
    await c.namespace('a')
    await c.make(node, { metadata: { name: 'n1' } })
    await c.rest()
    expect((await c.client.get(node, '', 'n1')).spec?.podCIDR).toBe('10.42.0.0/24')
    await c.make(service, {
      metadata: { name: 'web', namespace: 'a' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    })
    const one = { ...template(), apiVersion: 'v1', kind: 'Pod' }
    await c.client.create(pod, {
      ...one,
      metadata: { ...one.metadata, name: 'p', namespace: 'a' },
      spec: { ...one.spec, nodeName: 'n1' },
    } as never)
    await c.setReady('a', 'p', true)
    const e = await c.client.get(endpoints, 'a', 'web')
    expect(e.subsets?.[0]?.addresses?.map(x => x.ip)).toEqual(['10.42.0.9'])
    expect(e.subsets?.[0]?.ports).toEqual([{ port: 8080, protocol: 'TCP' }])
    await c.setReady('a', 'p', false)
    const [slice] = (await c.client.list(endpointSlice, { namespace: 'a' })).items
    expect(slice?.endpoints?.[0]?.conditions).toEqual({ ready: false, serving: false, terminating: false })
    await c.client.delete(service, 'a', 'web')
    await c.rest()
    expect((await c.client.list(endpointSlice, { namespace: 'a' })).items).toEqual([])
    expect((await c.client.list(endpoints, { namespace: 'a' })).items).toEqual([])
  })
})
