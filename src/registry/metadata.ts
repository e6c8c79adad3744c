import { randomBytes, randomUUID } from 'node:crypto'
import { formatTime } from '../base/clock.ts'
import { badRequest } from '../base/errors.ts'
import type { FieldError } from '../base/field-error.ts'
import type { Kind } from '../kinds/kind.ts'
import type { ObjectMeta, OwnerReference } from '../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import { validateMetadata, validateMetadataUpdate } from '../kinds/validation/metadata.ts'
import { nameIsPathSegment } from '../kinds/validation/names.ts'
import { jsonEqual, membersEqual } from './equal.ts'

/** Letters and digits of generated names: no vowels, nothing that looks like another. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
/** A generated name has at most 63 characters. */
const MAX_PREFIX = 63 - SUFFIX_LENGTH

/** `generateName` and five random characters. */
export function generateName(prefix: string): string {
  let suffix = ''
  for (const byte of randomBytes(SUFFIX_LENGTH)) suffix += LETTERS[byte % LETTERS.length]
  return prefix.slice(0, MAX_PREFIX) + suffix
}

/** The body's namespace must be that of the request; an empty one becomes it. Throws 400. */
export function takeNamespace(kind: Kind, meta: ObjectMeta, namespace: string): void {
  if (!kind.namespaced) {
    delete meta.namespace
    return
  }
  if (meta.namespace && meta.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  meta.namespace = namespace
}

/** The body of a replacement must be about the object of the path. Throws 400. */
export function checkName(meta: ObjectMeta, name: string): void {
  if (!meta.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (meta.name !== name)
    throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`)
}

/** What nobody can say about a new object. */
export function dropDeletion(meta: ObjectMeta): void {
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete meta.selfLink
}

/** What the server alone decides about a new object. */
export function fillNewMetadata(meta: ObjectMeta, now: number): void {
  dropDeletion(meta)
  meta.uid = randomUUID()
  meta.creationTimestamp = formatTime(now)
  if (meta.generateName && !meta.name) meta.name = generateName(meta.generateName)
}

/** What an update cannot change or leaves out stays as it was. */
export function keepOldMetadata(meta: ObjectMeta, old: Frozen<ObjectMeta>): void {
  delete meta.selfLink
  meta.uid ||= old.uid
  meta.creationTimestamp = old.creationTimestamp
  if (old.deletionTimestamp) meta.deletionTimestamp = old.deletionTimestamp
  if (old.deletionGracePeriodSeconds !== undefined && meta.deletionGracePeriodSeconds === undefined)
    meta.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds
}

/** Owner references stand once each. */
export function dedupOwnerReferences(meta: ObjectMeta, warnings: string[], afterAdmission: boolean): void {
  const references = meta.ownerReferences
  if (!references || references.length < 2) return
  const kept: OwnerReference[] = []
  const repeated = new Set<string>()
  for (const reference of references) {
    if (kept.some(k => jsonEqual(k, reference))) repeated.add(reference.uid)
    else kept.push(reference)
  }
  if (repeated.size === 0) return
  meta.ownerReferences = kept
  const when = afterAdmission ? ' after mutating admission happens' : ''
  const advice = afterAdmission ? '' : '; please fix your requests'
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+,` +
      ` and may reject such requests as early as 1.24${advice}; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  )
}

export function newMetadataFaults(kind: Kind, meta: ObjectMeta): FieldError[] {
  return validateMetadata(meta, {
    namespaced: kind.namespaced,
    validateName: kind.validateName,
    standardFinalizers: wantsStandardFinalizers(kind),
  })
}

/** Kinds whose finalizers may have any qualified name, beside custom resources. */
const ANY_FINALIZERS = new Set([
  'core/events',
  'coordination.k8s.io/leases',
  'policy/poddisruptionbudgets',
  'node.k8s.io/runtimeclasses',
])

const wantsStandardFinalizers = (kind: Kind): boolean =>
  kind.custom !== true && !ANY_FINALIZERS.has(`${kind.group || 'core'}/${kind.plural}`)

/** How a kind's own rules look at the metadata of a changed object: as a change, and as that of a new object. */
interface OwnMetadataRules {
  readonly asChange: boolean
  /** How often. */
  readonly asNew: number
}

const ONLY_AS_CHANGE: OwnMetadataRules = { asChange: true, asNew: 0 }
const AS_BOTH: OwnMetadataRules = { asChange: true, asNew: 1 }
const ONLY_AS_NEW: OwnMetadataRules = { asChange: false, asNew: 1 }

const OWN_RULES: Readonly<Record<string, OwnMetadataRules>> = {
  'core/configmaps': AS_BOTH,
  'core/secrets': AS_BOTH,
  'core/serviceaccounts': AS_BOTH,
  'core/endpoints': AS_BOTH,
  'core/persistentvolumeclaims': AS_BOTH,
  'core/namespaces': AS_BOTH,
  'core/nodes': AS_BOTH,
  'core/limitranges': ONLY_AS_NEW,
  'core/persistentvolumes': { asChange: false, asNew: 2 },
  'discovery.k8s.io/endpointslices': ONLY_AS_NEW,
  'networking.k8s.io/ingresses': AS_BOTH,
  'networking.k8s.io/ingressclasses': AS_BOTH,
  'networking.k8s.io/ipaddresses': AS_BOTH,
  'storage.k8s.io/storageclasses': AS_BOTH,
  'storage.k8s.io/volumeattributesclasses': AS_BOTH,
  'rbac.authorization.k8s.io/roles': AS_BOTH,
  'rbac.authorization.k8s.io/clusterroles': AS_BOTH,
  'rbac.authorization.k8s.io/rolebindings': AS_BOTH,
  'rbac.authorization.k8s.io/clusterrolebindings': AS_BOTH,
}

function ownRulesOf(kind: Kind): OwnMetadataRules {
  // Events of the core group are rewritten freely; the same objects of the other group are not.
  if (kind.kind === 'Event' && kind.group === '') return { asChange: false, asNew: 0 }
  return OWN_RULES[kind.storage] ?? ONLY_AS_CHANGE
}

/**
 * Kubernetes checks the metadata of an update up to four times, and shows each cause as often: as that of any object,
 * as a change, as a change by the kind, and for some kinds as that of a new object of the kind.
 */
export function changedMetadataFaults(kind: Kind, meta: ObjectMeta, old: Frozen<ObjectMeta>): FieldError[] {
  const { namespaced } = kind
  const before = old as ObjectMeta
  const { asChange, asNew } = ownRulesOf(kind)
  const standardFinalizers = wantsStandardFinalizers(kind)
  const faults = [
    ...validateMetadata(meta, { namespaced, validateName: nameIsPathSegment, standardFinalizers: false }),
    ...validateMetadataUpdate(meta, before, { standardFinalizers: false }),
  ]
  if (asChange) faults.push(...validateMetadataUpdate(meta, before, { standardFinalizers }))
  for (let i = 0; i < asNew; i++)
    faults.push(...validateMetadata(meta, { namespaced, validateName: kind.validateName, standardFinalizers }))
  return faults
}

const META_AND_STATUS = new Set(['metadata', 'status', 'kind', 'apiVersion'])

/** The generation of a changed object: raised by one where the kind counts this change. */
export function nextGeneration(kind: Kind, draft: AnyObject, old: Frozen<KubeObject>): number | undefined {
  const before = old.metadata.generation
  if (kind.generation === 'none') return before
  const raised =
    typeof kind.generation === 'function'
      ? kind.generation(draft as never, old as never)
      : !membersEqual(draft, old, META_AND_STATUS) ||
        (kind.generation === 'spec+annotations' && !jsonEqual(draft.metadata.annotations, old.metadata.annotations))
  return raised ? (before ?? 0) + 1 : before
}
