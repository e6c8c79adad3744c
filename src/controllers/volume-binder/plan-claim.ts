import type { Frozen } from '../../kinds/object.ts'
import type { StorageClass } from '../shared/types.ts'
import { type Claim, classOf, isBoundTo, leavesClassOpen, matchVolume, mismatch, type Volume } from './match.ts'

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

/** What happens to a claim, told as an event. */
export interface Told {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export type ClaimPlan =
  | { readonly do: 'bind'; readonly volume: Volume }
  /** Waits. `provisioner` is to be noted on the claim for whoever makes volumes. */
  | { readonly do: 'wait'; readonly told?: Told; readonly provisioner?: string }
  | { readonly do: 'lose'; readonly told: Told }
  | { readonly do: 'set-class'; readonly className: string }

/** What the plan for a claim looks at. */
export interface ClaimWorld {
  readonly volumes: () => Iterable<Volume>
  readonly volume: (name: string) => Volume | undefined
  readonly classes: () => Iterable<Frozen<StorageClass>>
  /** Names of pods that use the claim and have no node yet. */
  readonly waitingPods: () => readonly string[]
}

/** What to do for a claim: bind it, let it wait and say for what, give it the default class, or call it lost. */
export function planClaim(claim: Claim, world: ClaimWorld): ClaimPlan {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return planBound(claim, world)
  return claim.spec?.volumeName ? planNamed(claim, claim.spec.volumeName, world) : planUnbound(claim, world)
}

function planBound(claim: Claim, world: ClaimWorld): ClaimPlan {
  const lost = (reason: string, message: string): ClaimPlan => ({
    do: 'lose',
    told: { type: 'Warning', reason, message },
  })
  const name = claim.spec?.volumeName
  if (!name) return lost('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!')
  const volume = world.volume(name)
  if (!volume) return lost('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
  const ref = volume.spec?.claimRef
  if (!ref || ref.uid === claim.metadata.uid) return { do: 'bind', volume }
  return lost('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly')
}

function planNamed(claim: Claim, name: string, world: ClaimWorld): ClaimPlan {
  const volume = world.volume(name)
  if (!volume) return { do: 'wait' }
  const wait = (reason: string, message: string): ClaimPlan => ({
    do: 'wait',
    told: { type: 'Warning', reason, message },
  })
  if (isBoundTo(volume, claim)) return { do: 'bind', volume }
  if (volume.spec?.claimRef)
    return wait('FailedBinding', `volume ${JSON.stringify(name)} already bound to a different claim.`)
  const fault = mismatch(volume, claim)
  if (fault) return wait('VolumeMismatch', `Cannot bind to requested volume ${JSON.stringify(name)}: ${fault}`)
  return { do: 'bind', volume }
}

function planUnbound(claim: Claim, world: ClaimWorld): ClaimPlan {
  const name = classOf(claim)
  const classes = [...world.classes()]
  const found = classes.find(c => c.metadata.name === name)
  const delayed =
    found?.volumeBindingMode === 'WaitForFirstConsumer' && claim.metadata.annotations?.[SELECTED_NODE] === undefined
  const volume = matchVolume(claim, world.volumes(), delayed)
  if (volume) return { do: 'bind', volume }
  if (leavesClassOpen(claim)) {
    const className = defaultClass(classes)
    if (className !== undefined) return { do: 'set-class', className }
  }
  if (delayed) return { do: 'wait', told: consumerMissing(world.waitingPods()) }
  if (name) return planProvisioning(name, found)
  const message = 'no persistent volumes available for this claim and no storage class is set'
  return { do: 'wait', told: { type: 'Normal', reason: 'FailedBinding', message } }
}

function consumerMissing(pods: readonly string[]): Told {
  if (pods.length === 0)
    return {
      type: 'Normal',
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
    }
  const message = `waiting for ${pods.length > 1 ? 'pods' : 'pod'} ${pods.join(',')} to be scheduled`
  return { type: 'Normal', reason: 'WaitForPodScheduled', message }
}

/** There is no provisioner inside: others are asked by a note on the claim. */
function planProvisioning(name: string, found: Frozen<StorageClass> | undefined): ClaimPlan {
  const failed = (message: string): ClaimPlan => ({
    do: 'wait',
    told: { type: 'Warning', reason: 'ProvisioningFailed', message },
  })
  if (!found) return failed(`storageclass.storage.k8s.io ${JSON.stringify(name)} not found`)
  const { provisioner } = found
  if (provisioner.startsWith('kubernetes.io/')) return failed(`no volume plugin matched name: ${provisioner}`)
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  return { do: 'wait', provisioner, told: { type: 'Normal', reason: 'ExternalProvisioning', message } }
}

/** The newest class that is marked as the default one; of those made in one second the first by name. */
function defaultClass(classes: readonly Frozen<StorageClass>[]): string | undefined {
  const marked = classes.filter(c => DEFAULT_CLASS.some(a => c.metadata.annotations?.[a] === 'true'))
  const time = (c: Frozen<StorageClass>): number => Date.parse(c.metadata.creationTimestamp ?? '')
  marked.sort((a, b) => time(b) - time(a) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
  return marked[0]?.metadata.name
}
