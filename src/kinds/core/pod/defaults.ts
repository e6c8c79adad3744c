import { canonicalQuantity, formatQuantity, MILLI, parseQuantity, roundUp } from '../../../base/quantity.ts'
import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  ObjectFieldSelector,
  PersistentVolumeClaimSpec,
  PodSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from '../../generated/types.ts'
import { parseImageName } from './image-name.ts'
import { isOvercommitAllowed, isPodLevelResource, isHugePages } from './resource-names.ts'
import { sumOfContainers } from './resources.ts'

const GRACE_SECONDS = 30
const FILE_MODE = 0o644
const TOKEN_SECONDS = 3600

/** Defaults of the spec of a pod itself; a template has only those of {@link setPodSpecDefaults}. */
export function setPodDefaults(spec: PodSpec): void {
  spec.containers ??= []
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestWhatIsLimited(container.resources)
  }
  setPodLevelLimits(spec)
  setPodLevelRequests(spec)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) if (!port.hostPort) port.hostPort = port.containerPort
    }
  }
  setPodSpecDefaults(spec)
}

/** Defaults of the spec of a pod or pod template. */
export function setPodSpecDefaults(spec: PodSpec): void {
  // Bodies may leave them out: validation says so, and nothing before it need care.
  spec.containers ??= []
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= GRACE_SECONDS
  spec.schedulerName ||= 'default-scheduler'
  setServiceAccount(spec)
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume)
  for (const list of [spec.initContainers, spec.containers, spec.ephemeralContainers]) {
    for (const container of list ?? []) setContainerDefaults(container)
  }
  roundAmounts(spec.overhead)
  roundRequirements(spec.resources)
}

/** The old name of the field always says the same as the new one. */
function setServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount
  if (!name) return
  spec.serviceAccountName = name
  spec.serviceAccount = name
}

function requestWhatIsLimited(resources: ResourceRequirements | undefined): void {
  if (!resources?.limits) return
  resources.requests = { ...resources.limits, ...resources.requests }
}

/** Huge pages that containers are limited to count for the pod, once it has amounts of its own. */
function setPodLevelLimits(spec: PodSpec): void {
  const { resources } = spec
  if (!resources || (!size(resources.limits) && !size(resources.requests))) return
  for (const [name, amount] of sumOfContainers(spec, 'limits')) {
    if (!isHugePages(name) || resources.requests?.[name] !== undefined || resources.limits?.[name] !== undefined)
      continue
    resources.limits = { ...resources.limits, [name]: formatQuantity(amount) }
  }
}

/** The pod asks for what its containers ask for together, or for its limit where they ask for nothing. */
function setPodLevelRequests(spec: PodSpec): void {
  const { resources } = spec
  if (!resources || !size(resources.limits)) return
  const requests = { ...resources.requests }
  for (const [name, amount] of sumOfContainers(spec, 'requests')) {
    if (isPodLevelResource(name) && isOvercommitAllowed(name)) requests[name] ??= formatQuantity(amount)
  }
  for (const [name, limit] of Object.entries(resources.limits ?? {})) {
    if (isPodLevelResource(name)) requests[name] ??= limit
  }
  if (size(requests)) resources.requests = requests
}

const size = (list: object | undefined): number => Object.keys(list ?? {}).length

/** Always for `:latest`, otherwise only when the image is missing. */
function pullPolicyFor(image: string | undefined): string {
  return parseImageName(image ?? '')?.tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function setContainerDefaults(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= pullPolicyFor(container.image)
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    setFieldRefDefaults(valueFrom?.fieldRef)
    setDivisor(valueFrom?.resourceFieldRef)
    if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false
  }
  roundRequirements(container.resources)
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) setProbeDefaults(probe)
  }
  setHttpGetDefaults(container.lifecycle?.postStart?.httpGet)
  setHttpGetDefaults(container.lifecycle?.preStop?.httpGet)
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  setHttpGetDefaults(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function setHttpGetDefaults(get: HTTPGetAction | undefined): void {
  if (!get) return
  get.path ||= '/'
  get.scheme ||= 'HTTP'
}

function setFieldRefDefaults(ref: ObjectFieldSelector | undefined): void {
  if (ref) ref.apiVersion ||= 'v1'
}

/** A divisor is always written, zero meaning one. */
function setDivisor(ref: { divisor?: string | undefined } | undefined): void {
  if (ref) ref.divisor = canonicalQuantity(ref.divisor ?? '0')
}

function setVolumeDefaults(volume: Volume): void {
  if (Object.keys(volume).every(key => key === 'name')) volume.emptyDir = {}
  if (volume.image) volume.image.pullPolicy ||= pullPolicyFor(volume.image.reference)
  if (volume.hostPath) volume.hostPath.type ??= ''
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= FILE_MODE
  }
  const projected = volume.projected?.sources ?? []
  for (const { downwardAPI } of [volume, ...projected]) {
    for (const file of downwardAPI?.items ?? []) {
      setFieldRefDefaults(file.fieldRef)
      setDivisor(file.resourceFieldRef)
    }
  }
  for (const { serviceAccountToken } of projected) {
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS
  }
  setStorageDefaults(volume)
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec
  if (claim) setClaimSpecDefaults(claim)
}

function setStorageDefaults({ iscsi, rbd, azureDisk, scaleIO }: Volume): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (rbd) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
    azureDisk.kind ??= 'Shared'
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}

/** Defaults of a claim's spec, also within ephemeral volumes and stateful sets. */
export function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  roundAmounts(spec.resources?.limits)
  roundAmounts(spec.resources?.requests)
}

/** Amounts are rounded up to thousandths. Also of the amounts in a pod's status. */
export function roundRequirements(resources: Pick<ResourceRequirements, 'limits' | 'requests'> | undefined): void {
  roundAmounts(resources?.limits)
  roundAmounts(resources?.requests)
}

/** See {@link roundRequirements}. */
export function roundAmounts(list: Record<string, string> | undefined): void {
  if (!list) return
  for (const [name, text] of Object.entries(list)) list[name] = formatQuantity(roundUp(parseQuantity(text), MILLI))
}
