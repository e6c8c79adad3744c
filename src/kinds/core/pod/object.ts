import type { Pod, PodSpec } from '../../generated/types.ts'
import type { ObjectOf } from '../../object.ts'

/** A pod as the API holds it. */
export type PodObject = ObjectOf<Pod>

const NO_SPEC: PodSpec = { containers: [] }

/** The spec of a pod, which only an invalid one lacks. */
export const specOf = (pod: Pick<PodObject, 'spec'>): PodSpec => pod.spec ?? NO_SPEC
