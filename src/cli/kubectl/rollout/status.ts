import type { Json } from '../api/connection.ts'
import { metadataOf } from '../api/targets.ts'
import { PlainError } from '../base/errors.ts'

interface Counts {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly updatedReplicas?: number
  readonly availableReplicas?: number
  readonly readyReplicas?: number
  readonly currentReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly updatedNumberScheduled?: number
  readonly desiredNumberScheduled?: number
  readonly numberAvailable?: number
  readonly conditions?: readonly { readonly type: string; readonly reason?: string }[]
}

/** How far the rollout of a workload is, in kubectl's words. Throws PlainError where it failed. */
export function rolloutStatus(object: Json, revision: number): { text: string; done: boolean } {
  switch (object['kind']) {
    case 'Deployment':
      return deploymentStatus(object, revision)
    case 'DaemonSet':
      return daemonSetStatus(object)
    case 'StatefulSet':
      return statefulSetStatus(object)
    default:
      throw new PlainError(`no status viewer has been implemented for ${String(object['kind'])}`)
  }
}

const countsOf = (object: Json): Counts => (object['status'] ?? {}) as Counts
const waiting = (text: string): { text: string; done: boolean } => ({ text: `${text}\n`, done: false })
const finished = (text: string): { text: string; done: boolean } => ({ text: `${text}\n`, done: true })

function deploymentStatus(object: Json, revision: number): { text: string; done: boolean } {
  const m = metadataOf(object)
  const s = countsOf(object)
  const name = JSON.stringify(m.name ?? '')
  const running = Number(m.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
  if (revision > 0 && revision !== running)
    throw new PlainError(`desired revision (${revision}) is different from the running revision (${running})`)
  if ((m.generation ?? 0) > (s.observedGeneration ?? 0))
    return waiting('Waiting for deployment spec update to be observed...')
  if (s.conditions?.some(c => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded'))
    throw new PlainError(`deployment ${name} exceeded its progress deadline`)
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = s
  const wanted = (object['spec'] as { replicas?: number } | undefined)?.replicas
  const head = `Waiting for deployment ${name} rollout to finish:`
  if (wanted !== undefined && updatedReplicas < wanted)
    return waiting(`${head} ${updatedReplicas} out of ${wanted} new replicas have been updated...`)
  if (replicas > updatedReplicas)
    return waiting(`${head} ${replicas - updatedReplicas} old replicas are pending termination...`)
  if (availableReplicas < updatedReplicas)
    return waiting(`${head} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`)
  return finished(`deployment ${name} successfully rolled out`)
}

function daemonSetStatus(object: Json): { text: string; done: boolean } {
  const m = metadataOf(object)
  const {
    observedGeneration = 0,
    updatedNumberScheduled = 0,
    desiredNumberScheduled = 0,
    numberAvailable = 0,
  } = countsOf(object)
  const name = JSON.stringify(m.name ?? '')
  requireRolling(object)
  if ((m.generation ?? 0) > observedGeneration) return waiting('Waiting for daemon set spec update to be observed...')
  const head = `Waiting for daemon set ${name} rollout to finish:`
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${head} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`)
  if (numberAvailable < desiredNumberScheduled)
    return waiting(`${head} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`)
  return finished(`daemon set ${name} successfully rolled out`)
}

interface StatefulSpec {
  readonly replicas?: number
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
}

function requireRolling(object: Json): void {
  if ((object['spec'] as StatefulSpec | undefined)?.updateStrategy?.type !== 'RollingUpdate')
    throw new PlainError('rollout status is only available for RollingUpdate strategy type')
}

function statefulSetStatus(object: Json): { text: string; done: boolean } {
  const spec = (object['spec'] ?? {}) as StatefulSpec
  const s = countsOf(object)
  const { observedGeneration = 0, readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0 } = s
  requireRolling(object)
  if (observedGeneration === 0 || (metadataOf(object).generation ?? 0) > observedGeneration)
    return waiting('Waiting for statefulset spec update to be observed...')
  if (spec.replicas !== undefined && readyReplicas < spec.replicas)
    return waiting(`Waiting for ${spec.replicas - readyReplicas} pods to be ready...`)
  const partition = spec.updateStrategy?.rollingUpdate?.partition
  if (spec.replicas !== undefined && partition !== undefined) {
    const wanted = spec.replicas - partition
    if (updatedReplicas < wanted)
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted} new pods have been updated...`,
      )
    return finished(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`)
  }
  if (s.updateRevision !== s.currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${s.updateRevision ?? ''}...`,
    )
  return finished(
    `statefulset rolling update complete ${currentReplicas} pods at revision ${s.currentRevision ?? ''}...`,
  )
}
