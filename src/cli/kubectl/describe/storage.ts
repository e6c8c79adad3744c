import { labelsText } from '../../../kinds/columns.ts'
import { accessModesText } from '../../../kinds/core/access-modes.ts'
import type {
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../../kinds/generated/types.ts'
import { annotationLines, boolText, type Described, type Describer, eventLines, labelLines } from './shared.ts'
import { persistentSourceLines } from './volumes.ts'
import type { Writer } from './writer.ts'

const CLASS = 'volume.beta.kubernetes.io/storage-class'
const DEFAULTS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

/** `kubectl describe persistentvolumeclaim`. */
export const describeClaim: Describer<Described<PersistentVolumeClaim>> = async (w, claim, context) => {
  const { metadata: m, spec, status } = claim
  const bound = Boolean(spec?.volumeName)
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  w.line(0, `StorageClass:\t${m.annotations?.[CLASS] ?? spec?.storageClassName ?? ''}`)
  const phase = status?.phase ?? ''
  w.line(0, m.deletionTimestamp ? `Status:\tTerminating (lasts ${m.deletionTimestamp})` : `Status:\t${phase}`)
  w.line(0, `Volume:\t${spec?.volumeName ?? ''}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  w.line(0, `Finalizers:\t[${(m.finalizers ?? []).join(' ')}]`)
  w.line(0, `Capacity:\t${bound ? (status?.capacity?.['storage'] ?? '') : ''}`)
  w.line(0, `Access Modes:\t${bound ? accessModesText(status?.accessModes) : ''}`)
  w.line(0, `VolumeMode:\t${spec?.volumeMode ?? ''}`)
  if (spec?.dataSource) {
    w.line(0, 'DataSource:')
    w.line(1, `APIGroup:\t${spec.dataSource.apiGroup ?? ''}`)
    w.line(1, `Kind:\t${spec.dataSource.kind}`)
    w.line(1, `Name:\t${spec.dataSource.name}`)
  }
  const pods = await context.list<Described<Pod>>(`/api/v1/namespaces/${m.namespace ?? ''}/pods`)
  const users = pods.filter(p =>
    p.spec?.volumes?.some(
      v => v.persistentVolumeClaim?.claimName === m.name || (v.ephemeral && `${p.metadata.name}-${v.name}` === m.name),
    ),
  )
  if (users.length === 0) w.line(0, 'Used By:\t<none>')
  users.forEach((p, i) => w.line(0, `${i === 0 ? 'Used By:' : ''}\t${p.metadata.name ?? ''}`))
  eventLines(w, await context.events(), context.now)
}

/** `kubectl describe persistentvolume`. */
export const describeVolume: Describer<Described<PersistentVolume>> = async (w, volume, context) => {
  const { metadata: m, spec, status } = volume
  const ref = spec?.claimRef
  w.line(0, `Name:\t${m.name ?? ''}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  w.line(0, `Finalizers:\t[${(m.finalizers ?? []).join(' ')}]`)
  w.line(0, `StorageClass:\t${m.annotations?.[CLASS] ?? spec?.storageClassName ?? ''}`)
  const phase = status?.phase ?? ''
  w.line(0, m.deletionTimestamp ? `Status:\tTerminating (lasts ${m.deletionTimestamp})` : `Status:\t${phase}`)
  w.line(0, `Claim:\t${ref ? `${ref.namespace ?? ''}/${ref.name ?? ''}` : ''}`)
  w.line(0, `Reclaim Policy:\t${spec?.persistentVolumeReclaimPolicy ?? ''}`)
  w.line(0, `Access Modes:\t${accessModesText(spec?.accessModes)}`)
  w.line(0, `VolumeMode:\t${spec?.volumeMode ?? ''}`)
  w.line(0, `Capacity:\t${spec?.capacity?.['storage'] ?? ''}`)
  affinityLines(w, spec?.nodeAffinity?.required?.nodeSelectorTerms)
  w.line(0, `Message:\t${status?.message ?? ''}`)
  w.line(0, 'Source:')
  if (spec) persistentSourceLines(w, spec)
  eventLines(w, await context.events(), context.now)
}

function affinityLines(w: Writer, terms: readonly NodeSelectorTerm[] | undefined): void {
  if (!terms) return w.line(0, 'Node Affinity:\t<none>')
  w.line(0, 'Node Affinity:\t')
  w.line(1, terms.length === 0 ? 'Required Terms:\t<none>' : 'Required Terms:\t')
  for (const [i, term] of terms.entries()) {
    const all = (term.matchExpressions ?? []).map(expressionText)
    w.line(2, `Term ${i}:\t${all[0] ?? '<none>'}`)
    for (const more of all.slice(1)) w.line(2, `\t${more}`)
  }
}

function expressionText({ key, operator, values = [] }: NodeSelectorRequirement): string {
  const text = `${key} ${operator.toLowerCase()}`
  return values.length > 0 ? `${text} [${values.join(', ')}]` : text
}

/** `kubectl describe storageclass`. */
export const describeStorageClass: Describer<Described<StorageClass>> = async (w, sc, context) => {
  const { annotations } = sc.metadata
  const isDefault = DEFAULTS.some(key => annotations?.[key] === 'true')
  w.line(0, `Name:\t${sc.metadata.name ?? ''}`)
  w.line(0, `IsDefaultClass:\t${isDefault ? 'Yes' : 'No'}`)
  w.line(0, `Annotations:\t${labelsText(annotations)}`)
  w.line(0, `Provisioner:\t${sc.provisioner}`)
  w.line(0, `Parameters:\t${labelsText(sc.parameters)}`)
  w.line(
    0,
    `AllowVolumeExpansion:\t${sc.allowVolumeExpansion === undefined ? '<unset>' : boolText(sc.allowVolumeExpansion)}`,
  )
  if (!sc.mountOptions?.length) w.line(0, 'MountOptions:\t<none>')
  else w.line(0, ['MountOptions:', ...sc.mountOptions.map(o => `  ${o}`)].join('\n'))
  w.line(0, `ReclaimPolicy:\t${sc.reclaimPolicy ?? ''}`)
  if (sc.volumeBindingMode) w.line(0, `VolumeBindingMode:\t${sc.volumeBindingMode}`)
  eventLines(w, await context.events(), context.now)
}
