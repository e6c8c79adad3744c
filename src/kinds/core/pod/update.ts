import { forbidden, invalid, required } from '../../../base/field-error.ts'
import type { Container, NodeAffinity, NodeSelectorTerm, PodSpec, Toleration } from '../../generated/types.ts'
import { changedKeys, semanticEqual } from '../../validation/equal.ts'
import { validateMetadata } from '../../validation/metadata.ts'
import { rulesForChange } from './allowances.ts'
import { checkAnnotationChanges, checkPodAnnotations, MIRROR_POD } from './annotations.ts'
import { checkImagePadding } from './containers.ts'
import { checkRange, type Faults } from './faults.ts'
import { type PodObject, specOf } from './object.ts'
import { checkTolerations } from './scheduling.ts'
import { checkPod } from './validate.ts'

/** What may change in the spec of a pod, as the refusal of anything else puts it. */
const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')

const MAX_INT32 = 2147483647

/** The rules for pods and annotations that hold for every change. */
export function checkAnyChange(pod: PodObject, old: PodObject, out: Faults): void {
  const rules = rulesForChange(specOf(old), old.metadata, true)
  const annotations = pod.metadata.annotations ?? {}
  // Metadata and annotations are checked as parts of the pod and as changes: Kubernetes tells both.
  out.push(...validateMetadata(pod.metadata, { namespaced: true }))
  checkPod(pod, rules, out)
  checkAnnotationChanges(annotations, old.metadata.annotations ?? {}, 'metadata.annotations', out)
  checkPodAnnotations(annotations, specOf(pod), 'metadata.annotations', rules, out)
}

/** Faults of a changed pod. */
export function checkPodUpdate(pod: PodObject, old: PodObject, out: Faults): void {
  checkAnyChange(pod, old, out)
  const [next, before] = [specOf(pod), specOf(old)]
  if (!sameContainers(next, before, out)) return
  if (!checkDeadline(next.activeDeadlineSeconds, before.activeDeadlineSeconds, out)) return
  checkAddedTolerations(next.tolerations ?? [], before.tolerations ?? [], out)
  checkRemovedGates(next, before, out)
  if (semanticEqual(next, before)) return
  const rest = withAllowedChanges(next, before)
  if (before.schedulingGates?.length) allowNarrowing(rest, before, out)
  if (semanticEqual(rest, before)) return
  const text = `pod updates may not change fields other than ${UPDATABLE}`
  out.push(forbidden('spec', `${text}\n${describeChange(rest, before)}`))
}

/** The fields that differ, old and new. */
function describeChange(next: PodSpec, old: PodSpec): string {
  return changedKeys(next, old)
    .map(key => {
      const [was, is] = [Reflect.get(old, key), Reflect.get(next, key)]
      return `  ${key}: ${JSON.stringify(was) ?? 'nothing'} to ${JSON.stringify(is) ?? 'nothing'}`
    })
    .join('\n')
}

/** False where containers came or went: nothing else can be said then. */
function sameContainers(next: PodSpec, old: PodSpec, out: Faults): boolean {
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = next[list] ?? []
    if (containers.length !== (old[list] ?? []).length) {
      out.push(forbidden(`spec.${list}`, 'pod updates may not add or remove containers'))
      return false
    }
    containers.forEach((container, i) => {
      if (!container.image) out.push(required(`spec.${list}[${i}].image`))
      checkImagePadding(container, `spec.${list}[${i}]`, out)
    })
  }
  return true
}

/** A deadline can be set and shortened. False where it is so wrong that the rest is left out. */
function checkDeadline(next: number | undefined, old: number | undefined, out: Faults): boolean {
  const path = 'spec.activeDeadlineSeconds'
  const before = out.length
  if (next === undefined) {
    if (old !== undefined) out.push(invalid(path, null, 'must not update from a positive integer to nil value'))
    return true
  }
  checkRange(next, 0, MAX_INT32, path, out)
  if (out.length === before && old !== undefined && old < next) {
    out.push(invalid(path, next, 'must be less than or equal to previous value'))
  }
  return out.length === before
}

function checkAddedTolerations(next: readonly Toleration[], old: readonly Toleration[], out: Faults): void {
  const untimed = ({ tolerationSeconds: _, ...rest }: Toleration) => rest
  const kept = old.every(o => next.some(n => semanticEqual(untimed(n), untimed(o))))
  if (!kept) {
    out.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'))
    return
  }
  checkTolerations(next, 'spec.tolerations', out)
}

function checkRemovedGates(next: PodSpec, old: PodSpec, out: Faults): void {
  const known = new Set((old.schedulingGates ?? []).map(gate => gate.name))
  next.schedulingGates?.forEach(({ name }, i) => {
    if (known.has(name)) return
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`
    out.push(forbidden(`spec.schedulingGates[${i}].name`, text))
  })
}

/** The new spec with all that may change put back. */
function withAllowedChanges(next: PodSpec, old: PodSpec): PodSpec {
  const rest: PodSpec = { ...next, containers: withImagesOf(next.containers, old.containers) }
  if (next.initContainers) rest.initContainers = withImagesOf(next.initContainers, old.initContainers ?? [])
  restore(rest, old, 'activeDeadlineSeconds')
  restore(rest, old, 'schedulingGates')
  restore(rest, old, 'tolerations')
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1) {
    restore(rest, old, 'terminationGracePeriodSeconds')
  }
  return rest
}

const withImagesOf = (next: readonly Container[], old: readonly Container[]): Container[] =>
  next.map((container, i) => ({ ...container, image: old[i]?.image }))

function restore(spec: PodSpec, old: PodSpec, field: keyof PodSpec): void {
  if (old[field] === undefined) delete spec[field]
  else Reflect.set(spec, field, old[field])
}

/** A pod behind gates may be sent to fewer nodes than before. Puts the change back where it is fine. */
function allowNarrowing(rest: PodSpec, old: PodSpec, out: Faults): void {
  if (!semanticEqual(rest.nodeSelector, old.nodeSelector)) {
    const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => rest.nodeSelector?.[key] === value)
    const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
    if (!kept) out.push(invalid('spec.nodeSelector', rest.nodeSelector ?? {}, text))
    restore(rest, old, 'nodeSelector')
  }
  const [next, before] = [rest.affinity?.nodeAffinity, old.affinity?.nodeAffinity]
  if (semanticEqual(next, before)) return
  checkNarrowerAffinity(next, before, out)
  const { nodeAffinity: _, ...others } = rest.affinity ?? {}
  if (before) rest.affinity = { ...others, nodeAffinity: before }
  else if (old.affinity === undefined && Object.keys(others).length === 0) delete rest.affinity
  else rest.affinity = others
}

function checkNarrowerAffinity(next: NodeAffinity | undefined, old: NodeAffinity | undefined, out: Faults): void {
  const oldTerms = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (oldTerms.length === 0) return
  const terms = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  if (oldTerms.length !== terms.length) {
    out.push(invalid(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'))
    return
  }
  terms.forEach((term, i) => {
    if (!onlyAdds(term, oldTerms[i] ?? {})) {
      out.push(invalid(`${path}[${i}]`, term, 'only additions are allowed (no mutations or deletions)'))
    }
  })
}

/** An empty term selects nothing: adding to it would widen it. */
function onlyAdds(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const lists = ['matchExpressions', 'matchFields'] as const
  if (lists.every(list => !old[list]?.length)) return lists.every(list => !next[list]?.length)
  return lists.every(list => {
    const before = old[list] ?? []
    return semanticEqual((next[list] ?? []).slice(0, before.length), before)
  })
}

/** Faults of a change of ephemeral containers: they can only be added. */
export function checkEphemeralUpdate(pod: PodObject, old: PodObject, out: Faults): void {
  const found: Faults = []
  checkAnyChange(pod, old, found)
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    out.push(forbidden('', 'static pods do not support ephemeral containers'))
    return
  }
  out.push(...found)
  const next = new Map((specOf(pod).ephemeralContainers ?? []).map(c => [c.name, c]))
  for (const before of specOf(old).ephemeralContainers ?? []) {
    const now = next.get(before.name)
    const what = `existing ephemeral containers ${JSON.stringify(before.name)}`
    if (!now) out.push(forbidden('spec.ephemeralContainers', `${what} may not be removed\n`))
    else if (!semanticEqual(now, before)) {
      const changes = changedKeys(now, before).join(', ')
      out.push(forbidden('spec.ephemeralContainers', `${what} may not be changed\n${changes}`))
    }
  }
}
