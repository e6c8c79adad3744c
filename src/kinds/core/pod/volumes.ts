import { duplicate, forbidden, invalid, required } from '../../../base/field-error.ts'
import { parseQuantity, signOf } from '../../../base/quantity.ts'
import type {
  ConfigMapVolumeSource,
  CSIVolumeSource,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  ObjectMeta,
  SecretVolumeSource,
  Volume,
} from '../../generated/types.ts'
import { validateDriverName } from '../../validation/driver-name.ts'
import { isDnsLabel, isDnsSubdomain } from '../../validation/names.ts'
import { checkClaimTemplate } from './claim-spec.ts'
import { checkPullPolicy } from './containers.ts'
import { addInvalid, checkChoice, checkMode, type Faults } from './faults.ts'
import { LEGACY_SOURCES } from './legacy-volumes.ts'
import type { Volumes } from './mounts.ts'
import type { PodRules } from './options.ts'
import { checkNoBacksteps } from './paths.ts'
import { checkProjected } from './projected.ts'
import { checkDownwardFile, checkKeyToPath } from './volume-files.ts'

/** The order in which Kubernetes looks for a volume's type; the path stands in the fault about a second type. */
const SOURCES = [
  ['emptyDir'],
  ['hostPath'],
  ['gitRepo'],
  ['gcePersistentDisk'],
  ['awsElasticBlockStore'],
  ['secret'],
  ['nfs'],
  ['iscsi'],
  ['glusterfs'],
  ['flocker'],
  ['persistentVolumeClaim'],
  ['rbd'],
  ['cinder'],
  ['cephfs', 'cephFS'],
  ['quobyte'],
  ['downwardAPI', 'downwarAPI'],
  ['fc'],
  ['flexVolume'],
  ['configMap'],
  ['azureFile'],
  ['vsphereVolume'],
  ['photonPersistentDisk'],
  ['portworxVolume'],
  ['azureDisk'],
  ['storageos'],
  ['projected'],
  ['scaleIO'],
  ['csi'],
  ['ephemeral'],
  ['image'],
] as const satisfies readonly (readonly [keyof Volume, string?])[]

/** Checks all volumes; returns the good ones, which containers may mount. */
export function checkVolumes(
  volumes: readonly Volume[],
  meta: ObjectMeta | undefined,
  path: string,
  rules: PodRules,
  out: Faults,
): Volumes {
  const good = new Map<string, Volume>()
  const podName = meta?.name ?? ''
  const made = new Set(volumes.filter(v => podName && v.ephemeral).map(v => `${podName}-${v.name}`))
  volumes.forEach((volume, i) => {
    const at = `${path}[${i}]`
    const before = out.length
    checkSource(volume, podName, at, rules, out)
    if (!volume.name) out.push(required(`${at}.name`))
    else addInvalid(out, `${at}.name`, volume.name, isDnsLabel(volume.name))
    if (good.has(volume.name)) out.push(duplicate(`${at}.name`, volume.name))
    if (out.length === before) good.set(volume.name, volume)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim !== undefined && made.has(claim)) {
      const text = 'must not reference a PVC that gets created for an ephemeral volume'
      out.push(invalid(`${at}.persistentVolumeClaim.claimName`, claim, text))
    }
  })
  return good
}

function checkSource(volume: Volume, podName: string, path: string, rules: PodRules, out: Faults): void {
  let first = true
  for (const [name, shown = name] of SOURCES) {
    if (volume[name] === undefined) continue
    if (first) checkOneSource(volume, name, podName, path, rules, out)
    else out.push(forbidden(`${path}.${shown}`, 'may not specify more than 1 volume type'))
    first = false
  }
  checkIscsiName(volume, path, out)
  if (first) out.push(required(path, 'must specify a volume type'))
}

/** An initiator's name is derived from volume and portal, and is bounded. */
function checkIscsiName(volume: Volume, path: string, out: Faults): void {
  const { iscsi } = volume
  if (iscsi?.initiatorName === undefined || `${volume.name}:${iscsi.targetPortal}`.length <= 64) return
  const text =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'
  out.push(invalid(`${path}.name`, volume.name, text))
}

function checkOneSource(
  volume: Volume,
  name: (typeof SOURCES)[number][0],
  podName: string,
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  const at = `${path}.${name}`
  if (volume.emptyDir && name === 'emptyDir') {
    const limit = volume.emptyDir.sizeLimit
    if (limit !== undefined && signOf(parseQuantity(limit)) < 0) {
      out.push(forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity'))
    }
  } else if (volume.hostPath && name === 'hostPath') checkHostPath(volume.hostPath, at, out)
  else if (volume.secret && name === 'secret') checkSecret(volume.secret, at, out)
  else if (volume.configMap && name === 'configMap') checkConfigMap(volume.configMap, at, out)
  else if (volume.persistentVolumeClaim && name === 'persistentVolumeClaim') {
    if (!volume.persistentVolumeClaim.claimName) out.push(required(`${at}.claimName`))
  } else if (volume.downwardAPI && name === 'downwardAPI') {
    checkMode(volume.downwardAPI.defaultMode, `${at}.defaultMode`, out)
    for (const file of volume.downwardAPI.items ?? []) checkDownwardFile(file, at, out)
  } else if (volume.projected && name === 'projected') checkProjected(volume.projected, at, rules, out)
  else if (volume.csi && name === 'csi') checkCsi(volume.csi, at, out)
  else if (volume.ephemeral && name === 'ephemeral') checkEphemeral(volume.ephemeral, volume.name, podName, path, out)
  else if (volume.image && name === 'image') checkImage(volume.image, at, rules, out)
  else LEGACY_SOURCES[name]?.(volume, path, out)
}

/** What may be said of a path of the host; nothing is looked at where nothing is said. */
export const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

function checkHostPath(source: HostPathVolumeSource, path: string, out: Faults): void {
  if (!source.path) {
    out.push(required(`${path}.path`))
    return
  }
  checkNoBacksteps(source.path, `${path}.path`, out)
  if (source.type) checkChoice(source.type, HOST_PATH_TYPES, `${path}.type`, out)
}

function checkSecret(source: SecretVolumeSource, path: string, out: Faults): void {
  if (!source.secretName) out.push(required(`${path}.secretName`))
  checkMode(source.defaultMode, `${path}.defaultMode`, out)
  source.items?.forEach((item, i) => checkKeyToPath(item, `${path}.items[${i}]`, out))
}

function checkConfigMap(source: ConfigMapVolumeSource, path: string, out: Faults): void {
  if (!source.name) out.push(required(`${path}.name`))
  checkMode(source.defaultMode, `${path}.defaultMode`, out)
  source.items?.forEach((item, i) => checkKeyToPath(item, `${path}.items[${i}]`, out))
}

function checkCsi(source: CSIVolumeSource, path: string, out: Faults): void {
  out.push(...validateDriverName(source.driver, `${path}.driver`))
  if (!source.nodePublishSecretRef) return
  const name = source.nodePublishSecretRef.name ?? ''
  if (!name) out.push(required(`${path}.nodePublishSecretRef.name`))
  else addInvalid(out, `${path}.name`, name, isDnsSubdomain(name))
}

function checkEphemeral(source: EphemeralVolumeSource, name: string, podName: string, path: string, out: Faults): void {
  const at = `${path}.ephemeral.volumeClaimTemplate`
  if (!source.volumeClaimTemplate) out.push(required(at))
  else checkClaimTemplate(source.volumeClaimTemplate, at, out)
  if (!podName || !name) return
  const claim = `${podName}-${name}`
  const texts = isDnsSubdomain(claim).map(text => `PVC name ${JSON.stringify(claim)}: ${text}`)
  addInvalid(out, `${path}.name`, name, texts)
}

function checkImage(source: ImageVolumeSource, path: string, rules: PodRules, out: Faults): void {
  if (rules.isPod && !source.reference) out.push(required(`${path}.reference`))
  checkPullPolicy(source.pullPolicy, `${path}.pullPolicy`, out)
}
