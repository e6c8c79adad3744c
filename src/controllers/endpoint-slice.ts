import { isNotFound } from '../base/errors.ts'
import { errorText } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import type { EventRecorder } from '../client/events.ts'
import type { Informer } from '../client/informer.ts'
import { service as serviceKind } from '../kinds/core/service.ts'
import { endpointSlice } from '../kinds/discovery/endpoint-slice.ts'
import type { Endpoint } from '../kinds/generated/types.ts'
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
  ZONE,
} from './endpoints/pods.ts'
import { portsOf } from './endpoints/ports.ts'
import type { SliceContent } from './endpoints/slices.ts'
import { groupByPorts, MANAGED_BY, planSlices, SERVICE_NAME } from './endpoints/slices.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { controllerRef } from './shared/owners.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'
import type { FrozenPod } from './shared/pods.ts'
import { isReady } from './shared/pods.ts'
import type { EndpointSlice } from './shared/types.ts'

const MANAGER = 'endpointslice-controller.k8s.io'
const MAX_ENDPOINTS = 100
const CLOSE = ['PreferClose', 'PreferSameZone', 'PreferSameNode']

/** What a slice says of one pod. */
export function planEndpoint(p: FrozenPod, service: FrozenService, family: Family, zone: string | undefined): Endpoint {
  const serving = isReady(p)
  const terminating = p.metadata.deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const nodeName = p.spec?.nodeName || undefined
  const { namespace, name, uid } = p.metadata
  return compact({
    addresses: addressesOf(p, family),
    conditions: { ready, serving, terminating },
    hostname: hostnameOf(p, service),
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName,
    zone,
    hints: ready ? hintsOf(service, zone, nodeName) : undefined,
  })
}

function hintsOf(service: FrozenService, zone: string | undefined, nodeName: string | undefined): Endpoint['hints'] {
  const wish = service.spec?.trafficDistribution
  if (!wish || !CLOSE.includes(wish)) return undefined
  const forNodes = wish === 'PreferSameNode' && nodeName ? [{ name: nodeName }] : undefined
  const forZones = zone ? [{ name: zone }] : undefined
  return forZones || forNodes ? compact({ forZones, forNodes }) : undefined
}

/** Labels of a service's slices: the service's own and those of the controller. */
export function planLabels(service: FrozenService): Record<string, string> {
  const { [HEADLESS]: _, [MANAGED_BY]: __, [SERVICE_NAME]: ___, ...copied } = service.metadata.labels ?? {}
  return {
    ...copied,
    ...(isHeadless(service) ? { [HEADLESS]: '' } : {}),
    [SERVICE_NAME]: service.metadata.name ?? '',
    [MANAGED_BY]: MANAGER,
  }
}

class SliceReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #behind: ServicePods
  readonly #slices: Informer<EndpointSlice>
  readonly #recorder: EventRecorder
  readonly #triggers = new TriggerTimes()

  constructor(ctx: ControllerContext, behind: ServicePods) {
    this.#ctx = ctx
    this.#behind = behind
    this.#slices = ctx.informers.of(endpointSlice)
    this.#recorder = ctx.recorder('endpoint-slice-controller')
  }

  async reconcile(key: string): Promise<Outcome> {
    const service = this.#behind.services.lister.get(key)
    if (!service) this.#triggers.forget(key)
    if (!service || service.metadata.deletionTimestamp || !isSelecting(service)) return DONE
    const pods = this.#behind.of(service, true)
    const trigger = this.#triggers.next(service, pods)
    const existing = [...this.#slices.lister.byIndex('service', key)].filter(isOwn)
    const families = familiesOf(service)
    try {
      for (const family of families)
        await this.#reconcileFamily(
          service,
          family,
          pods,
          existing.filter(s => s.addressType === family),
          trigger,
        )
      for (const slice of existing) if (!families.includes(slice.addressType as Family)) await this.#remove(slice)
    } catch (error) {
      if (isNamespaceTerminating(error)) return DONE
      const message = `Error updating Endpoint Slices for Service ${key}: ${errorText(error)}`
      this.#recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message)
      throw error
    }
    return DONE
  }

  async #reconcileFamily(
    service: FrozenService,
    family: Family,
    pods: readonly FrozenPod[],
    existing: readonly Frozen<EndpointSlice>[],
    trigger: number | undefined,
  ): Promise<void> {
    const entries = pods
      .filter(p => addressesOf(p, family).length)
      .map(p => ({
        endpoint: planEndpoint(p, service, family, this.#zoneOf(p)),
        ports: portsOf(p, service.spec?.ports ?? []),
      }))
    const plan = planSlices(existing, groupByPorts(entries), MAX_ENDPOINTS)
    const labels = planLabels(service)
    const updated = new Set(plan.update.map(u => u.slice))
    const removed = new Set(plan.remove)
    for (const { slice, content } of plan.update) await this.#update(slice, content, labels, trigger)
    for (const slice of existing)
      if (!updated.has(slice) && !removed.has(slice) && !sameObject(slice.metadata.labels, labels))
        await this.#update(
          slice,
          { endpoints: slice.endpoints as Endpoint[], ports: (slice.ports ?? []) as [] },
          labels,
          trigger,
        )
    for (const content of plan.create) await this.#create(service, family, content, labels, trigger)
    for (const slice of plan.remove) await this.#remove(slice)
  }

  #zoneOf(p: FrozenPod): string | undefined {
    return this.#behind.nodes.lister.get(p.spec?.nodeName ?? '')?.metadata.labels?.[ZONE] || undefined
  }

  async #create(
    service: FrozenService,
    family: Family,
    content: SliceContent,
    labels: Record<string, string>,
    trigger: number | undefined,
  ): Promise<void> {
    const { name, namespace } = service.metadata
    const annotations = withTrigger({}, trigger)
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels,
        ...(Object.keys(annotations).length ? { annotations } : {}),
        ownerReferences: [controllerRef(serviceKind, service)],
      },
      addressType: family,
      endpoints: [...content.endpoints],
      ports: [...content.ports],
    }
    await this.#ctx.client.create(endpointSlice, slice)
  }

  async #update(
    slice: Frozen<EndpointSlice>,
    content: SliceContent,
    labels: Record<string, string>,
    trigger: number | undefined,
  ): Promise<void> {
    const { annotations: old, ...metadata } = slice.metadata
    const annotations = withTrigger(old, trigger)
    await this.#ctx.client.update(endpointSlice, {
      ...slice,
      ...content,
      metadata: { ...metadata, labels, ...(Object.keys(annotations).length ? { annotations } : {}) },
    } as Frozen<EndpointSlice>)
  }

  async #remove(slice: Frozen<EndpointSlice>): Promise<void> {
    const { namespace = '', name = '' } = slice.metadata
    await this.#ctx.client.delete(endpointSlice, namespace, name).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

const isOwn = (slice: Frozen<EndpointSlice>): boolean =>
  slice.metadata.labels?.[MANAGED_BY] === MANAGER && !slice.metadata.deletionTimestamp

/** The service that a slice belongs to, as a key. */
const serviceOf = (slice: Frozen<EndpointSlice>): string[] => {
  const name = slice.metadata.labels?.[SERVICE_NAME]
  return name ? [`${slice.metadata.namespace}/${name}`] : []
}

/** Writes the EndpointSlices of each service with a selector. */
export function endpointSliceController(ctx: ControllerContext): Part {
  const behind = new ServicePods(ctx.informers)
  const slices = ctx.informers.of(endpointSlice)
  slices.addIndex('service', serviceOf)
  return controller(ctx, {
    name: 'endpointslice',
    reconciler: new SliceReconciler(ctx, behind),
    sources: [
      ...behind.sources(),
      source(slices, ({ object, previous }) =>
        [object, previous]
          .filter(s => s !== undefined && s.metadata.labels?.[MANAGED_BY] === MANAGER)
          .flatMap(s => serviceOf(s as Frozen<EndpointSlice>)),
      ),
    ],
  })
}
