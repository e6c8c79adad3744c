import { forbidden, invalid } from '../../../base/field-error.ts'
import type { Container, PodSpec, ResourceRequirements } from '../../generated/types.ts'
import { semanticEqual } from '../../validation/equal.ts'
import { validateMetadata } from '../../validation/metadata.ts'
import { rulesForChange } from './allowances.ts'
import { MIRROR_POD } from './annotations.ts'
import type { Faults } from './faults.ts'
import { type PodObject, specOf } from './object.ts'
import { computeQosClass } from './qos.ts'
import { isSidecar } from './resources.ts'
import { checkPod } from './validate.ts'

const ONLY_AMOUNTS = 'only cpu and memory resources are mutable'

/** Faults of a change of amounts while the pod runs. */
export function checkResize(pod: PodObject, old: PodObject, out: Faults): void {
  const [next, before] = [specOf(pod), specOf(old)]
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) {
    out.push(forbidden('', 'static pods cannot be resized'))
    return
  }
  if (before.os?.name === 'windows') {
    out.push(forbidden('', 'windows pods cannot be resized'))
    return
  }
  const start = out.length
  out.push(...validateMetadata(pod.metadata, { namespaced: true }))
  checkPod(pod, rulesForChange(before, old.metadata, true), out)
  if ((old.status?.qosClass || computeQosClass(before)) !== computeQosClass(next)) {
    const text = 'Pod QOS Class may not change as a result of resizing'
    out.push(invalid('spec', pod.status?.qosClass ?? '', text))
  }
  if (!nodeCanResize(old)) out.push(forbidden('spec', 'Pod running on node without support for resize'))
  if (hasAmounts(before.resources) || hasAmounts(next.resources)) checkPodLevel(next, before, out)
  if (!checkOrder(next, before, out)) return
  checkRemoved(next, before, out)
  checkOthers(next, before, out)
  // Anything else is told only where nothing more exact was.
  if (out.length === start && !semanticEqual(unresized(next, before), before)) out.push(forbidden('spec', ONLY_AMOUNTS))
}

/** A kubelet that can resize reports the amounts of running containers. */
function nodeCanResize(pod: PodObject): boolean {
  const running = pod.status?.containerStatuses?.find(c => c.state?.running)
  return !running || running.resources !== undefined
}

const hasAmounts = (r: ResourceRequirements | undefined): boolean =>
  Object.keys(r?.requests ?? {}).length + Object.keys(r?.limits ?? {}).length > 0

function checkPodLevel(next: PodSpec, old: PodSpec, out: Faults): void {
  const path = 'spec.resources'
  if (old.resources && !next.resources) {
    out.push(forbidden(path, 'pod-level resources cannot be removed'))
    return
  }
  for (const list of ['requests', 'limits'] as const) {
    if (!isRemoved(next.resources?.[list], old.resources?.[list])) continue
    out.push(forbidden(`${path}.${list}`, `pod-level resource ${list} cannot be removed`))
  }
  if (!semanticEqual(oldAmounts(next.resources, old.resources), old.resources)) {
    out.push(forbidden('spec', `${ONLY_AMOUNTS} at pod-level`))
  }
}

type Amounts = Readonly<Record<string, string>> | undefined

const isRemoved = (next: Amounts, old: Amounts): boolean =>
  Object.keys(old ?? {}).some(name => next?.[name] === undefined)

/** False where containers do not pair up. */
function checkOrder(next: PodSpec, old: PodSpec, out: Faults): boolean {
  const start = out.length
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, before] = [next[list] ?? [], old[list] ?? []]
    if (now.length !== before.length) {
      out.push(forbidden(`spec.${list}`, `${list} may not be added or removed on resize`))
      continue
    }
    before.forEach((container, i) => {
      if (now[i]?.name === container.name) return
      out.push(forbidden(`spec.${list}[${i}].name`, `${list} may not be renamed or reordered on resize`))
    })
  }
  return out.length === start
}

function checkRemoved(next: PodSpec, old: PodSpec, out: Faults): void {
  for (const list of ['initContainers', 'containers'] as const) {
    old[list]?.forEach((before, i) => {
      const at = `spec.${list}[${i}].resources`
      const now = next[list]?.[i]?.resources
      for (const kind of ['requests', 'limits'] as const) {
        if (!isRemoved(now?.[kind], before.resources?.[kind])) continue
        out.push(forbidden(`${at}.${kind}`, `resource ${kind} cannot be removed`))
      }
    })
  }
}

function checkOthers(next: PodSpec, old: PodSpec, out: Faults): void {
  next.containers.forEach((container, i) => {
    const before = old.containers[i]
    if (before && !semanticEqual(withOldAmounts(container, before), before)) out.push(forbidden('spec', ONLY_AMOUNTS))
  })
  next.initContainers?.forEach((container, i) => {
    const before = old.initContainers?.[i]
    if (!before) return
    const at = `spec.initContainers[${i}]`
    if (!semanticEqual(withOldAmounts(container, before), before)) {
      out.push(forbidden(at, 'only cpu and memory resources for init or sidecar containers are mutable'))
    }
    if (isSidecar(container) || semanticEqual(container, before)) return
    for (const policy of container.resizePolicy ?? []) {
      if (policy.restartPolicy !== 'RestartContainer') continue
      const text = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized'
      out.push(forbidden(at, text))
    }
  })
}

/** The new spec with the old cpu and memory amounts. */
function unresized(next: PodSpec, old: PodSpec): PodSpec {
  const spec: PodSpec = {
    ...next,
    containers: next.containers.map((c, i) => withOldAmounts(c, old.containers[i])),
  }
  if (next.initContainers) {
    spec.initContainers = next.initContainers.map((c, i) => withOldAmounts(c, old.initContainers?.[i]))
  }
  if (next.resources) spec.resources = oldAmounts(next.resources, old.resources)
  return spec
}

function withOldAmounts(container: Container, old: Container | undefined): Container {
  const { requests, limits } = oldAmounts(container.resources, old?.resources) ?? {}
  // Claims of a container are not compared here: Kubernetes drops them on both sides of this check but one.
  return { ...container, resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } }
}

function oldAmounts(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
): ResourceRequirements | undefined {
  if (!next) return next
  const result = {
    ...next,
    requests: oldList(next.requests, old?.requests),
    limits: oldList(next.limits, old?.limits),
  }
  return old || hasAmounts(result) || next.claims?.length ? result : undefined
}

function oldList(next: Amounts, old: Amounts): Record<string, string> {
  const { cpu: _, memory: __, ...others } = next ?? {}
  const { cpu, memory } = old ?? {}
  return { ...others, ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) }
}
