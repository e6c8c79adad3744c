import { labelsText } from '../../../kinds/columns.ts'
import type { Deployment, Pod, ReplicaSet, ReplicationController } from '../../../kinds/generated/types.ts'
import { semanticEqual } from '../../../kinds/validation/equal.ts'
import { selectorText } from '../../../kinds/columns.ts'
import { longTime } from '../print/times.ts'
import { podTemplateLines } from './pod.ts'
import {
  annotationLines,
  controllerText,
  type DescribeContext,
  type Described,
  type Describer,
  eventLines,
  labelLines,
} from './shared.ts'
import type { Writer } from './writer.ts'

/** `kubectl describe rc`. */
export const describeReplicationController: Describer<Described<ReplicationController>> = async (w, rc, context) => {
  const { metadata: m, spec, status } = rc
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  w.line(0, `Selector:\t${labelsText(spec?.selector)}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  w.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`)
  w.line(0, `Pods Status:\t${await podCounts(context, m, labelsText(spec?.selector))}`)
  podTemplateLines(w, spec?.template)
  conditionLines(w, status?.conditions)
  eventLines(w, await context.events(), context.now)
}

/** `kubectl describe rs`. */
export const describeReplicaSet: Describer<Described<ReplicaSet>> = async (w, rs, context) => {
  const { metadata: m, spec, status } = rs
  const selector = selectorText(spec?.selector as never)
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  w.line(0, `Selector:\t${selector}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  const controller = controllerText(m)
  if (controller) w.line(0, `Controlled By:\t${controller}`)
  w.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`)
  w.line(0, `Pods Status:\t${await podCounts(context, m, selector)}`)
  podTemplateLines(w, spec?.template)
  conditionLines(w, status?.conditions)
  eventLines(w, await context.events(), context.now)
}

/** `kubectl describe deployment`. */
export const describeDeployment: Describer<Described<Deployment>> = async (w, d, context) => {
  const { metadata: m, spec, status } = d
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  w.line(0, `CreationTimestamp:\t${longTime(m.creationTimestamp)}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  const selector = selectorText(spec?.selector as never)
  w.line(0, `Selector:\t${selector}`)
  const counts = [
    `${spec?.replicas ?? 1} desired`,
    `${status?.updatedReplicas ?? 0} updated`,
    `${status?.replicas ?? 0} total`,
    `${status?.availableReplicas ?? 0} available`,
    `${status?.unavailableReplicas ?? 0} unavailable`,
  ]
  w.line(0, `Replicas:\t${counts.join(' | ')}`)
  w.line(0, `StrategyType:\t${spec?.strategy?.type ?? ''}`)
  w.line(0, `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}`)
  const rolling = spec?.strategy?.rollingUpdate
  if (rolling)
    w.line(
      0,
      `RollingUpdateStrategy:\t${rolling.maxUnavailable ?? 0} max unavailable, ${rolling.maxSurge ?? 0} max surge`,
    )
  podTemplateLines(w, spec?.template)
  conditionLines(w, status?.conditions)
  await replicaSetLines(w, d, selector, context)
  eventLines(w, await context.events(), context.now)
}

async function replicaSetLines(
  w: Writer,
  d: Described<Deployment>,
  labelSelector: string,
  context: DescribeContext,
): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${d.metadata.namespace ?? ''}/replicasets`
  const { old, current } = splitReplicaSets(d, await context.list<Described<ReplicaSet>>(path, { labelSelector }))
  const withPods = old.filter(rs => (rs.spec?.replicas ?? 0) > 0 || true)
  if (withPods.length === 0 && !current) return
  w.line(0, `OldReplicaSets:\t${replicaSetsText(withPods)}`)
  w.line(0, `NewReplicaSet:\t${replicaSetsText(current ? [current] : [])}`)
}

/** The sets of a deployment: the one with its template, and the others, older first. */
export function splitReplicaSets(
  d: Described<Deployment>,
  all: readonly Described<ReplicaSet>[],
): { old: Described<ReplicaSet>[]; current: Described<ReplicaSet> | undefined } {
  const own = all
    .filter(rs => rs.metadata.ownerReferences?.some(o => o.controller === true && o.uid === d.metadata.uid))
    .sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))
  const current = own.find(rs => sameTemplate(rs.spec?.template, d.spec?.template))
  return { old: own.filter(rs => rs !== current), current }
}

type Template = NonNullable<ReplicaSet['spec']>['template']

/** Equal but for the hash label that the deployment controller adds. */
export function sameTemplate(a: Template, b: Template): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b))
}

/** The template without the hash label. */
export function withoutHash(template: Template): Template {
  if (!template?.metadata?.labels) return template
  const { 'pod-template-hash': _, ...labels } = template.metadata.labels
  return { ...template, metadata: { ...template.metadata, labels } }
}

function replicaSetsText(sets: readonly Described<ReplicaSet>[]): string {
  const texts = sets.map(
    rs => `${rs.metadata.name ?? ''} (${rs.status?.replicas ?? 0}/${rs.spec?.replicas ?? 1} replicas created)`,
  )
  return texts.join(', ') || '<none>'
}

/** `3 Running / 0 Waiting / 0 Succeeded / 0 Failed` of the pods that a controller owns. */
async function podCounts(
  context: DescribeContext,
  m: { namespace?: string | undefined; uid?: string | undefined },
  labelSelector: string,
): Promise<string> {
  const pods = await context.list<Described<Pod>>(`/api/v1/namespaces/${m.namespace ?? ''}/pods`, { labelSelector })
  const own = pods.filter(p => p.metadata.ownerReferences?.some(o => o.controller === true && o.uid === m.uid))
  const count = (phase: string): number => own.filter(p => p.status?.phase === phase).length
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`
}

function conditionLines(
  w: Writer,
  conditions: readonly { type: string; status: string; reason?: string | undefined }[] | undefined,
): void {
  if (!conditions?.length) return
  w.raw('Conditions:\n  Type\tStatus\tReason\n')
  w.line(1, '----\t------\t------')
  for (const c of conditions) w.line(1, `${c.type} \t${c.status}\t${c.reason ?? ''}`)
}
