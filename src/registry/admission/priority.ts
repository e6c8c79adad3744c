import { forbiddenError } from '../../base/errors.ts'
import { ownOf } from '../../base/json.ts'
import type { Pod, PodSpec, PriorityClass } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, type AdmissionRequest, isAbout, resourceOf } from './plugin.ts'

const CLASSES = 'scheduling.k8s.io/priorityclasses'
type Class = KubeObject & PriorityClass

/** The classes that every cluster has, also before they are stored. */
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

/** Resolves the priority of pods, and keeps one default class at most. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit(request, world) {
    if (!isAbout(request, 'core/pods') || !request.object) return
    const spec = (request.object as KubeObject & Pod).spec as PodSpec
    if (request.operation === 'CREATE') resolve(request, spec, world)
    else if (request.operation === 'UPDATE') {
      const old = (request.old as Frozen<KubeObject & Pod>).spec
      if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority
      if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined)
        spec.preemptionPolicy = old.preemptionPolicy
    }
  },
  validate(request, world) {
    if (!isAbout(request, CLASSES) || !request.object || request.operation === 'DELETE') return
    if (!(request.object as Class).globalDefault) return
    const other = defaultClass(world)
    if (!other || other.metadata.name === request.object.metadata.name) return
    throw forbiddenError(
      resourceOf(request),
      request.name,
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    )
  },
}

function resolve(request: AdmissionRequest, spec: PodSpec, world: World): void {
  const forbid = (cause: string): Error => forbiddenError(resourceOf(request), request.name, cause)
  let found: { value?: number | undefined; preemptionPolicy?: string | undefined } = { value: 0 }
  if (spec.priorityClassName) {
    const stored = world.get<Class>(CLASSES, '', spec.priorityClassName)
    const system = ownOf(SYSTEM_CLASSES, spec.priorityClassName)
    if (stored) found = stored
    else if (system !== undefined) found = { value: system }
    else throw forbid(`no PriorityClass with name ${spec.priorityClassName} was found`)
  } else {
    const byDefault = defaultClass(world)
    if (byDefault) {
      found = byDefault
      spec.priorityClassName = byDefault.metadata.name as string
    }
  }
  const value = found.value ?? 0
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbid(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    )
  spec.priority = value
  const policy = found.preemptionPolicy ?? 'PreemptLowerPriority'
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw forbid(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    )
  spec.preemptionPolicy = policy
}

/** Of several default classes, which race conditions may leave, the one of lowest value. */
function defaultClass(world: World): Frozen<Class> | undefined {
  let best: Frozen<Class> | undefined
  for (const c of world.list<Class>(CLASSES, ''))
    if (c.globalDefault && (!best || (c.value ?? 0) < (best.value ?? 0))) best = c
  return best
}
