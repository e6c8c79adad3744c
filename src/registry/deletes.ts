import { conflict, invalidObject, notFound, type Status } from '../base/errors.ts'
import { type FieldError, invalid } from '../base/field-error.ts'
import type { Kind } from '../kinds/kind.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import { GuardError } from '../store/store.ts'
import type {
  DeleteOptions,
  DeleteResult,
  ListOptions,
  ListResult,
  ObjectTarget,
  RequestContext,
  Stored,
  Target,
} from './api.ts'
import type { DeletePlan } from './plan-delete.ts'
import type { Reads } from './reads.ts'
import { keyOf, storedDry, viewOf } from './stored.ts'
import { admissionRequest, resource, settle } from './write-rules.ts'
import { type WriteDeps, type Writes } from './writes.ts'

const POLICIES = ['Foreground', 'Background', 'Orphan', 'nil']

/** Deletes: preconditions, grace periods, finalizers, propagation. */
export class Deletes {
  readonly #d: WriteDeps
  readonly #writes: Writes
  readonly #reads: Reads

  constructor(deps: WriteDeps, writes: Writes, reads: Reads) {
    this.#d = deps
    this.#writes = writes
    this.#reads = reads
  }

  async delete(context: RequestContext, target: ObjectTarget, options: DeleteOptions): Promise<DeleteResult> {
    const { kind, namespace, name } = target
    checkDeleteOptions(options)
    const key = keyOf(namespace, name)
    for (;;) {
      const present = this.#d.cache.objects(kind.storage).get(key)
      if (!present) throw notFound(resource(kind), name)
      try {
        return await this.#deletePresent(context, target, present, options)
      } catch (error) {
        if (!(error instanceof GuardError)) throw error
        const waited = error.actual === undefined ? undefined : this.#d.cache.reached(error.actual)
        if (waited) await waited
      }
    }
  }

  async #deletePresent(
    context: RequestContext,
    target: ObjectTarget,
    present: Stored,
    options: DeleteOptions,
  ): Promise<DeleteResult> {
    const { kind, name } = target
    checkPreconditions(kind, name, present.object, options)
    const request = admissionRequest({ context, target, options: {} }, 'DELETE', undefined, present.object)
    const admission = { ...request, dryRun: options.dryRun === true }
    this.#d.admission.admit(admission)
    const reservation = this.#d.admission.validate(admission)
    try {
      const plan = this.#d.hooks.planDelete(kind, present.object, options, this.#d.clock.now())
      const result = await this.#apply(kind, present, plan, options.dryRun === true)
      settle([reservation], !admission.dryRun)
      return result
    } catch (error) {
      settle([reservation], false)
      throw error
    }
  }

  async #apply(kind: Kind, present: Stored, plan: DeletePlan, dryRun: boolean): Promise<DeleteResult> {
    if (plan.action === 'nothing') return { stored: viewOf(kind, present), gone: false }
    if (plan.action === 'mark') {
      const object = plan.object as Frozen<KubeObject>
      const stored = dryRun
        ? storedDry(present.key, present.revision, object)
        : await this.#writes.replace(kind, present, object)
      return { stored: viewOf(kind, stored), gone: false }
    }
    let last = present
    if (plan.object) {
      const object = plan.object as Frozen<KubeObject>
      if (dryRun) last = storedDry(present.key, present.revision, object)
      else last = await this.#writes.replace(kind, present, object)
    }
    if (!dryRun) last = await this.#removed(kind, last, plan.object !== undefined)
    return answer(kind, last, true)
  }

  /** Removes the object. Where our own first write let somebody else remove it in between, that is as good. */
  async #removed(kind: Kind, last: Stored, written: boolean): Promise<Stored> {
    try {
      return await this.#writes.remove(kind, last, last.object)
    } catch (error) {
      if (written && error instanceof GuardError && error.actual === undefined) return last
      throw error
    }
  }

  /** Deletes what the list options select, one by one; answers with the objects as they were. */
  async deleteCollection(
    context: RequestContext,
    target: Target,
    list: ListOptions,
    options: DeleteOptions,
  ): Promise<ListResult> {
    checkDeleteOptions(options)
    const found = await this.#reads.list(target, list)
    await Promise.all(
      found.items.map(async stored => {
        const { namespace = '', name = '' } = stored.object.metadata
        try {
          await this.delete(
            context,
            { kind: target.kind, namespace: target.kind.namespaced ? namespace : '', name },
            options,
          )
        } catch (error) {
          if (!isGone(error)) throw error
        }
      }),
    )
    return found
  }
}

function isGone(error: unknown): boolean {
  return (error as { code?: number }).code === 404
}

/** Answers with the object or, for most kinds, with a Status that tells its uid. */
function answer(kind: Kind, stored: Stored, gone: boolean): DeleteResult {
  const view = viewOf(kind, stored)
  if (kind.deleteReturnsObject) return { stored: view, gone }
  const { name, uid } = view.object.metadata
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      ...(name ? { name } : {}),
      ...(kind.group ? { group: kind.group } : {}),
      kind: kind.plural,
      ...(uid ? { uid } : {}),
    },
  }
  return { status }
}

/** Throws 422 for options that no delete takes. */
export function checkDeleteOptions({ propagationPolicy, orphanDependents }: DeleteOptions): void {
  const faults: FieldError[] = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    faults.push(
      invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'),
    )
  if (propagationPolicy !== undefined && (!POLICIES.includes(propagationPolicy) || propagationPolicy === 'nil'))
    faults.push({
      reason: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${POLICIES.map(p => JSON.stringify(p)).join(', ')}`,
    })
  if (faults.length) throw invalidObject({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', faults)
}

function checkPreconditions(kind: Kind, name: string, object: Frozen<KubeObject>, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const meta = object.metadata
  // Kubernetes names the kind here where it names the plural elsewhere.
  const about = { group: kind.group, resource: kind.kind }
  if (uid !== undefined && uid !== meta.uid)
    throw conflict(
      about,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion)
    throw conflict(
      about,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion}). The object might have been modified`,
    )
}
