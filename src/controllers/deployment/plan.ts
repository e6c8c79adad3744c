import type { Frozen } from '../../kinds/object.ts'
import { sameObject } from '../shared/equal.ts'
import type { Deployment, ReplicaSet } from '../shared/types.ts'
import { newSetAnnotations, REVISION, revisionOf, sizeAnnotations } from './annotations.ts'
import { newSetReplicas, planRecreateDown, planRecreateUp, planRolling, planScale, wasScaled } from './scaling.ts'
import type { PlannedSet } from './sizes.ts'
import { hasProgressDeadline, isRolling, plannedSet } from './sizes.ts'
import type { Status } from './status.ts'
import { conditionOf, isComplete, newCondition, withCondition } from './status.ts'
import { findNewSet, TEMPLATE_HASH, templateHash } from './template.ts'

type D = Frozen<Deployment>
type Set = Frozen<ReplicaSet>

/** What to do about one Deployment. */
export interface DeploymentPlan {
  /** The ReplicaSet of the present template that must be made. */
  readonly create?: ReplicaSet
  readonly updates: readonly SetUpdate[]
  /** Old sets beyond the history limit. */
  readonly remove: readonly Set[]
  /** The revision annotation of the Deployment itself; undefined leaves it. */
  readonly revision: string | undefined
  /** The status so far: conditions that this plan's own steps bring. */
  readonly status: Status
  /** A rollout is under way or could be: its progress is told. Else only the counts are. */
  readonly rollout: boolean
}

export interface SetUpdate {
  readonly set: Set
  readonly replicas: number
  readonly annotations: Record<string, string>
  readonly minReadySeconds: number | undefined
}

export interface DeploymentFacts {
  readonly sets: readonly Set[]
  /** Pods of these sets, by uid, have not ended yet. */
  readonly hasRunningPods: (set: Set) => boolean
  readonly now: number
}

/** Decides one step of a Deployment. */
export function planDeployment(d: D, facts: DeploymentFacts): DeploymentPlan {
  const found = findNewSet(d.spec?.template ?? {}, facts.sets)
  const olds = facts.sets.filter(s => s !== found).map(plannedSet)
  const draft = new Draft(d, facts, olds, found)
  if (d.metadata.deletionTimestamp) return draft.finish(false)
  draft.tellPause()
  const all = [...olds, ...(draft.current ? [draft.current] : [])]
  if (d.spec?.paused || wasScaled(d, all)) {
    draft.syncRevision()
    planScale(d, draft.current, olds)
    if (d.spec?.paused) draft.removeHistory()
    return draft.finish(false)
  }
  if (isRolling(d)) draft.roll()
  else draft.recreate()
  return draft.finish(true)
}

/** The current set among the planned ones, when a status is made after the plan was carried out. */
export const currentSet = (d: D, sets: readonly Set[]): Set | undefined => findNewSet(d.spec?.template ?? {}, sets)

class Draft {
  readonly current: PlannedSet | undefined
  readonly #d: D
  readonly #facts: DeploymentFacts
  readonly #olds: readonly PlannedSet[]
  #create: ReplicaSet | undefined
  #remove: Set[] = []
  #revision: string | undefined
  #status: Status

  constructor(d: D, facts: DeploymentFacts, olds: readonly PlannedSet[], found: Set | undefined) {
    this.#d = d
    this.#facts = facts
    this.#olds = olds
    this.current = found && plannedSet(found)
    this.#status = d.status ?? {}
  }

  /** Says that the rollout is paused, or goes on. A rollout that timed out stays so. */
  tellPause(): void {
    const progressing = conditionOf(this.#status, 'Progressing')
    if (!hasProgressDeadline(this.#d) || progressing?.reason === 'ProgressDeadlineExceeded') return
    const wasPaused = progressing?.reason === 'DeploymentPaused'
    if (this.#d.spec?.paused && !wasPaused) this.#tell('Unknown', 'DeploymentPaused', 'Deployment is paused')
    else if (!this.#d.spec?.paused && wasPaused) this.#tell('Unknown', 'DeploymentResumed', 'Deployment is resumed')
  }

  /** The current set and the Deployment get the newest revision; the set gets the Deployment's annotations. */
  syncRevision(): void {
    const { current } = this
    if (!current) return
    current.annotations = newSetAnnotations(this.#d, current.annotations, this.#nextRevision())
    this.#revision = current.annotations[REVISION]
    if (hasProgressDeadline(this.#d) && !conditionOf(this.#status, 'Progressing'))
      this.#tell('True', 'FoundNewReplicaSet', `Found new replica set "${current.set.metadata.name}"`)
  }

  roll(): void {
    if (!this.#sync()) return
    const { current } = this
    if (!current || planRolling(this.#d, current, this.#olds)) return
    if (isComplete(this.#d, this.#d.status)) this.removeHistory()
  }

  recreate(): void {
    this.syncRevision()
    if (planRecreateDown(this.#d, this.#olds)) return
    if (this.#olds.some(o => (o.set.status?.replicas ?? 0) > 0 || this.#facts.hasRunningPods(o.set))) return
    if (!this.#sync()) return
    if (this.current) planRecreateUp(this.#d, this.current)
    if (isComplete(this.#d, this.#d.status)) this.removeHistory()
  }

  removeHistory(): void {
    const limit = this.#d.spec?.revisionHistoryLimit
    if (limit === undefined || limit === 2 ** 31 - 1) return
    const alive = this.#olds.map(o => o.set).filter(s => !s.metadata.deletionTimestamp)
    const surplus = alive
      .sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : revisionOf(a) > revisionOf(b) ? 1 : 0))
      .slice(0, Math.max(alive.length - limit, 0))
    this.#remove = surplus.filter(
      s =>
        (s.status?.replicas ?? 0) === 0 &&
        (s.spec?.replicas ?? 1) === 0 &&
        (s.metadata.generation ?? 0) <= (s.status?.observedGeneration ?? 0),
    )
  }

  finish(rollout: boolean): DeploymentPlan {
    const planned = [...this.#olds, ...(this.current ? [this.current] : [])]
    const revision = this.#revision === this.#d.metadata.annotations?.[REVISION] ? undefined : this.#revision
    return {
      ...(this.#create ? { create: this.#create } : {}),
      updates: planned.map(p => this.#update(p)).filter(u => u !== undefined),
      remove: this.#remove,
      revision,
      status: this.#status,
      rollout,
    }
  }

  /** Makes sure of a current set. False where it must be made first: it comes with its size. */
  #sync(): boolean {
    if (this.current) {
      this.syncRevision()
      return true
    }
    this.#create = this.#newSet()
    this.#revision = String(this.#nextRevision())
    if (hasProgressDeadline(this.#d))
      this.#tell('True', 'NewReplicaSetCreated', `Created new replica set "${this.#create.metadata.name}"`)
    return false
  }

  #nextRevision(): bigint {
    return this.#olds.map(o => revisionOf(o.set)).reduce((max, r) => (r > max ? r : max), 0n) + 1n
  }

  #newSet(): ReplicaSet {
    const d = this.#d
    const template = structuredClone(d.spec?.template ?? {}) as NonNullable<ReplicaSet['spec']>['template'] & object
    const hash = templateHash(template, d.status?.collisionCount)
    const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash }
    const selector = structuredClone(d.spec?.selector ?? {}) as { matchLabels?: Record<string, string> }
    const minReadySeconds = d.spec?.minReadySeconds
    const annotations = newSetAnnotations(d, {}, this.#nextRevision())
    return {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${d.metadata.name}-${hash}`,
        namespace: d.metadata.namespace,
        labels,
        annotations: { ...annotations, ...sizeAnnotations(d) },
      },
      spec: {
        replicas: newSetReplicas(d, this.#olds, 0),
        ...(minReadySeconds ? { minReadySeconds } : {}),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [TEMPLATE_HASH]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    }
  }

  #tell(status: string, reason: string, message: string): void {
    const condition = newCondition('Progressing', status, reason, message, this.#facts.now)
    this.#status = { ...this.#status, conditions: withCondition(this.#status.conditions ?? [], condition) }
  }

  #update({ set, replicas, annotations }: PlannedSet): SetUpdate | undefined {
    const minReadySeconds = set === this.current?.set ? this.#d.spec?.minReadySeconds : set.spec?.minReadySeconds
    const same =
      replicas === (set.spec?.replicas ?? 1) &&
      (minReadySeconds ?? 0) === (set.spec?.minReadySeconds ?? 0) &&
      sameObject(annotations, set.metadata.annotations ?? {})
    return same ? undefined : { set, replicas, annotations, minReadySeconds }
  }
}
