import { isNotFound } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { persistentVolume } from '../kinds/core/persistent-volume.ts'
import { persistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts'
import { pod as podKind } from '../kinds/core/pod.ts'
import { objectKey } from '../kinds/object.ts'
import { storageClass } from '../kinds/storage/storage-class.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { claimKeys, PODS_BY_CLAIM } from './shared/pod-claims.ts'
import type { FrozenPod } from './shared/pods.ts'
import { hasEnded } from './shared/pods.ts'
import { type Claim, classOf, isBoundTo, leavesClassOpen, type Volume } from './volume-binder/match.ts'
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, planClaim } from './volume-binder/plan-claim.ts'
import { planVolume, type Reclaim, unbound } from './volume-binder/plan-volume.ts'

const PROVISIONER = ['volume.beta.kubernetes.io/storage-provisioner', 'volume.kubernetes.io/storage-provisioner']
const BY_CLAIM = 'claimRef'
const UNBOUND = 'unbound'

const claimKeyOf = (volume: Volume): string | undefined => {
  const ref = volume.spec?.claimRef
  return ref ? `${ref.namespace ?? ''}/${ref.name ?? ''}` : undefined
}

/** Under which words a claim that is not bound is found: its class, the volume it asks for, and that it has no class. */
function unboundWords(claim: Claim): string[] {
  if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) return []
  const { volumeName } = claim.spec ?? {}
  return [
    volumeName ? `volume ${volumeName}` : `class ${classOf(claim)}`,
    ...(leavesClassOpen(claim) ? ['no class'] : []),
  ]
}

/**
 * Binds claims to volumes. Both are worked on by one worker, so that two claims cannot take one volume.
 * Keys are `claim NAMESPACE/NAME` and `volume NAME`.
 */
export function volumeBinderController(ctx: ControllerContext): Part {
  const { client } = ctx
  const volumes = ctx.informers.of(persistentVolume)
  const claims = ctx.informers.of(persistentVolumeClaim)
  const classes = ctx.informers.of(storageClass)
  const pods = ctx.informers.of(podKind)
  const recorder = ctx.recorder('persistentvolume-controller')
  pods.addIndex(PODS_BY_CLAIM, p => claimKeys(p as FrozenPod))
  volumes.addIndex(BY_CLAIM, v => {
    const key = claimKeyOf(v as Volume)
    return key ? [key] : []
  })
  claims.addIndex(UNBOUND, c => unboundWords(c as Claim))
  const claimKeysBy = (...words: string[]): string[] =>
    words.flatMap(w => [...claims.lister.byIndex(UNBOUND, w)].map(c => `claim ${objectKey(c)}`))

  const setVolumePhase = async (volume: Volume, phase: string, message = ''): Promise<Volume> => {
    if (volume.status?.phase === phase) return volume
    const { message: _old, ...status } = volume.status ?? {}
    const next = { ...status, phase, ...(message ? { message } : {}) }
    return client.update(persistentVolume, { ...volume, status: next } as Volume, { subresource: 'status' })
  }
  const setClaimStatus = async (claim: Claim, phase: string, volume?: Volume): Promise<Claim> => {
    const { accessModes: _modes, capacity: _capacity, ...others } = claim.status ?? {}
    // A claim that is bound keeps its own size: whoever resizes it writes that.
    const capacity =
      claim.status?.phase === phase && claim.status.capacity ? claim.status.capacity : volume?.spec?.capacity
    const held = volume ? { accessModes: volume.spec?.accessModes, capacity } : {}
    const status = compact({ ...others, phase, ...held })
    if (sameObject(status, claim.status)) return claim
    return client.update(persistentVolumeClaim, { ...claim, status } as Claim, { subresource: 'status' })
  }
  const bind = async (volume: Volume, claim: Claim): Promise<void> => {
    const held = await setVolumePhase(await bindVolume(volume, claim), 'Bound')
    await setClaimStatus(await bindClaim(claim, held), 'Bound', held)
  }
  const bindVolume = async (volume: Volume, claim: Claim): Promise<Volume> => {
    const ref = volume.spec?.claimRef
    if (isBoundTo(volume, claim) && ref?.uid) return volume
    const { name, namespace, uid, resourceVersion, annotations } = {
      ...claim.metadata,
      annotations: volume.metadata.annotations,
    }
    const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion }
    const marked = isBoundTo(volume, claim) ? annotations : { ...annotations, [BOUND_BY_CONTROLLER]: 'yes' }
    const metadata = { ...volume.metadata, ...(marked ? { annotations: marked } : {}) }
    return client.update(persistentVolume, { ...volume, metadata, spec: { ...volume.spec, claimRef } } as Volume)
  }
  const bindClaim = async (claim: Claim, volume: Volume): Promise<Claim> => {
    const volumeName = volume.metadata.name ?? ''
    const ours = claim.spec?.volumeName !== volumeName
    const old = claim.metadata.annotations ?? {}
    const annotations = {
      ...old,
      ...(ours && old[BOUND_BY_CONTROLLER] === undefined ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}),
      ...(old[BIND_COMPLETED] === undefined ? { [BIND_COMPLETED]: 'yes' } : {}),
    }
    if (!ours && sameObject(annotations, old)) return claim
    const metadata = { ...claim.metadata, annotations }
    return client.update(persistentVolumeClaim, { ...claim, metadata, spec: { ...claim.spec, volumeName } } as Claim)
  }
  const noteProvisioner = async (claim: Claim, provisioner: string): Promise<Claim> => {
    const old = claim.metadata.annotations ?? {}
    if (PROVISIONER.every(a => old[a] === provisioner)) return claim
    const annotations = { ...old, ...Object.fromEntries(PROVISIONER.map(a => [a, provisioner])) }
    return client.update(persistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, annotations } } as Claim)
  }

  const reconcileClaim = async (key: string): Promise<void> => {
    const claim = claims.lister.get(key) as Claim | undefined
    if (!claim) return
    const plan = planClaim(claim, {
      volumes: () => volumes.lister.all(),
      volume: name => volumes.lister.get(name) as Volume | undefined,
      classes: () => classes.lister.all(),
      waitingPods: () =>
        [...pods.lister.byIndex(PODS_BY_CLAIM, key)]
          .filter(p => !p.spec?.nodeName && !hasEnded(p as FrozenPod))
          .map(p => p.metadata.name ?? ''),
    })
    if (plan.do === 'bind') return bind(plan.volume, claim)
    if (plan.do === 'set-class') {
      const spec = { ...claim.spec, storageClassName: plan.className }
      await client.update(persistentVolumeClaim, { ...claim, spec } as Claim)
      return
    }
    if (plan.do === 'lose') {
      if (claim.status?.phase === 'Lost') return
      recorder.event(await setClaimStatus(claim, 'Lost'), plan.told.type, plan.told.reason, plan.told.message)
      return
    }
    const noted = plan.provisioner ? await noteProvisioner(claim, plan.provisioner) : claim
    const waiting = await setClaimStatus(noted, 'Pending')
    if (plan.told) recorder.event(waiting, plan.told.type, plan.told.reason, plan.told.message)
  }

  const reclaim = async (volume: Volume, how: Reclaim): Promise<void> => {
    const phase = volume.status?.phase
    const released = phase === 'Released' || phase === 'Failed' ? volume : await setVolumePhase(volume, 'Released')
    if (how.do === 'fail' && phase !== 'Failed') {
      recorder.event(released, how.told.type, how.told.reason, how.told.message)
      await setVolumePhase(released, 'Failed', how.told.message)
    }
    if (how.do !== 'delete') return
    const { name = '', uid = '' } = volume.metadata
    await client.delete(persistentVolume, '', name, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
  const reconcileVolume = async (key: string): Promise<void> => {
    const volume = volumes.lister.get(key) as Volume | undefined
    if (!volume) return
    const claimKey = claimKeyOf(volume)
    const plan = planVolume(volume, claimKey ? (claims.lister.get(claimKey) as Claim | undefined) : undefined)
    if (plan.do === 'phase') await setVolumePhase(volume, plan.phase)
    else if (plan.do === 'wake-claim' && claimKey) await reconcileClaim(claimKey)
    else if (plan.do === 'unbind')
      await setVolumePhase(await client.update(persistentVolume, unbound(volume)), 'Available')
    else if (plan.do === 'release') await reclaim(volume, plan.then)
  }

  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const rest = key.slice(key.indexOf(' ') + 1)
      await (key.startsWith('claim ') ? reconcileClaim(rest) : reconcileVolume(rest))
      return DONE
    },
  }
  /** Claims that a volume may satisfy, or whose volume it is. */
  const claimsNear = (volume: Volume): string[] => {
    const { name = '' } = volume.metadata
    const owner = claimKeyOf(volume)
    if (owner) return [`claim ${owner}`, ...claimKeysBy(`volume ${name}`)]
    return claimKeysBy(`class ${classOf(volume)}`, `volume ${name}`)
  }
  return controller(ctx, {
    name: 'persistentvolume-binder',
    reconciler,
    workers: 1,
    sources: [
      source(volumes, ({ object, previous }) => [
        `volume ${object.metadata.name}`,
        ...claimsNear(object as Volume),
        ...(previous ? claimsNear(previous as Volume) : []),
      ]),
      source(claims, ({ object }) => {
        const key = objectKey(object)
        const held = [...volumes.lister.byIndex(BY_CLAIM, key)].map(v => `volume ${v.metadata.name}`)
        return [`claim ${key}`, ...held]
      }),
      source(classes, ({ object }) => claimKeysBy(`class ${object.metadata.name}`, 'no class')),
      { informer: pods, attach: () => ({ [Symbol.dispose]: () => {} }) },
    ],
  })
}
