import { formatTime } from '../../base/clock.ts'
import { badRequest, conflict, failure, notFound } from '../../base/errors.ts'
import type { Binding, Pod, PodCondition } from '../../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import { anyObject, objectAs } from '../../kinds/object.ts'
import { copyTopology } from '../admission/pod-topology-labels.ts'
import type { Body, ObjectTarget, RequestContext, WriteOptions, WriteResult } from '../api.ts'
import { readBody } from '../bodies.ts'
import { takeNamespace } from '../metadata.ts'
import type { World } from '../world.ts'
import type { Writes } from '../writes.ts'
import { createdStatus } from './answers.ts'
import { BINDING } from './body-kinds.ts'

type PodObject = ObjectOf<Pod>

/** Gives a pod its node, once. */
export async function bindPod(
  deps: { writes: Writes; world: World },
  request: { context: RequestContext; target: ObjectTarget; options: WriteOptions },
  body: Body,
): Promise<WriteResult> {
  const { context, target, options } = request
  const fieldValidation = options.fieldValidation ?? 'Warn'
  const sent = readBody(BINDING, body, { fieldValidation, warnings: context.warnings })
  const binding = objectAs<ObjectOf<Binding>>(sent)
  takeNamespace(target.kind, binding.metadata, target.namespace)
  const name = target.name || binding.metadata.name || ''
  if (binding.metadata.name !== name) throw badRequest('name in URL does not match name in Binding object')
  checkTarget(binding)
  deps.writes.admitCreate({ ...request, target: { ...target, name, subresource: 'binding' } }, sent)
  await deps.writes.change(
    { context, target: { ...target, name, subresource: 'binding' }, options },
    {
      draft: existing => {
        if (!existing) throw notFound({ group: '', resource: 'pods' }, name)
        return bound(existing.object as Frozen<PodObject>, binding, deps.world)
      },
      track: false,
      raw: true,
      checkUid: false,
      createMissing: false,
    },
  )
  return createdStatus()
}

function checkTarget({ target }: Binding): void {
  const faults: string[] = []
  if (target?.kind && target.kind !== 'Node')
    faults.push(`target.kind: Unsupported value: ${JSON.stringify(target.kind)}: supported values: "Node", "<empty>"`)
  if (!target?.name) faults.push('target.name: Required value')
  if (faults.length)
    throw failure({ code: 500, message: faults.length === 1 ? (faults[0] as string) : `[${faults.join(', ')}]` })
}

/** The pod with its node. Throws 409 where it cannot get one. */
function bound(pod: Frozen<PodObject>, binding: KubeObject & Binding, world: World): AnyObject {
  const name = pod.metadata.name ?? ''
  const refuse = (cause: string): Error => conflict({ group: '', resource: 'pods/binding' }, name, cause)
  const node = binding.target?.name ?? ''
  const { uid } = binding.metadata
  if (uid && uid !== pod.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`)
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (pod.spec?.nodeName) throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
  if (pod.spec?.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
  const draft = anyObject({
    ...pod,
    metadata: { ...pod.metadata },
    spec: { ...pod.spec, nodeName: node },
    status: withScheduled(pod, world.now()),
  } as KubeObject)
  const labels = { ...binding.metadata.labels, ...pod.metadata.labels } as Record<string, string>
  if (Object.keys(labels).length) draft.metadata.labels = labels
  if (binding.metadata.annotations)
    draft.metadata.annotations = { ...draft.metadata.annotations, ...binding.metadata.annotations }
  copyTopology(draft, node, world)
  return draft
}

function withScheduled(pod: Frozen<PodObject>, now: number): object {
  const conditions = (pod.status?.conditions ?? []) as readonly Frozen<PodCondition>[]
  const old = conditions.find(c => c.type === 'PodScheduled')
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: old?.status === 'True' ? old.lastTransitionTime : formatTime(now),
  }
  // The node that was promised to the pod is of no more interest.
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  return {
    ...status,
    conditions: old ? conditions.map(c => (c === old ? scheduled : c)) : [...conditions, scheduled],
  }
}
