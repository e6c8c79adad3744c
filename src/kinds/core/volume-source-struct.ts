import type { PersistentVolumeSpec } from '../generated/types.ts'
import { structType, type Field, type StructType } from '../schema/types.ts'
import { zeroOf } from '../schema/scalars.ts'

/** The sources of a volume in the order of Kubernetes' struct, with their names there. */
const SOURCES: readonly (readonly [field: keyof PersistentVolumeSpec, name: string])[] = [
  ['gcePersistentDisk', 'GCEPersistentDisk'],
  ['awsElasticBlockStore', 'AWSElasticBlockStore'],
  ['hostPath', 'HostPath'],
  ['glusterfs', 'Glusterfs'],
  ['nfs', 'NFS'],
  ['rbd', 'RBD'],
  ['quobyte', 'Quobyte'],
  ['iscsi', 'ISCSI'],
  ['flexVolume', 'FlexVolume'],
  ['cinder', 'Cinder'],
  ['cephfs', 'CephFS'],
  ['fc', 'FC'],
  ['flocker', 'Flocker'],
  ['azureFile', 'AzureFile'],
  ['vsphereVolume', 'VsphereVolume'],
  ['azureDisk', 'AzureDisk'],
  ['photonPersistentDisk', 'PhotonPersistentDisk'],
  ['portworxVolume', 'PortworxVolume'],
  ['scaleIO', 'ScaleIO'],
  ['local', 'Local'],
  ['storageos', 'StorageOS'],
  ['csi', 'CSI'],
]

/** Fields whose names are not those of the API with a capital letter, by source where sources differ. */
const NAMES: Readonly<Record<string, string>> = {
  fsType: 'FSType',
  iqn: 'IQN',
  iscsiInterface: 'ISCSIInterface',
  chapAuthDiscovery: 'DiscoveryCHAPAuth',
  chapAuthSession: 'SessionCHAPAuth',
  endpoints: 'EndpointsName',
  image: 'RBDImage',
  pool: 'RBDPool',
  'rbd.monitors': 'CephMonitors',
  'rbd.user': 'RadosUser',
  diskURI: 'DataDiskURI',
  pdName: 'PDName',
  wwids: 'WWIDs',
  sslEnabled: 'SSLEnabled',
  uid: 'UID',
  apiVersion: 'APIVersion',
}

/** Where a volume comes from as Kubernetes keeps it: what its messages about changes compare. */
export function sourceStruct(spec: PersistentVolumeSpec): Record<string, unknown> {
  const { fields } = structType('io.k8s.api.core.v1.PersistentVolumeSpec')
  return Object.fromEntries(
    SOURCES.map(([source, name]) => {
      const type = fields.find(f => f.name === source)?.type
      const value: unknown = spec[source]
      return [
        name,
        typeof value === 'object' && value !== null && type?.kind === 'struct'
          ? goStruct(type.struct, value, source)
          : null,
      ]
    }),
  )
}

function goStruct(struct: StructType, value: object, source: string): Record<string, unknown> {
  return Object.fromEntries(
    struct.fields.map(field => {
      const name = NAMES[`${source}.${field.name}`] ?? NAMES[field.name] ?? capital(field.name)
      return [name, goValue(field, Reflect.get(value, field.name), source)]
    }),
  )
}

function goValue({ type, pointer }: Field, value: unknown, source: string): unknown {
  if (value === undefined || value === null) {
    // The one pointer to a truth value is filled in with false.
    const isNil = type.kind !== 'scalar' || (pointer && type.scalar !== 'boolean')
    return isNil ? null : zeroOf(type.scalar)
  }
  return type.kind === 'struct' ? goStruct(type.struct, value as object, source) : value
}

const capital = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)
