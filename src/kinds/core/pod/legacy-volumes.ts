import { invalid, notSupported, required } from '../../../base/field-error.ts'
import type { AzureDiskVolumeSource, ISCSIVolumeSource, QuobyteVolumeSource, Volume } from '../../generated/types.ts'
import { isDnsLabel } from '../../validation/names.ts'
import { addInvalid, checkOptionalChoice, checkRange, type Faults } from './faults.ts'
import { checkDescendingPath } from './paths.ts'

type Check = (volume: Volume, path: string, out: Faults) => void

/** Requires texts to be there. */
const need = (source: object, fields: readonly string[], path: string, out: Faults): void => {
  for (const field of fields) if (!(source as Record<string, unknown>)[field]) out.push(required(`${path}.${field}`))
}

const PARTITION_TEXT = 'must be between 1 and 255, inclusive'

function checkPartition(partition: number | undefined, path: string, out: Faults): void {
  if (partition !== undefined && (partition < 0 || partition > 255)) {
    out.push(invalid(`${path}.partition`, partition, PARTITION_TEXT))
  }
}

/** Volume types of storage systems, most of which no current kubelet mounts; objects that use them are checked still. */
export const LEGACY_SOURCES: Partial<Record<keyof Volume, Check>> = {
  gitRepo: ({ gitRepo }, path, out) => {
    if (!gitRepo) return
    need(gitRepo, ['repository'], `${path}.gitRepo`, out)
    checkDescendingPath(gitRepo.directory ?? '', `${path}.gitRepo.directory`, out)
  },
  gcePersistentDisk: ({ gcePersistentDisk: disk }, path, out) => {
    if (!disk) return
    need(disk, ['pdName'], `${path}.persistentDisk`, out)
    checkPartition(disk.partition, `${path}.persistentDisk`, out)
  },
  awsElasticBlockStore: ({ awsElasticBlockStore: disk }, path, out) => {
    if (!disk) return
    need(disk, ['volumeID'], `${path}.awsElasticBlockStore`, out)
    checkPartition(disk.partition, `${path}.awsElasticBlockStore`, out)
  },
  nfs: ({ nfs }, path, out) => {
    if (!nfs) return
    need(nfs, ['server', 'path'], `${path}.nfs`, out)
    if (!nfs.path.startsWith('/')) out.push(invalid(`${path}.nfs.path`, nfs.path, 'must be an absolute path'))
  },
  iscsi: ({ iscsi }, path, out) => {
    if (iscsi) checkIscsi(iscsi, `${path}.iscsi`, out)
  },
  glusterfs: ({ glusterfs }, path, out) => {
    if (glusterfs) need(glusterfs, ['endpoints', 'path'], `${path}.glusterfs`, out)
  },
  flocker: ({ flocker }, path, out) => {
    if (!flocker) return
    const { datasetName: name = '', datasetUUID: uuid = '' } = flocker
    const at = `${path}.flocker`
    if (!name && !uuid) out.push(required(at, 'one of datasetName and datasetUUID is required'))
    if (name && uuid) {
      out.push(invalid(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'))
    }
    if (name.includes('/')) out.push(invalid(`${at}.datasetName`, name, "must not contain '/'"))
  },
  rbd: ({ rbd }, path, out) => {
    if (!rbd) return
    if (!rbd.monitors?.length) out.push(required(`${path}.rbd.monitors`))
    need(rbd, ['image'], `${path}.rbd`, out)
  },
  cinder: ({ cinder }, path, out) => {
    if (!cinder) return
    need(cinder, ['volumeID'], `${path}.cinder`, out)
    if (cinder.secretRef) need(cinder.secretRef, ['name'], `${path}.cinder.secretRef`, out)
  },
  cephfs: ({ cephfs }, path, out) => {
    if (cephfs && !cephfs.monitors?.length) out.push(required(`${path}.cephfs.monitors`))
  },
  quobyte: ({ quobyte }, path, out) => {
    if (quobyte) checkQuobyte(quobyte, `${path}.quobyte`, out)
  },
  fc: ({ fc }, path, out) => {
    if (!fc) return
    const at = `${path}.fc`
    const { targetWWNs: targets = [], wwids = [], lun } = fc
    if (!targets.length && !wwids.length) {
      out.push(required(`${at}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'))
    }
    if (targets.length && wwids.length) {
      out.push(invalid(`${at}.targetWWNs`, targets, 'targetWWNs and wwids can not be specified simultaneously'))
    }
    if (!targets.length) return
    if (lun === undefined) out.push(required(`${at}.lun`, 'lun is required if targetWWNs is specified'))
    else checkRange(lun, 0, 255, `${at}.lun`, out)
  },
  flexVolume: ({ flexVolume }, path, out) => {
    if (!flexVolume) return
    need(flexVolume, ['driver'], `${path}.flexVolume`, out)
    for (const key of Object.keys(flexVolume.options ?? {})) {
      const domain = `.${(key.split('/', 2)[0] ?? '').toLowerCase()}`
      if (!domain.endsWith('.kubernetes.io') && !domain.endsWith('.k8s.io')) continue
      const text = 'kubernetes.io and k8s.io namespaces are reserved'
      out.push(invalid(`${path}.flexVolume.options[${key}]`, key, text))
    }
  },
  azureFile: ({ azureFile }, path, out) => {
    if (azureFile) need(azureFile, ['secretName', 'shareName'], `${path}.azureFile`, out)
  },
  vsphereVolume: ({ vsphereVolume }, path, out) => {
    if (vsphereVolume) need(vsphereVolume, ['volumePath'], `${path}.vsphereVolume`, out)
  },
  photonPersistentDisk: ({ photonPersistentDisk: disk }, path, out) => {
    if (disk) need(disk, ['pdID'], `${path}.photonPersistentDisk`, out)
  },
  portworxVolume: ({ portworxVolume: volume }, path, out) => {
    if (volume) need(volume, ['volumeID'], `${path}.portworxVolume`, out)
  },
  azureDisk: ({ azureDisk }, path, out) => {
    if (azureDisk) checkAzureDisk(azureDisk, `${path}.azureDisk`, out)
  },
  storageos: ({ storageos }, path, out) => {
    if (!storageos) return
    const at = `${path}.storageos`
    const { volumeName: name, volumeNamespace: namespace, secretRef } = storageos
    if (!name) out.push(required(`${at}.volumeName`))
    else addInvalid(out, `${at}.volumeName`, name, isDnsLabel(name))
    if (namespace) addInvalid(out, `${at}.volumeNamespace`, namespace, isDnsLabel(namespace))
    if (secretRef) need(secretRef, ['name'], `${at}.secretRef`, out)
  },
  scaleIO: ({ scaleIO }, path, out) => {
    if (scaleIO) need(scaleIO, ['gateway', 'system', 'volumeName'], `${path}.scaleIO`, out)
  },
}

const ISCSI_NAMES: Record<string, RegExp> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
}

function checkIscsi(iscsi: ISCSIVolumeSource, path: string, out: Faults): void {
  need(iscsi, ['targetPortal', 'iqn'], path, out)
  if (iscsi.iqn) checkIscsiName(iscsi.iqn, `${path}.iqn`, out)
  checkRange(iscsi.lun, 0, 255, `${path}.lun`, out)
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) out.push(required(`${path}.secretRef`))
  if (iscsi.initiatorName !== undefined) checkIscsiName(iscsi.initiatorName, `${path}.initiatorname`, out)
}

function checkIscsiName(name: string, path: string, out: Faults): void {
  const form = ISCSI_NAMES[name.slice(0, 3)]
  if (!form) out.push(invalid(path, name, 'must be valid format starting with iqn, eui, or naa'))
  else if (!form.test(name)) out.push(invalid(path, name, 'must be valid format'))
}

function checkQuobyte(quobyte: QuobyteVolumeSource, path: string, out: Faults): void {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas'
  if (!quobyte.registry) {
    out.push(required(`${path}.registry`, pairs))
  } else if ((quobyte.tenant?.length ?? 0) >= 65) {
    out.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  } else {
    for (const pair of quobyte.registry.split(',')) {
      if (!/^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)) {
        out.push(invalid(`${path}.registry`, quobyte.registry, pairs))
      }
    }
  }
  need(quobyte, ['volume'], path, out)
}

const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

function checkAzureDisk(disk: AzureDiskVolumeSource, path: string, out: Faults): void {
  const { kind, diskURI } = disk
  need(disk, ['diskName', 'diskURI'], path, out)
  checkOptionalChoice(disk.cachingMode, ['None', 'ReadOnly', 'ReadWrite'], `${path}.cachingMode`, out)
  checkOptionalChoice(kind, ['Dedicated', 'Managed', 'Shared'], `${path}.kind`, out)
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    out.push(notSupported(`${path}.diskURI`, diskURI, [MANAGED_URI]))
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    out.push(notSupported(`${path}.diskURI`, diskURI, [BLOB_URI]))
  }
}
