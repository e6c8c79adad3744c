import type {
  DownwardAPIVolumeSource,
  PersistentVolumeSpec,
  ProjectedVolumeSource,
  Volume,
} from '../../../kinds/generated/types.ts'
import { parseQuantity, signOf } from '../../../base/quantity.ts'
import type { Writer } from './writer.ts'

/** The volumes of a pod or template. */
export function volumeLines(w: Writer, volumes: readonly Volume[] | undefined, space: string): void {
  if (!volumes?.length) return w.line(0, `${space}Volumes:\t<none>`)
  w.line(0, `${space}Volumes:`)
  for (const v of volumes) {
    w.line(1, `${space ? ' ' : ''}${v.name}:`)
    sourceLines(w, v)
  }
}

function sourceLines(w: Writer, v: Volume): void {
  if (v.projected) return projectedLines(w, v.projected)
  if (v.downwardAPI) return downwardLines(w, v.downwardAPI)
  const known = fieldsOf(v)
  if (!known) return w.line(1, '<unknown>')
  w.line(2, `Type:\t${known.type}`)
  for (const [name, value] of known.fields) w.line(2, `${name}:\t${String(value ?? '')}`)
}

/** The source of a persistent volume. */
export function persistentSourceLines(w: Writer, { csi, local, ...rest }: PersistentVolumeSpec): void {
  if (csi) {
    const attributes = Object.entries(csi.volumeAttributes ?? {}).map(([key, value]) => `${key}=${value}`)
    w.line(2, 'Type:\tCSI (a Container Storage Interface (CSI) volume source)')
    w.line(2, `Driver:\t${csi.driver}`)
    w.line(2, `FSType:\t${csi.fsType ?? ''}`)
    w.line(2, `VolumeHandle:\t${csi.volumeHandle}`)
    w.line(2, `ReadOnly:\t${csi.readOnly === true}`)
    if (attributes.length === 0) w.line(2, 'VolumeAttributes:\t<none>')
    attributes.sort().forEach((a, i) => w.line(2, `${i === 0 ? 'VolumeAttributes:' : ''}\t    ${a}`))
    return
  }
  if (local) {
    w.line(2, 'Type:\tLocalVolume (a persistent volume backed by local storage on a node)')
    w.line(2, `Path:\t${local.path}`)
    return
  }
  // The other sources are those that pods name themselves.
  sourceLines(w, {
    name: '',
    ...(rest.hostPath ? { hostPath: rest.hostPath } : {}),
    ...(rest.nfs ? { nfs: rest.nfs } : {}),
  })
}

type Fields = readonly (readonly [string, unknown])[]

function fieldsOf(v: Volume): { type: string; fields: Fields } | undefined {
  if (v.hostPath)
    return {
      type: 'HostPath (bare host directory volume)',
      fields: [
        ['Path', v.hostPath.path],
        ['HostPathType', v.hostPath.type ?? '<none>'],
      ],
    }
  if (v.emptyDir) {
    const { medium, sizeLimit } = v.emptyDir
    const limited = sizeLimit !== undefined && signOf(parseQuantity(sizeLimit)) > 0
    return {
      type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
      fields: [
        ['Medium', medium],
        ['SizeLimit', limited ? sizeLimit : '<unset>'],
      ],
    }
  }
  if (v.secret)
    return {
      type: 'Secret (a volume populated by a Secret)',
      fields: [
        ['SecretName', v.secret.secretName],
        ['Optional', v.secret.optional === true],
      ],
    }
  if (v.configMap)
    return {
      type: 'ConfigMap (a volume populated by a ConfigMap)',
      fields: [
        ['Name', v.configMap.name],
        ['Optional', v.configMap.optional === true],
      ],
    }
  if (v.persistentVolumeClaim)
    return {
      type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
      fields: [
        ['ClaimName', v.persistentVolumeClaim.claimName],
        ['ReadOnly', v.persistentVolumeClaim.readOnly === true],
      ],
    }
  if (v.nfs)
    return {
      type: 'NFS (an NFS mount that lasts the lifetime of a pod)',
      fields: [
        ['Server', v.nfs.server],
        ['Path', v.nfs.path],
        ['ReadOnly', v.nfs.readOnly === true],
      ],
    }
  if (v.csi)
    return {
      type: 'CSI (a Container Storage Interface (CSI) volume source)',
      fields: [
        ['Driver', v.csi.driver],
        ['FSType', v.csi.fsType],
        ['ReadOnly', v.csi.readOnly === true],
      ],
    }
  if (v.image)
    return {
      type: 'Image (a container image or OCI artifact)',
      fields: [
        ['Reference', v.image.reference],
        ['PullPolicy', v.image.pullPolicy],
      ],
    }
  if (v.ephemeral)
    return {
      type: 'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
      fields: [],
    }
  return undefined
}

function projectedLines(w: Writer, projected: ProjectedVolumeSource): void {
  w.line(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)')
  for (const s of projected.sources ?? []) {
    if (s.secret) {
      w.line(2, `SecretName:\t${s.secret.name ?? ''}`)
      w.line(2, `Optional:\t${s.secret.optional === true}`)
    } else if (s.downwardAPI) w.line(2, 'DownwardAPI:\ttrue')
    else if (s.configMap) {
      w.line(2, `ConfigMapName:\t${s.configMap.name ?? ''}`)
      w.line(2, `Optional:\t${s.configMap.optional === true}`)
    } else if (s.serviceAccountToken)
      w.line(2, `TokenExpirationSeconds:\t${s.serviceAccountToken.expirationSeconds ?? 3600}`)
  }
}

function downwardLines(w: Writer, source: DownwardAPIVolumeSource): void {
  w.line(2, 'Type:\tDownwardAPI (a volume populated by information about the pod)')
  w.line(2, 'Items:')
  for (const item of source.items ?? []) {
    if (item.fieldRef) w.line(3, `${item.fieldRef.fieldPath} -> ${item.path}`)
    if (item.resourceFieldRef) w.line(3, `${item.resourceFieldRef.resource} -> ${item.path}`)
  }
}
