import { alreadyExists, conflict, failure, notFound, StatusError } from '../base/errors.ts'
import type { FieldError } from '../base/field-error.ts'
import type { Clock } from '../base/clock.ts'
import type { Kind } from '../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../kinds/object.ts'
import { GuardError, type Store } from '../store/store.ts'
import type { AdmissionChain } from './admission/chain.ts'
import type { Body, ObjectTarget, RequestContext, Stored, Target, WriteOptions, WriteResult } from './api.ts'
import { type BodyKind, readBody } from './bodies.ts'
import type { Cache } from './cache.ts'
import type { Hooks } from './hooks.ts'
import { type FieldTracker, managerOf } from './tracker.ts'
import {
  changedMetadataFaults,
  checkName,
  dedupOwnerReferences,
  dropDeletion,
  fillNewMetadata,
  keepOldMetadata,
  newMetadataFaults,
  nextGeneration,
  takeNamespace,
} from './metadata.ts'
import { keyOf, prefixOf, storedAt, storedDry, viewOf } from './stored.ts'
import {
  admissionRequest,
  checkRevision,
  frozen,
  keepOldFields,
  keepOldTimes,
  resource,
  ruleContext,
  rulesOf,
  sameObject,
  settle,
  throwInvalid,
  toStored,
  uidText,
  type Request,
} from './write-rules.ts'

/** How often another name is generated when the first is taken. */
const MAX_NAMES = 8

/** Whether a new object names a revision: what is no number, or zero, is passed over. */
const isRevision = (text: string | undefined): boolean => !!text && /^\d{1,20}$/.test(text) && !/^0+$/.test(text)

export interface WriteDeps {
  readonly cache: Cache
  readonly store: Store<Stored>
  readonly clock: Clock
  readonly admission: AdmissionChain
  readonly hooks: Hooks
  readonly tracker: FieldTracker
}

/** What makes the new state of an object from the present one; undefined where it does not exist. */
export interface Change {
  /** A new draft, which may be changed. Its resourceVersion, where set, must be the present one. Throws to refuse. */
  readonly draft: (existing: Stored | undefined) => AnyObject
  /** False: who owns which field was already settled by `draft` (server-side apply). */
  readonly track: boolean
  /** The draft's uid must be that of the object: 409. */
  readonly checkUid: boolean
  /** The draft is stored as it stands: no rules, no admission, no new generation. The caller has seen to them. */
  readonly raw?: true
  /** Creates the object where it is missing. */
  readonly createMissing: boolean
}

/** Create, replace and change: the way of a write from the body to the store. */
export class Writes {
  readonly #d: WriteDeps

  constructor(deps: WriteDeps) {
    this.#d = deps
  }

  async create(context: RequestContext, target: Target, body: Body, options: WriteOptions): Promise<WriteResult> {
    const { warnings } = context
    const kept = warnings.length
    for (let tries = 1; ; tries++) {
      warnings.length = kept
      const fieldValidation = options.fieldValidation ?? 'Warn'
      const draft = readBody(target.kind, body, { fieldValidation, warnings })
      const generated = !draft.metadata.name && !!draft.metadata.generateName
      try {
        const named = { ...target, name: draft.metadata.name ?? '' }
        return await this.createDraft({ context, target: named, options }, draft, true)
      } catch (error) {
        const taken = error instanceof StatusError && error.reason === 'AlreadyExists'
        if (!taken || !generated || tries === MAX_NAMES) throw error
      }
    }
  }

  /** Stores a new object. Takes `draft` over. */
  async createDraft(request: Request, draft: AnyObject, track: boolean): Promise<WriteResult> {
    const { context, target, options } = request
    const { kind } = target
    takeNamespace(kind, draft.metadata, target.namespace)
    const wantedRevision = draft.metadata.resourceVersion
    dropDeletion(draft.metadata)
    dedupOwnerReferences(draft.metadata, context.warnings, false)
    if (track) this.#track(request, undefined, draft)
    const admission = admissionRequest(request, 'CREATE', draft, undefined)
    this.#d.admission.admit(admission)
    dedupOwnerReferences(draft.metadata, context.warnings, true)
    const now = this.#d.clock.now()
    fillNewMetadata(draft.metadata, now)
    const faults = this.#prepareNew(request, draft, now)
    const taken = [this.#d.hooks.beginCreate(kind, draft, options.dryRun === true, faults)]
    try {
      throwInvalid(kind, draft, faults)
      context.warnings.push(...(kind.warnings?.(draft) ?? []))
      taken.push(this.#d.admission.validate({ ...admission, name: draft.metadata.name ?? '' }))
      if (options.dryRun !== true && isRevision(wantedRevision))
        throw failure({ code: 500, message: 'resourceVersion should not be set on objects to be created' })
      const stored = await this.#storeNew(kind, target.namespace, draft, options.dryRun === true)
      settle(taken, options.dryRun !== true)
      return { stored: viewOf(kind, stored), created: true }
    } catch (error) {
      settle(taken, false)
      throw error
    }
  }

  #prepareNew({ context, target, options }: Request, draft: AnyObject, now: number): FieldError[] {
    const { kind } = target
    const rules = ruleContext(context, options, now)
    kind.prepareForCreate?.(draft, rules)
    if (kind.generation !== 'none') draft.metadata.generation = 1
    const faults = kind.validate?.(draft, rules) ?? []
    // The rules of core events do not look at metadata: it is seen to after them.
    if (kind.kind === 'Event' && kind.group === '' && faults.length) return faults
    return [...newMetadataFaults(kind, draft.metadata), ...faults]
  }

  async #storeNew(kind: Kind, namespace: string, draft: AnyObject, dryRun: boolean): Promise<Stored> {
    const key = keyOf(namespace, draft.metadata.name ?? '')
    const object = frozen(toStored(kind, draft))
    if (dryRun) {
      if (this.#d.cache.objects(kind.storage).get(key)) throw this.#taken(kind, key, draft)
      return storedDry(key, undefined, object)
    }
    try {
      return await this.#append(kind, key, 'absent', revision => storedAt(key, revision, object))
    } catch (error) {
      if (error instanceof GuardError) throw this.#taken(kind, key, draft)
      throw error
    }
  }

  #taken(kind: Kind, key: string, draft: AnyObject): StatusError {
    const error = alreadyExists({ group: kind.group, resource: kind.plural }, draft.metadata.name ?? '')
    let { message = '', details = {} } = error.status
    if (draft.metadata.generateName) {
      message += ', the server was not able to generate a unique name for the object'
      details = { ...details, retryAfterSeconds: 1 }
    }
    if (this.#d.cache.objects(kind.storage).get(key)?.object.metadata.deletionTimestamp)
      message = `object is being deleted: ${message}`
    return new StatusError({ ...error.status, message, details })
  }

  update(context: RequestContext, target: ObjectTarget, body: Body, options: WriteOptions): Promise<WriteResult> {
    const kept = context.warnings.length
    return this.change(
      { context, target, options },
      {
        draft: () => {
          context.warnings.length = kept
          const fieldValidation = options.fieldValidation ?? 'Warn'
          const draft = readBody(target.kind, body, { fieldValidation, warnings: context.warnings })
          takeNamespace(target.kind, draft.metadata, target.namespace)
          checkName(draft.metadata, target.name)
          return draft
        },
        track: true,
        checkUid: true,
        createMissing: target.kind.createOnUpdate && !target.subresource,
      },
    )
  }

  /**
   * Changes one object, again and again while others change it: of those that come together one is stored each time.
   * A draft that names a revision no longer fits then: 409.
   */
  async change(request: Request, change: Change): Promise<WriteResult> {
    const { kind, namespace, name } = request.target
    const key = keyOf(namespace, name)
    for (;;) {
      const existing = this.#d.cache.objects(kind.storage).get(key)
      const present = existing && viewOf(kind, existing)
      const draft = change.draft(present)
      try {
        if (!present) {
          if (!change.createMissing) throw notFound(resource(kind), name)
          if (draft.metadata.uid) throw conflict(resource(kind), name, uidText(draft.metadata.uid, ''))
          delete draft.metadata.resourceVersion
          return await this.createDraft(request, draft, change.track)
        }
        if (change.checkUid && draft.metadata.uid && draft.metadata.uid !== present.object.metadata.uid)
          throw conflict(resource(kind), name, uidText(draft.metadata.uid, present.object.metadata.uid ?? ''))
        if (change.raw) return await this.#changeRaw(request, present, draft)
        return await this.#changePresent(request, present, draft, change.track)
      } catch (error) {
        if (!(error instanceof GuardError)) throw error
        const waited = error.actual === undefined ? undefined : this.#d.cache.reached(error.actual)
        if (waited) await waited
      }
    }
  }

  async #changePresent(request: Request, present: Stored, draft: AnyObject, track: boolean): Promise<WriteResult> {
    const { context, target, options } = request
    const { kind, name } = target
    const old = present.object
    dedupOwnerReferences(draft.metadata, context.warnings, false)
    if (track) this.#track(request, old, draft)
    const admission = admissionRequest(request, 'UPDATE', draft, old)
    this.#d.admission.admit(admission)
    dedupOwnerReferences(draft.metadata, context.warnings, true)
    keepOldFields(draft, old)
    checkRevision(kind, name, draft, old)
    const dryRun = options.dryRun === true
    const faults = this.#prepareChanged(request, draft, old)
    const taken = target.subresource ? [] : [this.#d.hooks.beginUpdate(kind, draft, old, dryRun, faults)]
    try {
      throwInvalid(kind, draft, faults)
      context.warnings.push(...(rulesOf(kind, target.subresource).warnings?.(draft, old as KubeObject) ?? []))
      taken.push(this.#d.admission.validate(admission))
      const stored = await this.#storeChanged(kind, present, draft, dryRun)
      settle(taken, !dryRun)
      return { stored: viewOf(kind, stored), created: false }
    } catch (error) {
      settle(taken, false)
      throw error
    }
  }

  async #changeRaw({ target, options }: Request, present: Stored, draft: AnyObject): Promise<WriteResult> {
    const stored = await this.#storeChanged(target.kind, present, draft, options.dryRun === true)
    return { stored: viewOf(target.kind, stored), created: false }
  }

  /** Notes who sent which fields of an object that is answered and not stored. */
  trackSent(request: Request, sent: BodyKind, object: AnyObject): void {
    // Of the kind whose subresource it is only what goes for both stays.
    const { status: _, ...shared } = request.target.kind
    const { group, version, kind, schema } = sent
    const target = { ...request.target, kind: { ...shared, group, version, kind, schema } }
    this.#track({ ...request, target }, undefined, object)
  }

  /** Admission of what is sent to a subresource and not stored itself. */
  admitCreate(request: Request, object: AnyObject): void {
    const admission = admissionRequest(request, 'CREATE', object, undefined)
    this.#d.admission.admit(admission)
    this.#d.admission.validate(admission).cancel()
  }

  #prepareChanged({ context, target, options }: Request, draft: AnyObject, old: Frozen<KubeObject>): FieldError[] {
    const { kind } = target
    const rules = rulesOf(kind, target.subresource)
    const given = ruleContext(context, options, this.#d.clock.now())
    const before = old as KubeObject
    if (old.metadata.generation === undefined) delete draft.metadata.generation
    else draft.metadata.generation = old.metadata.generation
    rules.prepareForUpdate?.(draft, before, given)
    // A status write never asks for anything new, even where the kind lets it change annotations.
    const generation = target.subresource === 'status' ? undefined : nextGeneration(kind, draft, old)
    if (generation !== undefined) draft.metadata.generation = generation
    keepOldMetadata(draft.metadata, old.metadata)
    keepOldTimes(draft, old)
    return [
      ...changedMetadataFaults(kind, draft.metadata, old.metadata),
      ...(rules.validateUpdate?.(draft, before, given) ?? []),
    ]
  }

  async #storeChanged(kind: Kind, present: Stored, draft: AnyObject, dryRun: boolean): Promise<Stored> {
    const { key, revision } = present
    const object = frozen(toStored(kind, draft))
    if (this.#d.hooks.endsWith(kind, draft, present.object)) {
      // The last finalizer went: the object goes with it, and the answer is its last state at the revision before.
      if (!dryRun) await this.remove(kind, present, present.object)
      return storedDry(key, revision, object)
    }
    const stored = this.#d.cache.objects(kind.storage).get(key)
    if (stored?.revision === revision && sameObject(object, stored.object)) return stored
    if (dryRun) return storedDry(key, revision, object)
    return this.#append(kind, key, revision, at => storedAt(key, at, object))
  }

  /** Removes an object at the revision that was read. Throws GuardError when it has changed since. */
  async remove(kind: Kind, present: Stored, last: Frozen<KubeObject>): Promise<Stored> {
    const { key, revision } = present
    const written = await this.#d.store.append({
      key: prefixOf(kind) + key,
      guard: revision,
      value: undefined,
      lastState: at => storedAt(key, at, last),
    })
    await this.#d.cache.reached(written.revision)
    this.#d.hooks.removed(kind, last)
    return written.value
  }

  /** Replaces an object as it stands, without rules: for what the registry itself changes. Writes only what is new. */
  async replace(kind: Kind, present: Stored, object: Frozen<KubeObject>): Promise<Stored> {
    if (sameObject(object, present.object)) return present
    return this.#append(kind, present.key, present.revision, revision => storedAt(present.key, revision, object))
  }

  async #append(
    kind: Kind,
    key: string,
    guard: 'absent' | number,
    value: (revision: number) => Stored,
  ): Promise<Stored> {
    const written = await this.#d.store.append({ key: prefixOf(kind) + key, guard, value })
    await this.#d.cache.reached(written.revision)
    return written.value
  }

  #track({ context, target, options }: Request, live: Frozen<KubeObject> | undefined, draft: AnyObject): void {
    this.#d.tracker.trackUpdate({
      kind: target.kind,
      subresource: target.subresource ?? '',
      live,
      draft,
      manager: options.fieldManager || managerOf(context.userAgent),
      now: this.#d.clock.now(),
    })
  }
}
