import { failure, forbiddenError } from '../../base/errors.ts'
import { ownOf } from '../../base/json.ts'
import { compareQuantityTexts } from '../../base/quantity.ts'
import type { Pod, PodSpec, RuntimeClass, Toleration } from '../../kinds/generated/types.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { wasGivenEmpty } from '../../kinds/schema/decode.ts'
import { isPathSegment } from '../../kinds/validation/names.ts'
import { jsonEqual } from '../equal.ts'
import type { World } from '../world.ts'
import { type AdmissionPlugin, type AdmissionRequest, isAbout, resourceOf } from './plugin.ts'

type Class = Frozen<KubeObject & RuntimeClass>
type Amounts = Readonly<Record<string, string | number>> | undefined

/** A pod's overhead, node selector and tolerations come from its runtime class. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  admit(request, world) {
    const spec = podSpec(request)
    if (!spec) return
    const found = classOf(request, spec, world)
    if (!found) return
    setOverhead(request, spec, found)
    setScheduling(request, spec, found)
  },
  validate(request, world) {
    const spec = podSpec(request)
    if (!spec) return
    const found = classOf(request, spec, world)
    const overhead = spec.overhead as Amounts
    if (found?.overhead) {
      if (!sameAmounts(overhead, found.overhead.podFixed as Amounts)) throw mismatch(request)
    } else if ((overhead && Object.keys(overhead).length > 0) || wasGivenEmpty(spec, 'overhead'))
      throw forbid(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
  },
}

function podSpec(request: AdmissionRequest): PodSpec | undefined {
  if (!isAbout(request, 'core/pods') || request.operation !== 'CREATE') return undefined
  return (request.object as KubeObject & Pod).spec
}

const forbid = (request: AdmissionRequest, cause: string): Error =>
  forbiddenError(resourceOf(request), request.name, cause)

const mismatch = (request: AdmissionRequest): Error =>
  forbid(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")

function classOf(request: AdmissionRequest, spec: PodSpec, world: World): Class | undefined {
  const name = spec.runtimeClassName
  if (name === undefined) return undefined
  // The lookup is a request of its own, which a name that fits in no path does not survive.
  const faults = isPathSegment(name, false)
  if (!name) throw failure({ code: 500, message: 'resource name may not be empty' })
  if (faults.length)
    throw failure({ code: 500, message: `invalid resource name ${JSON.stringify(name)}: [${faults.join(', ')}]` })
  const found = world.get<KubeObject & RuntimeClass>('node.k8s.io/runtimeclasses', '', name)
  if (!found) throw forbid(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
  return found
}

function setOverhead(request: AdmissionRequest, spec: PodSpec, found: Class): void {
  const fixed = found.overhead?.podFixed as Amounts
  if (!found.overhead) return
  if (spec.overhead === undefined) {
    if (fixed) spec.overhead = { ...fixed } as PodSpec['overhead']
  } else if (!sameAmounts(spec.overhead as Amounts, fixed)) throw mismatch(request)
}

function sameAmounts(a: Amounts = {}, b: Amounts = {}): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(k => {
      const [x, y] = [a[k], b[k]]
      return x !== undefined && y !== undefined && compareQuantityTexts(x, y) === 0
    })
  )
}

function setScheduling(request: AdmissionRequest, spec: PodSpec, { scheduling }: Class): void {
  if (!scheduling) return
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector && ownOf(spec.nodeSelector, key)
    if (own !== undefined && own !== value)
      throw forbid(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      )
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value as string }
  }
  const given = spec.tolerations ?? []
  const added = (scheduling.tolerations ?? []).filter(t => !given.some(g => jsonEqual(g, t)))
  if (added.length) spec.tolerations = [...given, ...added.map(t => ({ ...t }) as Toleration)]
}
