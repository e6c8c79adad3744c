import { forbidden, invalid, notFoundValue, notSupported, required } from '../../../base/field-error.ts'
import type { Container, Volume, VolumeDevice, VolumeMount } from '../../generated/types.ts'
import type { Faults } from './faults.ts'
import { checkDescendingPath, hasBacksteps } from './paths.ts'

/** The good volumes of a pod by name. */
export type Volumes = ReadonlyMap<string, Volume>

type Mounting = Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>

/** Mounts and block devices of one container, which may not meet. */
export function checkMounts(container: Mounting, volumes: Volumes, path: string, out: Faults): void {
  const mounts = container.volumeMounts ?? []
  const devices = container.volumeDevices ?? []
  const privileged = container.securityContext?.privileged === true
  checkVolumeMounts(mounts, devices, volumes, privileged, `${path}.volumeMounts`, out)
  checkVolumeDevices(devices, mounts, volumes, `${path}.volumeDevices`, out)
}

function checkVolumeMounts(
  mounts: readonly VolumeMount[],
  devices: readonly VolumeDevice[],
  volumes: Volumes,
  privileged: boolean,
  path: string,
  out: Faults,
): void {
  const points = new Set<string>()
  mounts.forEach((mount, i) => {
    const at = `${path}[${i}]`
    const { name, mountPath } = mount
    if (!name) out.push(required(`${at}.name`))
    if (!volumes.has(name)) out.push(notFoundValue(`${at}.name`, name))
    if (!mountPath) out.push(required(`${at}.mountPath`))
    if (points.has(mountPath)) out.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    points.add(mountPath)
    if (devices.some(d => d.name === name)) {
      out.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (devices.some(d => d.devicePath === mountPath)) {
      out.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'))
    }
    checkSubPaths(mount, path, at, out)
    checkPropagation(mount, privileged, path, out)
  })
}

// Kubernetes reports these at the list, without the index.
function checkSubPaths(mount: VolumeMount, listPath: string, at: string, out: Faults): void {
  if (mount.subPath) checkDescendingPath(mount.subPath, `${listPath}.subPath`, out)
  if (!mount.subPathExpr) return
  if (mount.subPath) {
    out.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
  }
  checkDescendingPath(mount.subPathExpr, `${listPath}.subPathExpr`, out)
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None']
const RECURSIVE_READ_ONLY = ['Disabled', 'Enabled', 'IfPossible']

function checkPropagation(mount: VolumeMount, privileged: boolean, listPath: string, out: Faults): void {
  const { mountPropagation, recursiveReadOnly } = mount
  const path = `${listPath}.mountPropagation`
  if (mountPropagation !== undefined && !PROPAGATIONS.includes(mountPropagation)) {
    out.push(notSupported(path, mountPropagation, PROPAGATIONS))
  }
  if (mountPropagation === 'Bidirectional' && !privileged) {
    out.push(forbidden(path, 'Bidirectional mount propagation is available only to privileged containers'))
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return
  const field = `${listPath}.recursiveReadOnly`
  if (!RECURSIVE_READ_ONLY.includes(recursiveReadOnly)) {
    out.push(notSupported(field, recursiveReadOnly, RECURSIVE_READ_ONLY))
    return
  }
  if (!mount.readOnly) out.push(forbidden(field, 'may only be specified when readOnly is true'))
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    out.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'))
  }
}

function checkVolumeDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  volumes: Volumes,
  path: string,
  out: Faults,
): void {
  const names = new Set<string>()
  const points = new Set<string>()
  devices.forEach((device, i) => {
    const { name, devicePath } = device
    const nameAt = `${path}[${i}].name`
    const pathAt = `${path}[${i}].devicePath`
    const volume = volumes.get(name)
    if (!name) out.push(required(nameAt))
    if (names.has(name)) out.push(invalid(nameAt, name, 'must be unique'))
    if (!volume) out.push(notFoundValue(nameAt, name))
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const text = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      out.push(invalid(nameAt, name, text))
    }
    if (!devicePath) out.push(required(pathAt))
    if (points.has(devicePath)) out.push(invalid(pathAt, devicePath, 'must be unique'))
    if (devicePath && hasBacksteps(devicePath)) {
      out.push(invalid(pathAt, devicePath, "can not contain backsteps ('..')"))
    } else {
      points.add(devicePath)
    }
    if (mounts.some(m => m.name === name)) out.push(invalid(nameAt, name, 'must not already exist in volumeMounts'))
    if (mounts.some(m => m.mountPath === devicePath)) {
      out.push(invalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts'))
    }
    if (name) names.add(name)
  })
}
