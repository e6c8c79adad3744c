import type { planClaim } from '../../src/controllers/volume-binder/plan-claim.ts'
import type { planVolume } from '../../src/controllers/volume-binder/plan-volume.ts'

export type Volume = Parameters<typeof planVolume>[0]
export type Claim = Parameters<typeof planClaim>[0]

/** A volume of 1 GiB of the class fast, with what a test says in addition. */
export const volume = (name: string, storage = '1Gi', spec: object = {}, metadata: object = {}): Volume =>
  ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      hostPath: { path: '/x' },
      ...spec,
    },
  }) as unknown as Volume
/** The claim data in the namespace a: for 1 GiB of the class fast. */
export const claim = (spec: object = {}, metadata: object = {}): Claim =>
  ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'a', uid: 'c1', ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  }) as unknown as Claim
