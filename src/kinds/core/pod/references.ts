import type { EnvFromSource, EnvVar, Pod, Volume } from '../../generated/types.ts'
import type { Frozen } from '../../object.ts'

/** The objects of its namespace that a pod makes use of, by name. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>
  readonly configMaps: ReadonlySet<string>
  /** Claims by name, those that are made for ephemeral volumes too. */
  readonly claims: ReadonlySet<string>
  readonly serviceAccount: string
}

/** What a pod refers to in volumes, environment and pull secrets: what its node must be able to read. */
export function podReferences(pod: Frozen<Pod>): PodReferences {
  const spec = pod.spec
  const secrets = new Set<string>()
  const configMaps = new Set<string>()
  const claims = new Set<string>()
  const add = (to: Set<string>, name: string | undefined): void => void (name && to.add(name))
  for (const { name } of spec?.imagePullSecrets ?? []) add(secrets, name)
  for (const volume of spec?.volumes ?? []) {
    for (const name of volumeSecrets(volume)) add(secrets, name)
    add(configMaps, volume.configMap?.name)
    for (const source of volume.projected?.sources ?? []) add(configMaps, source.configMap?.name)
    add(claims, volume.persistentVolumeClaim?.claimName)
    if (volume.ephemeral) add(claims, `${pod.metadata?.name}-${volume.name}`)
  }
  for (const container of [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ]) {
    for (const from of (container.envFrom ?? []) as Frozen<EnvFromSource>[]) {
      add(secrets, from.secretRef?.name)
      add(configMaps, from.configMapRef?.name)
    }
    for (const { valueFrom } of (container.env ?? []) as Frozen<EnvVar>[]) {
      add(secrets, valueFrom?.secretKeyRef?.name)
      add(configMaps, valueFrom?.configMapKeyRef?.name)
    }
  }
  return { secrets, configMaps, claims, serviceAccount: spec?.serviceAccountName ?? '' }
}

function volumeSecrets(volume: Frozen<Volume>): (string | undefined)[] {
  return [
    volume.secret?.secretName,
    ...(volume.projected?.sources ?? []).map(s => s.secret?.name),
    volume.azureFile?.secretName,
    volume.cephfs?.secretRef?.name,
    volume.cinder?.secretRef?.name,
    volume.csi?.nodePublishSecretRef?.name,
    volume.flexVolume?.secretRef?.name,
    volume.iscsi?.secretRef?.name,
    volume.rbd?.secretRef?.name,
    volume.scaleIO?.secretRef?.name,
    volume.storageos?.secretRef?.name,
  ]
}
