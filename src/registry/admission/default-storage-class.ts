import type { PersistentVolumeClaim, StorageClass } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, isAbout } from './plugin.ts'

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'
const BETA_DEFAULT = 'storageclass.beta.kubernetes.io/is-default-class'
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class'

/** A claim that names no class gets the default one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  admit(request, world) {
    if (!isAbout(request, 'core/persistentvolumeclaims') || request.operation !== 'CREATE' || !request.object) return
    const claim = request.object as KubeObject & PersistentVolumeClaim
    if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[BETA_CLASS] !== undefined) return
    const name = defaultClassName(world)
    if (name !== undefined) claim.spec = { ...claim.spec, storageClassName: name }
  },
}

/** Of several, the newest; of those made in one second, the first by name. */
function defaultClassName(world: World): string | undefined {
  const marked = world
    .list<KubeObject & StorageClass>('storage.k8s.io/storageclasses', '')
    .filter(c => isDefault(c))
    .sort((a, b) => {
      const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
      return x === y ? ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1) : x > y ? -1 : 1
    })
  return marked[0]?.metadata.name
}

function isDefault({ metadata }: Frozen<KubeObject>): boolean {
  return metadata.annotations?.[DEFAULT] === 'true' || metadata.annotations?.[BETA_DEFAULT] === 'true'
}
