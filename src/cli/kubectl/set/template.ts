import type { Json } from '../api/connection.ts'
import { FILE_FLAGS } from '../api/manifests.ts'
import { ALL, type Found, findObjects, metadataOf, SELECTOR } from '../api/targets.ts'
import { causePatch, DRY_RUN, dryRunOf, fieldManager, RECORD, reporter, sendPatch, warnRecord } from '../api/writing.ts'
import { mergePatch, schemaOf, strategicPatch } from '../apply/three-way.ts'
import { PlainError, throwAll } from '../base/errors.ts'
import type { FlagSpec } from '../base/flags.ts'
import type { Call } from '../base/verb.ts'
import { PRINT_FLAGS } from '../print/output.ts'

/** Flags of all verbs below `set`. */
export const SET_FLAGS: readonly FlagSpec[] = [
  ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to get from a server.'),
  ...PRINT_FLAGS,
  SELECTOR,
  ALL,
  DRY_RUN,
  RECORD,
  fieldManager('kubectl-set'),
]

export interface ContainerShape {
  readonly name: string
  readonly image?: string
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Json }[]
  readonly resources?: { readonly limits?: Record<string, string>; readonly requests?: Record<string, string> }
}
export interface PodSpecShape {
  readonly containers?: readonly ContainerShape[]
  readonly initContainers?: readonly ContainerShape[]
  readonly serviceAccountName?: string
}

const PATHS: Record<string, readonly string[]> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

const pathOfSpec = (object: Json): readonly string[] => PATHS[String(object['kind'])] ?? ['spec', 'template', 'spec']

/** The pod's spec within an object. Throws PlainError where it has none. */
export function podSpecOf(object: Json): PodSpecShape {
  const spec = pathOfSpec(object).reduce<unknown>((v, key) => (v as Json | undefined)?.[key], object)
  if (spec) return spec as PodSpecShape
  throw new PlainError(
    `the object is not a pod or does not have a pod template: ${String(object['kind'])} ${metadataOf(object).name ?? ''}`,
  )
}

/** A patch of the pod's spec as a patch of the object. */
export function specPatch(object: Json, fields: Json): Json {
  return pathOfSpec(object).reduceRight<unknown>((inner, key) => ({ [key]: inner }), fields) as Json
}

/** The patch that gives the pod's spec these fields, with the order of lists; undefined where it has them. */
export function patchTo(object: Json, fields: Json): Json | undefined {
  const modified = withSpec(object, pathOfSpec(object), fields)
  const schema = schemaOf(String(object['apiVersion']), String(object['kind']))
  const patch = schema
    ? strategicPatch(schema, { original: object, modified, current: object })
    : mergePatch(object, modified, object)
  return Object.keys(patch).length > 0 ? patch : undefined
}

function withSpec(object: Json, [key, ...rest]: readonly string[], fields: Json): Json {
  if (key === undefined) return { ...object, ...fields }
  return { ...object, [key]: withSpec(object[key] as Json, rest, fields) }
}

/** What is to become of one object: a strategic merge patch, or nothing where it is so already. */
export interface SetPlan {
  readonly patch: Json | undefined
  /** What cannot be done; the object is left alone then. */
  readonly faults?: readonly string[]
}

export interface SetVerb {
  /** `image updated`. */
  readonly done: string
  /** `image update to pod template`, as the server's refusal is told. */
  readonly what: string
  /** Objects that are so already are told of too. */
  readonly tellsAll?: boolean
  /** Wrong flags, told after the objects were looked for. */
  readonly check?: () => void
  readonly plan: (found: Found) => SetPlan
}

/** Plans and patches each object that the arguments name. */
export async function setOnObjects(call: Call, targets: readonly string[], verb: SetVerb): Promise<void> {
  warnRecord(call)
  const dryRun = dryRunOf(call.flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await findObjects(call, targets)
  verb.check?.()
  throwAll(errors)
  for (const f of found) {
    const { patch, faults = [] } = verb.plan(f)
    errors.push(...faults.map(fault => new PlainError(fault)))
    const cause = causePatch(call, f.object)
    if (faults.length > 0) continue
    if (!patch && !cause) {
      if (verb.tellsAll) report(f.object, verb.done)
      continue
    }
    const body = { ...cause, ...patch }
    try {
      const object =
        dryRun === 'client' ? await patchedHere(f, body) : await sendPatch(call, f, { type: 'strategic', body, dryRun })
      report(object, verb.done)
    } catch (error) {
      errors.push(new PlainError(`failed to patch ${verb.what}: ${(error as Error).message}`))
    }
  }
  throwAll(errors)
}

async function patchedHere(f: Found, body: Json): Promise<Json> {
  const { applyStrategicMerge } = await import('../../../registry/patch/strategic-merge.ts')
  return applyStrategicMerge(schemaOf(String(f.object['apiVersion']), String(f.object['kind'])) ?? '', f.object, body)
}

/** True where a container's name is meant by `--containers`: a name, or one with `*` for anything. */
export function meansContainer(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*').map(part => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${[first, ...rest].join('.*')}$`).test(name)
}
