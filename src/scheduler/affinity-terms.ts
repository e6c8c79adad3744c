import { type LabelSelector, type Labels, nothing, selectorFromObject } from '../base/selector.ts'
import type { PodAffinityTerm } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import type { PodObject } from './framework.ts'

/** One term of pod (anti-)affinity, ready to be asked. */
export interface Term {
  readonly topologyKey: string
  readonly weight: number
  /** True where the term means a pod; `labelsOf` gives the labels of its namespace. */
  means(pod: PodObject, labelsOf: (namespace: string) => Labels): boolean
}

/** What a pod wants and does not want around it. */
export interface AffinityTerms {
  readonly required: readonly Term[]
  readonly requiredAnti: readonly Term[]
  readonly preferred: readonly Term[]
  readonly preferredAnti: readonly Term[]
}

/** The terms of a pod; undefined where it has none. */
export function affinityTerms(pod: PodObject): AffinityTerms | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return undefined
  const plain = (list: Frozen<PodAffinityTerm[]> = []): Term[] => list.map(t => term(pod, t, 0))
  const weighted = (list: Frozen<{ weight: number; podAffinityTerm: PodAffinityTerm }[]> = []): Term[] =>
    list.map(t => term(pod, t.podAffinityTerm, t.weight))
  return {
    required: plain(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAnti: plain(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferred: weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAnti: weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  }
}

function term(owner: PodObject, t: Frozen<PodAffinityTerm>, weight: number): Term {
  const selector = selectorFromObject(t.labelSelector)
  const namespaceSelector: LabelSelector = t.namespaceSelector ? selectorFromObject(t.namespaceSelector) : nothing
  const own = !t.namespaces?.length && !t.namespaceSelector
  const namespaces = new Set(own ? [owner.metadata.namespace ?? ''] : (t.namespaces ?? []))
  return {
    topologyKey: t.topologyKey,
    weight,
    means: (pod, labelsOf) => {
      if (!selector.matches(pod.metadata.labels)) return false
      const namespace = pod.metadata.namespace ?? ''
      if (namespaces.has(namespace)) return true
      return (
        namespaceSelector.empty || (namespaceSelector !== nothing && namespaceSelector.matches(labelsOf(namespace)))
      )
    },
  }
}
