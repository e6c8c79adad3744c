import { invalidObject, notFound } from '../../base/errors.ts'
import { invalid } from '../../base/field-error.ts'
import {
  type LabelSelectorObject,
  labelSelectorText,
  selectorFromLabels,
  selectorFromObject,
} from '../../base/selector.ts'
import type { ManagedFieldsEntry, Scale } from '../../kinds/generated/types.ts'
import { apiVersionOf, type Kind, type ScaleMapping } from '../../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../../kinds/object.ts'
import type {
  Body,
  ObjectTarget,
  PatchOptions,
  PatchType,
  RequestContext,
  Stored,
  WriteOptions,
  WriteResult,
} from '../api.ts'
import { parseApplied, readApplied } from '../applying.ts'
import { readBody } from '../bodies.ts'
import { checkName, takeNamespace } from '../metadata.ts'
import { patchFunction } from '../patching.ts'
import { storedFromObject } from '../stored.ts'
import { resource } from '../write-rules.ts'
import { type Change, type Writes } from '../writes.ts'
import { managerOf } from '../tracker.ts'
import { SCALE } from './body-kinds.ts'
import { applyScale } from './scale-apply.ts'

type ScaleObject = KubeObject & Scale

/** The Scale of an object, as its scale subresource shows it. */
export function scaleOf(kind: Kind, stored: Stored): Stored {
  const mapping = mappingOf(kind, stored.object.metadata.name ?? '')
  const object = stored.object as Frozen<AnyObject>
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = numberAt(object, mapping.specReplicas)
  const selector = selectorText(object, mapping)
  const scale = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      uid,
      ...(resourceVersion ? { resourceVersion } : {}),
      creationTimestamp,
    },
    spec: replicas ? { replicas } : {},
    status: { replicas: numberAt(object, mapping.statusReplicas), ...(selector ? { selector } : {}) },
  }
  return storedFromObject(stored.key, stored.revision, scale as Frozen<KubeObject>)
}

function mappingOf(kind: Kind, name: string): ScaleMapping {
  if (!kind.scale) throw notFound(resource(kind), name)
  return kind.scale
}

const pathOf = (path: string): string[] => path.split('.').filter(part => part !== '')

function valueAt(object: Frozen<AnyObject>, path: string): unknown {
  let value: unknown = object
  for (const part of pathOf(path)) value = (value as Record<string, unknown> | undefined)?.[part]
  return value
}

function numberAt(object: Frozen<AnyObject>, path: string): number {
  const value = valueAt(object, path)
  return typeof value === 'number' ? value : 0
}

/** The selector as text: from a text, a LabelSelector, or the plain labels of a ReplicationController. */
function selectorText(object: Frozen<AnyObject>, { selector }: ScaleMapping): string {
  const value = selector === undefined ? undefined : valueAt(object, selector)
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  const isSelector = 'matchLabels' in value || 'matchExpressions' in value
  return labelSelectorText(
    isSelector ? selectorFromObject(value as LabelSelectorObject) : selectorFromLabels(value as Record<string, string>),
  )
}

/** Replaces the replicas of an object through its Scale. */
export async function updateScale(
  writes: Writes,
  request: { context: RequestContext; target: ObjectTarget; options: WriteOptions },
  body: Body,
): Promise<WriteResult> {
  const { context, target, options } = request
  const fieldValidation = options.fieldValidation ?? 'Warn'
  return change(writes, request, () => {
    const scale = readBody(SCALE, body, { fieldValidation, warnings: context.warnings }) as ScaleObject
    takeNamespace(target.kind, scale.metadata, target.namespace)
    checkName(scale.metadata, target.name)
    return scale
  })
}

/** Patches the Scale of an object. */
export async function patchScale(
  writes: Writes,
  request: { context: RequestContext; target: ObjectTarget; options: PatchOptions },
  type: PatchType,
  body: Body,
): Promise<WriteResult> {
  const { context, target, options } = request
  const apply = patchFunction({ context, target, type, body, options }, SCALE)
  return change(writes, request, existing => {
    const scale = apply(existing) as ScaleObject
    checkName(scale.metadata, target.name)
    return scale
  })
}

/** Applies a Scale: as {@link applyScale}, onto the object as it is then. */
export async function applyToScale(
  writes: Writes,
  request: { context: RequestContext; target: ObjectTarget; options: PatchOptions },
  body: Body,
  now: number,
): Promise<WriteResult> {
  const { context, target, options } = request
  const { kind, name } = target
  const { applied, warnings } = readApplied(SCALE, parseApplied(body), options)
  const mapping = mappingOf(kind, name)
  const kept = context.warnings.length
  const result = await writes.change(request, {
    draft: existing => {
      context.warnings.length = kept
      context.warnings.push(...warnings)
      if (!existing) throw notFound(resource(kind), name)
      const { replicas, managedFields } = applyScale({
        scale: scaleOf(kind, existing).object,
        applied,
        managedFields: existing.object.metadata.managedFields as ManagedFieldsEntry[] | undefined,
        apiVersion: apiVersionOf(kind),
        path: pathOf(mapping.specReplicas),
        manager: options.fieldManager || managerOf(context.userAgent),
        force: options.force === true,
        now,
      })
      checkReplicas(replicas, name)
      const draft = withReplicas(existing.object as Frozen<AnyObject>, mapping, replicas)
      if (managedFields.length) draft.metadata.managedFields = managedFields
      else delete draft.metadata.managedFields
      return draft
    },
    track: false,
    checkUid: false,
    createMissing: false,
  })
  return { stored: scaleOf(kind, result.stored), created: false }
}

function checkReplicas(replicas: number, name: string): void {
  if (replicas >= 0) return
  const fault = invalid('spec.replicas', replicas, 'must be greater than or equal to 0')
  throw invalidObject({ group: 'autoscaling', kind: 'Scale' }, name, [fault])
}

async function change(
  writes: Writes,
  request: { context: RequestContext; target: ObjectTarget; options: WriteOptions },
  next: (existing: Stored) => ScaleObject,
): Promise<WriteResult> {
  const { kind, name } = request.target
  const kept = request.context.warnings.length
  const scaled: Change = {
    draft: existing => {
      request.context.warnings.length = kept
      if (!existing) throw notFound(resource(kind), name)
      const scale = next(scaleOf(kind, existing))
      const replicas = scale.spec?.replicas ?? 0
      checkReplicas(replicas, name)
      const draft = withReplicas(existing.object as Frozen<AnyObject>, mappingOf(kind, name), replicas)
      draft.metadata.resourceVersion = scale.metadata.resourceVersion
      draft.metadata.uid = scale.metadata.uid
      return draft
    },
    track: true,
    checkUid: true,
    createMissing: false,
  }
  const result = await writes.change(request, scaled)
  return { stored: scaleOf(kind, result.stored), created: false }
}

/** A copy of the object with other replicas. */
function withReplicas(object: Frozen<AnyObject>, mapping: ScaleMapping, replicas: number): AnyObject {
  const copy = structuredClone(object) as AnyObject
  const path = pathOf(mapping.specReplicas)
  let at: Record<string, unknown> = copy
  for (const part of path.slice(0, -1)) at = (at[part] ??= {}) as Record<string, unknown>
  at[path.at(-1) ?? ''] = replicas
  return copy
}
