import { isAlreadyExists, isNotFound } from '../base/errors.ts'
import { errorText } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import type { EventRecorder } from '../client/events.ts'
import type { Informer } from '../client/informer.ts'
import { endpoints as endpointsKind } from '../kinds/core/endpoints.ts'
import type { EndpointAddress, EndpointSubset } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import type { Family, FrozenService } from './endpoints/pods.ts'
import {
  addressesOf,
  familiesOf,
  HEADLESS,
  hostnameOf,
  isHeadless,
  isSelecting,
  ServicePods,
  TriggerTimes,
  withTrigger,
} from './endpoints/pods.ts'
import type { Port } from './endpoints/ports.ts'
import { corePort, findPort, inSubsetOrder } from './endpoints/ports.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller, splitKey } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'
import type { FrozenPod } from './shared/pods.ts'
import { isReady } from './shared/pods.ts'
import type { Endpoints } from './shared/types.ts'

const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'
const MANAGER = 'endpoint-controller'
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity'
/** Addresses that one Endpoints object holds at most. */
const CAPACITY = 1000

interface Entry {
  readonly address: EndpointAddress
  readonly ready: boolean
  readonly ports: Map<string, Port>
}

/** The subsets of a service: ports that the same addresses offer, together. */
export function planSubsets(
  service: FrozenService,
  pods: readonly FrozenPod[],
): { subsets: EndpointSubset[]; truncated: boolean } {
  const family = familiesOf(service)[0] ?? 'IPv4'
  const entries = pods.map(p => entryOf(p, service, family)).filter(e => e !== undefined)
  const kept = mostReady(entries, CAPACITY)
  const groups = new Map<string, { entries: Entry[]; ports: Port[] }>()
  for (const [port, offering] of byPort(kept)) {
    const key = offering.map(e => `${e.address.ip}/${e.address.targetRef?.uid}`).join()
    const group = groups.get(key) ?? { entries: offering, ports: [] }
    if (port) group.ports.push(port)
    groups.set(key, group)
  }
  const subsets = [...groups.values()].map(g => subsetOf(g.entries, g.ports))
  subsets.sort((a, b) => (a.ports?.[0]?.port ?? 0) - (b.ports?.[0]?.port ?? 0))
  return { subsets, truncated: kept.length < entries.length }
}

/** Each port with the addresses that offer it; addresses without ports stand under undefined. */
function byPort(entries: readonly Entry[]): [Port | undefined, Entry[]][] {
  const found = new Map<string, [Port | undefined, Entry[]]>()
  for (const entry of entries)
    for (const [key, port] of entry.ports.size ? entry.ports : ([['', undefined]] as const)) {
      const offering = found.get(key)
      if (offering) offering[1].push(entry)
      else found.set(key, [port, [entry]])
    }
  return [...found.values()]
}

/** Undefined for pods without an address, or without any of the service's ports. */
function entryOf(p: FrozenPod, service: FrozenService, family: Family): Entry | undefined {
  const ip = addressesOf(p, family)[0]
  if (!ip) return undefined
  const ports = new Map<string, Port>()
  for (const s of service.spec?.ports ?? []) {
    const port = findPort(p, s)
    if (port === undefined) continue
    const found = { name: s.name ?? '', port, protocol: s.protocol ?? 'TCP', appProtocol: s.appProtocol }
    ports.set(JSON.stringify(found), found)
  }
  if (ports.size === 0 && (service.spec?.ports?.length || !isHeadless(service))) return undefined
  const { namespace, name, uid } = p.metadata
  const address = compact({
    ip,
    hostname: hostnameOf(p, service),
    nodeName: p.spec?.nodeName || undefined,
    targetRef: { kind: 'Pod', namespace, name, uid },
  })
  return { address, ready: service.spec?.publishNotReadyAddresses === true || isReady(p), ports }
}

/** As many as fit, ready ones first. */
function mostReady(entries: readonly Entry[], most: number): readonly Entry[] {
  if (entries.length <= most) return entries
  return [...entries.filter(e => e.ready), ...entries.filter(e => !e.ready)].slice(0, most)
}

function subsetOf(entries: readonly Entry[], ports: readonly Port[]): EndpointSubset {
  const addresses = entries.filter(e => e.ready).map(e => e.address)
  const notReadyAddresses = entries.filter(e => !e.ready).map(e => e.address)
  return {
    ...(addresses.length ? { addresses: addresses.sort(byAddress) } : {}),
    ...(notReadyAddresses.length ? { notReadyAddresses: notReadyAddresses.sort(byAddress) } : {}),
    ...(ports.length ? { ports: inSubsetOrder(ports).map(corePort) } : {}),
  }
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1
  return (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1
}

/** The object as it must be; undefined where it is so but for the trigger time. */
export function planEndpoints(
  service: FrozenService,
  known: Frozen<Endpoints> | undefined,
  pods: readonly FrozenPod[],
  trigger: number | undefined,
): Endpoints | undefined {
  const { subsets, truncated } = planSubsets(service, pods)
  const { [HEADLESS]: _, ...copied } = service.metadata.labels ?? {}
  const labels = { ...copied, ...(isHeadless(service) ? { [HEADLESS]: '' } : {}), [MANAGED_BY]: MANAGER }
  const { [OVER_CAPACITY]: over, ...others } = known?.metadata.annotations ?? {}
  if (
    known &&
    sameObject(known.subsets ?? [], subsets) &&
    sameObject(known.metadata.labels, labels) &&
    (over === 'truncated') === truncated
  )
    return undefined
  const annotations = { ...withTrigger(others, trigger), ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}) }
  const { namespace, name } = service.metadata
  return compact({
    ...(known as Endpoints | undefined),
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...((known?.metadata as Endpoints['metadata'] | undefined) ?? { namespace, name }),
      labels,
      annotations: Object.keys(annotations).length ? annotations : undefined,
    },
    subsets: subsets.length ? subsets : undefined,
  })
}

class EndpointsReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #behind: ServicePods
  readonly #endpoints: Informer<Endpoints>
  readonly #recorder: EventRecorder
  readonly #triggers = new TriggerTimes()

  constructor(ctx: ControllerContext, behind: ServicePods) {
    this.#ctx = ctx
    this.#behind = behind
    this.#endpoints = ctx.informers.of(endpointsKind)
    this.#recorder = ctx.recorder(MANAGER)
  }

  async reconcile(key: string): Promise<Outcome> {
    const service = this.#behind.services.lister.get(key)
    if (!service) {
      this.#triggers.forget(key)
      await this.#remove(key)
      return DONE
    }
    if (!isSelecting(service)) return DONE
    const pods = this.#behind.of(service, service.spec?.publishNotReadyAddresses === true)
    const known = this.#endpoints.lister.get(key)
    const wanted = planEndpoints(service, known, pods, this.#triggers.next(service, pods))
    if (wanted) await this.#write(service, known, wanted)
    return DONE
  }

  async #write(service: FrozenService, known: Frozen<Endpoints> | undefined, wanted: Endpoints): Promise<void> {
    const { client } = this.#ctx
    try {
      if (known) await client.update(endpointsKind, wanted)
      else await client.create(endpointsKind, wanted)
    } catch (error) {
      if (isNamespaceTerminating(error) || isAlreadyExists(error)) return
      const [reason, verb] = known ? ['FailedToUpdateEndpoint', 'update'] : ['FailedToCreateEndpoint', 'create']
      const { namespace, name } = service.metadata
      const message = `Failed to ${verb} endpoint ${namespace}/${name}: ${errorText(error)}`
      this.#recorder.event((known ?? service) as FrozenService, 'Warning', reason ?? '', message)
      throw error
    }
  }

  /** The service is gone: its Endpoints go too, whoever wrote them. */
  async #remove(key: string): Promise<void> {
    if (!this.#endpoints.lister.get(key)) return
    const { namespace, name } = splitKey(key)
    await this.#ctx.client.delete(endpointsKind, namespace, name).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

/** Writes the Endpoints of each service with a selector. */
export function endpointsController(ctx: ControllerContext): Part {
  const behind = new ServicePods(ctx.informers)
  const known = ctx.informers.of(endpointsKind)
  return controller(ctx, {
    name: 'endpoints',
    reconciler: new EndpointsReconciler(ctx, behind),
    sources: [
      ...behind.sources(),
      // Endpoints without a service are only removed where this controller made them.
      source(known, ({ type, object }) => {
        const own = object.metadata.labels?.[MANAGED_BY] === MANAGER
        return type === 'deleted' || own ? [`${object.metadata.namespace}/${object.metadata.name}`] : []
      }),
    ],
  })
}
