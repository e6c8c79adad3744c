import { formatTime } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import { isNotFound } from '../../base/errors.ts'
import { pod as podKind } from '../../kinds/core/pod.ts'
import type { FrozenPod } from './pods.ts'

export interface Disruption {
  /** The DisruptionTarget condition to set; none where the pod's end needs no reason. */
  readonly condition?: { readonly reason: string; readonly message: string }
  /** Nobody else will ever say that the pod has ended. */
  readonly fail?: boolean
  readonly gracePeriodSeconds?: number
}

/** Notes on a pod why it goes, and deletes it. A pod that is gone already is fine. */
export async function disruptPod(client: Client, pod: FrozenPod, disruption: Disruption, now: number): Promise<void> {
  const { namespace = '', name = '', uid = '', generation } = pod.metadata
  const { condition, fail, gracePeriodSeconds } = disruption
  const observed = generation === undefined ? {} : { observedGeneration: generation }
  const told = !condition || pod.status?.conditions?.some(c => c.reason === condition.reason && c.type === TYPE)
  const status = {
    ...(fail ? { phase: 'Failed', ...observed } : {}),
    ...(told
      ? {}
      : {
          conditions: [{ type: TYPE, status: 'True', ...condition, lastTransitionTime: formatTime(now), ...observed }],
        }),
  }
  try {
    if (fail || !told)
      await client.patch(
        podKind,
        namespace,
        name,
        'strategic',
        { metadata: { uid }, status },
        { subresource: 'status' },
      )
    await client.delete(podKind, namespace, name, {
      preconditions: { uid },
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

const TYPE = 'DisruptionTarget'
