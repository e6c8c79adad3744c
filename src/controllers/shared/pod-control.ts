import { errorText } from '../../base/log.ts'
import { isNotFound, StatusError } from '../../base/errors.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/events.ts'
import { pod as podKind } from '../../kinds/core/pod.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import type { FrozenPod } from './pods.ts'
import type { OwnerReference, Pod, PodTemplate } from './types.ts'

/** A pod of `owner` from a template, without a name. */
export function podFromTemplate(template: PodTemplate, owner: Frozen<KubeObject>, ref: OwnerReference): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: generateNameOf(owner.metadata.name ?? ''),
      namespace: owner.metadata.namespace ?? '',
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [ref],
    },
    ...(template.spec ? { spec: template.spec as NonNullable<Pod['spec']> } : {}),
  }
}

/** `owner-`, or the name alone where a prefix with a dash would be no valid name. */
const generateNameOf = (owner: string): string => (owner.length <= 252 ? `${owner}-` : owner)

/** Creates the pod and tells of it as `SuccessfulCreate` or `FailedCreate` about the owner. Rethrows. */
export async function createPod(
  client: Client,
  recorder: EventRecorder,
  owner: Frozen<KubeObject>,
  pod: Pod,
): Promise<FrozenPod> {
  try {
    const created = await client.create(podKind, pod)
    recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`)
    return created as FrozenPod
  } catch (error) {
    if (!isNamespaceTerminating(error))
      recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${errorText(error)}`)
    throw error
  }
}

/** Deletes the pod and tells of it as `SuccessfulDelete` or `FailedDelete` about the owner. Gone already is fine. */
export async function deletePod(
  client: Client,
  recorder: EventRecorder,
  owner: Frozen<KubeObject>,
  pod: FrozenPod,
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata
  try {
    await client.delete(podKind, namespace, name)
    recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  } catch (error) {
    if (isNotFound(error)) return
    recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${errorText(error)}`)
    throw error
  }
}

/** The namespace ends: nothing can be created in it, and that is no fault. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && !!error.status.details?.causes?.some(c => c.reason === 'NamespaceTerminating')
}
