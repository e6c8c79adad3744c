import { type Clock, formatTime } from '../base/clock.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Client } from '../client/client.ts'
import { pod } from '../kinds/core/pod.ts'
import type { PodCondition } from '../kinds/generated/types.ts'
import { SCHEDULER_NAME, type SchedulerEvents } from './events.ts'
import type { PodObject } from './framework.ts'
import type { PodInfo } from './node-info.ts'
import type { Eviction } from './preemption.ts'

export interface EvictionDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly events: SchedulerEvents
}

/** The patch that sets one condition of a pod: a new one comes after those that are there. */
export function conditionPatch(object: PodObject, condition: PodCondition): object {
  const types = (object.status?.conditions ?? []).map(c => c.type)
  const order = types.includes(condition.type) ? types : [...types, condition.type]
  return { '$setElementOrder/conditions': order.map(type => ({ type })), conditions: [condition] }
}

/** Takes away the victims. What is gone already is no error. */
export async function applyEviction(preemptor: PodObject, eviction: Eviction, deps: EvictionDeps): Promise<void> {
  for (const victim of eviction.victims) {
    if (victim.pod.metadata.deletionTimestamp) continue
    try {
      await evict(victim, deps)
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
      continue
    }
    deps.events.event(victim.pod, {
      type: 'Normal',
      reason: 'Preempted',
      action: 'Preempting',
      note: `Preempted by pod ${preemptor.metadata.uid} on node ${eviction.node}`,
      related: preemptor,
    })
    const by = `${preemptor.metadata.namespace}/${preemptor.metadata.name}`
    deps.log.info('Pod preempted', { pod: victim.key, for: by, node: eviction.node })
  }
}

async function evict(victim: PodInfo, { client, clock }: EvictionDeps): Promise<void> {
  const { name = '', namespace = '', uid, generation } = victim.pod.metadata
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${SCHEDULER_NAME}: preempting to accommodate a higher priority pod`,
    ...(generation ? { observedGeneration: generation } : {}),
    lastTransitionTime: formatTime(clock.now()),
  }
  const status = conditionPatch(victim.pod, condition)
  await client.patch(pod, namespace, name, 'strategic', { status }, { subresource: 'status' })
  await client.delete(pod, namespace, name, uid ? { preconditions: { uid } } : {})
}
