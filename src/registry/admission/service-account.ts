import { forbiddenError } from '../../base/errors.ts'
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { isPathSegment } from '../../kinds/validation/names.ts'
import { generateName } from '../metadata.ts'
import { type AdmissionPlugin, isAbout, resourceOf } from './plugin.ts'

const VOLUME_PREFIX = 'kube-api-access-'
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const MIRROR = 'kubernetes.io/config.mirror'
/** A little over an hour: the kubelet renews tokens of an hour, and longer ones are extended. */
const EXPIRATION_SECONDS = 3607
const DEFAULT_MODE = 0o644

/** Gives each pod a service account, its pull secrets, and a volume with its token. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit(request, world) {
    if (!isAbout(request, 'core/pods') || request.operation !== 'CREATE' || !request.object) return
    const spec = (request.object as KubeObject & Pod).spec as PodSpec
    const forbid = (cause: string): Error => forbiddenError(resourceOf(request), request.name, cause)
    if (request.object.metadata.annotations?.[MIRROR] !== undefined) {
      const fault = mirrorFault(spec)
      if (fault) throw forbid(fault)
      return
    }
    const name = spec.serviceAccountName || 'default'
    spec.serviceAccountName = name
    spec.serviceAccount = name
    const account = world.get<KubeObject & ServiceAccount>('core/serviceaccounts', request.namespace, name)
    if (!account) throw forbid(`error looking up service account ${request.namespace}/${name}: ${lookupFault(name)}`)
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec)
    addPullSecrets(spec, account)
  },
}

/** The lookup is a request of its own, which a name that fits in no path does not survive. */
function lookupFault(name: string): string {
  const faults = isPathSegment(name, false)
  const quoted = JSON.stringify(name)
  return faults.length
    ? `invalid resource name ${quoted}: [${faults.join(', ')}]`
    : `serviceaccount ${quoted} not found`
}

/** Static pods cannot use what only the API server has. */
function mirrorFault(spec: PodSpec): string | undefined {
  if (spec.serviceAccountName) return 'a mirror pod may not reference service accounts'
  const volumes = spec.volumes ?? []
  if (volumes.some(v => v.secret)) return 'a mirror pod may not reference secrets'
  if (volumes.some(v => v.projected?.sources?.some(s => s.serviceAccountToken)))
    return 'a mirror pod may not use ServiceAccountToken volume projections'
  return undefined
}

function addPullSecrets(spec: PodSpec, account: Frozen<ServiceAccount>): void {
  if (spec.imagePullSecrets?.length || !account.imagePullSecrets?.length) return
  spec.imagePullSecrets = account.imagePullSecrets.map(s => ({ ...s }))
}

/** Mounts the token in every container that has nothing at its path. */
export function mountToken(spec: PodSpec): void {
  const existing = spec.volumes?.find(v => v.name.startsWith(VOLUME_PREFIX))
  const name = existing?.name ?? generateName(VOLUME_PREFIX)
  let mounted = false
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])])
    mounted = addMount(container, name) || mounted
  if (!existing && mounted) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

function addMount(container: Container, name: string): boolean {
  if (container.volumeMounts?.some(m => m.mountPath === MOUNT_PATH)) return false
  container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: MOUNT_PATH }]
  return true
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: DEFAULT_MODE,
    },
  }
}
