import { classesOfClaim, planClassProtection } from '../../../src/controllers/vac-protection.ts'

const FINALIZER = 'kubernetes.io/vac-protection'
const object = (deleted: boolean): Parameters<typeof planClassProtection>[0] => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttributesClass',
  metadata: { name: 'c', finalizers: [FINALIZER], ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
  driverName: 'd',
})

test.each([
  { name: 'a class that lives keeps its finalizer', deleted: false, used: false, want: 'keep' },
  { name: 'a deleted class that is used keeps its finalizer', deleted: true, used: true, want: 'keep' },
  { name: 'a deleted class that nobody uses loses it', deleted: true, used: false, want: 'remove' },
])('$name', c => expect(planClassProtection(object(c.deleted), () => c.used)).toBe(c.want))

test('a claim uses the class that it has, wants and is on the way to', () =>
  expect(
    classesOfClaim({
      spec: { volumeAttributesClassName: 'wanted' },
      status: {
        currentVolumeAttributesClassName: 'present',
        modifyVolumeStatus: { status: 'Pending', targetVolumeAttributesClassName: 'next' },
      },
    } as Parameters<typeof classesOfClaim>[0]),
  ).toEqual(['wanted', 'present', 'next']))
