import { formatTime } from '../../../base/clock.ts'
import { ownOf } from '../../../base/json.ts'
import type {
  AppArmorProfile,
  Container,
  EphemeralContainer,
  LabelSelector,
  PodAffinityTerm,
  PodCondition,
  PodSpec,
  PodStatus,
} from '../../generated/types.ts'
import type { RuleContext } from '../../kind.ts'
import { semanticEqual } from '../../validation/equal.ts'
import { APP_ARMOR } from './annotations.ts'
import { dropDisabledFields } from './disabled-fields.ts'
import type { Faults } from './faults.ts'
import { type PodObject, specOf } from './object.ts'
import { computeQosClass } from './qos.ts'
import { checkAppArmor, containersWithPaths } from './security.ts'

/** A new pod begins Pending, whatever status it came with, and without conditions but that of its gates. */
export function prepareNewPod(draft: PodObject, context: Pick<RuleContext, 'now'>): void {
  const spec = specOf(draft)
  draft.metadata.generation = 1
  // A class that the pod came with stays, as long as its status holds one.
  draft.status = { phase: 'Pending', qosClass: draft.status?.qosClass || computeQosClass(spec) }
  dropDisabledFields(spec)
  if (spec.schedulingGates?.length) {
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      // Go writes times that it does not have as null.
      lastProbeTime: null,
      lastTransitionTime: formatTime(context.now),
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
    }
    draft.status.conditions = [condition as unknown as PodCondition]
  }
  mergeLabelKeys(spec, draft.metadata.labels ?? {})
  takeAppArmorAnnotations(draft)
}

/** Keys of matchLabelKeys become expressions with the pod's own values. */
function mergeLabelKeys(spec: PodSpec, labels: Readonly<Record<string, string>>): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const terms: PodAffinityTerm[] = [...preferred.map(t => t.podAffinityTerm), ...required]
    for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of terms) {
      mergeKeys(labelSelector, matchLabelKeys, 'In', labels)
      mergeKeys(labelSelector, mismatchLabelKeys, 'NotIn', labels)
    }
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    mergeKeys(labelSelector, matchLabelKeys, 'In', labels)
  }
}

function mergeKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  if (!selector || !keys) return
  for (const key of keys) {
    const value = ownOf(labels, key)
    if (value === undefined) continue
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }]
  }
}

/** The profile that an AppArmor annotation names; undefined where it is not understood. */
export function appArmorFromAnnotation(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  const local = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : ''
  return local ? { type: 'Localhost', localhostProfile: local } : undefined
}

/** Containers whose profile the old annotation gives, and what becomes of it. */
function annotatedContainers(pod: PodObject) {
  const spec = specOf(pod)
  if (spec.os?.name === 'windows' || !pod.metadata.annotations) return []
  const podProfile = spec.securityContext?.appArmorProfile
  const found: { container: Container | EphemeralContainer; key: string; profile?: AppArmorProfile }[] = []
  for (const { container } of containersWithPaths(spec, 'spec')) {
    const key = APP_ARMOR + container.name
    const annotation = pod.metadata.annotations[key]
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue
    const profile = appArmorFromAnnotation(annotation)
    const faults: Faults = []
    checkAppArmor(profile, '', faults)
    // What cannot become a field is only warned of.
    if (!profile || faults.length) found.push({ container, key })
    // A profile that the pod has anyway needs neither field nor warning.
    else if (!semanticEqual(profile, podProfile)) found.push({ container, key, profile })
  }
  return found
}

/** Keys of annotations that gave a new pod its profiles (or could not), by draft: once they are fields it is too late. */
const deprecatedKeys = new WeakMap<PodObject, string[]>()

/** Annotations of a new pod that stood for fields. */
export const appArmorKeys = (pod: PodObject): readonly string[] => deprecatedKeys.get(pod) ?? []

function takeAppArmorAnnotations(draft: PodObject): void {
  const found = annotatedContainers(draft)
  if (found.length === 0) return
  deprecatedKeys.set(
    draft,
    found.map(({ key }) => key),
  )
  for (const { container, profile } of found) {
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile }
  }
}

/** Everything but what the kubelet says. */
export function prepareChangedPod(draft: PodObject, old: PodObject): void {
  setStatus(draft, old.status)
  dropDisabledFields(draft.spec, old.spec)
}

function setStatus(draft: PodObject, status: PodStatus | undefined): void {
  if (status) draft.status = status
  else delete draft.status
}

/** A status update: the rest stays, apart from labels, annotations and finalizers. */
export function prepareChangedStatus(draft: PodObject, old: PodObject): void {
  if (old.spec) draft.spec = old.spec
  keep(draft.metadata, old.metadata, ['deletionTimestamp', 'ownerReferences'])
  const status = (draft.status = { ...draft.status })
  if (!status.qosClass && old.status?.qosClass) status.qosClass = old.status.qosClass
  if (!status.observedGeneration && old.status?.observedGeneration) {
    status.observedGeneration = old.status.observedGeneration
  }
  const before = [...(old.status?.conditions ?? [])]
  if (!status.conditions) return
  status.conditions = status.conditions.map(condition => {
    const at = before.findIndex(b => b.type === condition.type)
    const generation = at < 0 ? undefined : before.splice(at, 1)[0]?.observedGeneration
    return condition.observedGeneration || !generation ? condition : { ...condition, observedGeneration: generation }
  })
}

/** Copies fields from `from`, and removes those that are missing there. */
function keep<T extends object>(to: T, from: T, fields: readonly (keyof T)[]): void {
  for (const field of fields) {
    if (from[field] === undefined) delete to[field]
    else to[field] = from[field]
  }
}

const META_FROM_OLD = [
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'generation',
] as const

function keepAllBut(draft: PodObject, old: PodObject, spec: PodSpec): void {
  draft.spec = spec
  setStatus(draft, old.status)
  keep(draft.metadata, old.metadata, META_FROM_OLD)
}

/** Only ephemeral containers change. */
export function prepareEphemeralContainers(draft: PodObject, old: PodObject): void {
  const { ephemeralContainers } = specOf(draft)
  const spec = { ...specOf(old) }
  if (ephemeralContainers) spec.ephemeralContainers = ephemeralContainers
  else delete spec.ephemeralContainers
  keepAllBut(draft, old, spec)
  dropDisabledFields(draft.spec, old.spec)
}

/** Only amounts and resize policies change. Where containers came or went, validation is to see it. */
export function prepareResize(draft: PodObject, old: PodObject): void {
  const [next, before] = [specOf(draft), specOf(old)]
  const sameCount =
    (next.containers ?? []).length === (before.containers ?? []).length &&
    (next.initContainers ?? []).length === (before.initContainers ?? []).length
  if (!sameCount) return
  const spec: PodSpec = { ...before, containers: resized(next.containers, before.containers) }
  if (next.initContainers) spec.initContainers = resized(next.initContainers, before.initContainers ?? [])
  if (next.resources) spec.resources = next.resources
  else delete spec.resources
  keepAllBut(draft, old, spec)
  dropDisabledFields(draft.spec, old.spec)
}

function resized(next: readonly Container[], old: readonly Container[]): Container[] {
  if (next.some((container, i) => container.name !== old[i]?.name)) return [...next]
  return old.map((container, i) => {
    const { resizePolicy: _, resources: __, ...rest } = container
    const { resizePolicy, resources } = next[i] ?? container
    return { ...rest, ...(resources ? { resources } : {}), ...(resizePolicy ? { resizePolicy } : {}) }
  })
}
