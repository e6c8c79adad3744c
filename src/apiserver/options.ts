import { badRequest, invalidObject } from '../base/errors.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../base/field-error.ts'
import { validateFieldManager } from '../kinds/validation/metadata.ts'
import type {
  DeleteOptions,
  FieldValidation,
  ListOptions,
  PatchOptions,
  PatchType,
  WriteOptions,
} from '../registry/api.ts'
import { parseDuration, type Query } from './query.ts'

const META_GROUP = 'meta.k8s.io'

/** Options of list and watch as the query has them. Throws 400 for malformed numbers. */
export function listOptions(query: Query): ListOptions & { readonly timeoutSeconds?: number } {
  if (query.empty) return NO_OPTIONS
  const timeoutSeconds = query.integer('timeoutSeconds')
  const limit = query.integer('limit')
  return {
    ...text(query, 'labelSelector'),
    ...text(query, 'fieldSelector'),
    ...text(query, 'continue'),
    ...text(query, 'resourceVersion'),
    ...text(query, 'resourceVersionMatch'),
    ...(limit === undefined ? {} : { limit }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(query.has('sendInitialEvents') ? { sendInitialEvents: query.flag('sendInitialEvents') } : {}),
  }
}

const NO_OPTIONS = {}

function text<K extends string>(query: Query, key: K): { readonly [P in K]?: string } {
  const value = query.get(key)
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string })
}

/** Options of create and update. Throws 422 naming the options object. */
export function writeOptions(query: Query, kind: 'CreateOptions' | 'UpdateOptions'): WriteOptions {
  if (query.empty) return {}
  const errors = [
    ...fieldManagerErrors(query.get('fieldManager')),
    ...dryRunErrors(query.all('dryRun')),
    ...validationErrors(query),
  ]
  if (errors.length) throw invalidObject({ group: META_GROUP, kind }, '', errors)
  return commonOptions(query)
}

/** Options of patch. Throws 422. */
export function patchOptions(query: Query, type: PatchType): PatchOptions {
  const errors: FieldError[] = []
  if (type !== 'apply') {
    if (query.has('force')) errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  } else if (!query.get('fieldManager')) errors.push(required('fieldManager', 'is required for apply patch'))
  errors.push(
    ...fieldManagerErrors(query.get('fieldManager')),
    ...dryRunErrors(query.all('dryRun')),
    ...validationErrors(query),
  )
  if (errors.length) throw invalidObject({ group: META_GROUP, kind: 'PatchOptions' }, '', errors)
  return { ...commonOptions(query), ...(query.flag('force') ? { force: true } : {}) }
}

function commonOptions(query: Query): WriteOptions {
  const fieldManager = query.get('fieldManager')
  const fieldValidation = query.get('fieldValidation')
  return {
    ...(query.has('dryRun') ? { dryRun: true } : {}),
    ...(fieldManager ? { fieldManager } : {}),
    ...(fieldValidation ? { fieldValidation: fieldValidation as FieldValidation } : {}),
  }
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every(v => v === 'All') ? [] : [notSupported('dryRun', values, ['All'])]
}

function validationErrors(query: Query): FieldError[] {
  const value = query.get('fieldValidation')
  if (!value || value === 'Ignore' || value === 'Warn' || value === 'Strict') return []
  return [notSupported('fieldValidation', value, ['', 'Ignore', 'Strict', 'Warn'])]
}

const fieldManagerErrors = (value: string | undefined): FieldError[] =>
  validateFieldManager(value ?? '', 'fieldManager')

/** A DeleteOptions object as a body has it. */
export interface DeleteOptionsObject {
  readonly gracePeriodSeconds?: number | null
  readonly propagationPolicy?: string | null
  readonly orphanDependents?: boolean | null
  readonly preconditions?: { readonly uid?: string | null; readonly resourceVersion?: string | null } | null
  readonly dryRun?: readonly string[] | null
  readonly ignoreStoreReadErrorWithClusterBreakingPotential?: boolean | null
}

/** Delete options of the query, which counts only where there is no body. Throws 400. */
export function deleteOptionsOfQuery(query: Query): DeleteOptionsObject {
  if (query.empty) return {}
  const gracePeriodSeconds = query.integer('gracePeriodSeconds')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy') ?? '' } : {}),
    ...(query.has('orphanDependents') ? { orphanDependents: query.flag('orphanDependents') } : {}),
    ...(query.has('dryRun') ? { dryRun: query.all('dryRun') } : {}),
    ...(query.get('uid') || query.get('resourceVersion') ? { preconditions: preconditionsOf(query) } : {}),
  }
}

function preconditionsOf(query: Query): { uid?: string; resourceVersion?: string } {
  const [uid, resourceVersion] = [query.get('uid'), query.get('resourceVersion')]
  return { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
}

/** Checks delete options and brings them into the registry's form. Throws 422. */
export function deleteOptions(given: DeleteOptionsObject): DeleteOptions {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = given
  const errors = [...propagationErrors(propagationPolicy, orphanDependents), ...dryRunErrors(dryRun ?? [])]
  if (errors.length) throw invalidObject({ group: META_GROUP, kind: 'DeleteOptions' }, '', errors)
  return {
    ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
    ...(typeof propagationPolicy === 'string' ? { propagationPolicy } : {}),
    ...(typeof orphanDependents === 'boolean' ? { orphanDependents } : {}),
    ...(dryRun?.length ? { dryRun: true } : {}),
    ...(preconditions
      ? {
          preconditions: {
            ...(typeof preconditions.uid === 'string' ? { uid: preconditions.uid } : {}),
            ...(typeof preconditions.resourceVersion === 'string'
              ? { resourceVersion: preconditions.resourceVersion }
              : {}),
          },
        }
      : {}),
    ...(given.ignoreStoreReadErrorWithClusterBreakingPotential
      ? { ignoreStoreReadErrorWithClusterBreakingPotential: true }
      : {}),
  }
}

function propagationErrors(policy: string | null | undefined, orphan: boolean | null | undefined): FieldError[] {
  if (typeof policy !== 'string') return []
  if (typeof orphan === 'boolean')
    return [invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set')]
  if (policy === 'Foreground' || policy === 'Background' || policy === 'Orphan') return []
  return [notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil'])]
}

/** `timeout` of requests that do not stay open. Throws 400. */
export function checkTimeout(query: Query): void {
  const value = query.get('timeout')
  if (!value) return
  try {
    parseDuration(value)
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`)
  }
}
