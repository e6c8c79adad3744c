import type { AdmissionPlugin } from './plugin.ts'

const FINALIZERS: Readonly<Record<string, string>> = {
  'core/persistentvolumeclaims': 'kubernetes.io/pvc-protection',
  'core/persistentvolumes': 'kubernetes.io/pv-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
}

/** Claims, volumes and their classes cannot go while something uses them. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit(request) {
    const finalizer = FINALIZERS[request.kind.storage]
    if (!finalizer || request.subresource || request.operation !== 'CREATE' || !request.object) return
    const { metadata } = request.object
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer]
  },
}
