import { isNotFound } from '../base/errors.ts'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import type { Informer } from '../client/informer.ts'
import { endpoints as endpointsKind } from '../kinds/core/endpoints.ts'
import { service as serviceKind } from '../kinds/core/service.ts'
import { endpointSlice } from '../kinds/discovery/endpoint-slice.ts'
import type { Endpoint, EndpointAddress } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import type { Family } from './endpoints/pods.ts'
import { familyOf, LAST_CHANGE } from './endpoints/pods.ts'
import type { Port } from './endpoints/ports.ts'
import type { PortGroup } from './endpoints/slices.ts'
import { groupByPorts, MANAGED_BY, planSlices, SERVICE_NAME } from './endpoints/slices.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { compact, sameObject } from './shared/equal.ts'
import { controllerRef } from './shared/owners.ts'
import { isNamespaceTerminating } from './shared/pod-control.ts'
import type { Endpoints, EndpointSlice, Service } from './shared/types.ts'

const MANAGER = 'endpointslicemirroring-controller.k8s.io'
const SKIP = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER = 'control-plane.alpha.kubernetes.io/leader'
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
/** Addresses of one subset that are mirrored at most. */
const MAX_ADDRESSES = 1000

/** True for Endpoints that a person or program wrote for a service without a selector. */
export function isMirrored(endpoints: Frozen<Endpoints> | undefined, service: Frozen<Service> | undefined): boolean {
  return (
    endpoints !== undefined &&
    service !== undefined &&
    service.spec?.selector === undefined &&
    !endpoints.metadata.deletionTimestamp &&
    endpoints.metadata.labels?.[SKIP] !== 'true' &&
    endpoints.metadata.annotations?.[LEADER] === undefined
  )
}

/** The endpoints of one family, by their ports. */
export function planMirror(endpoints: Frozen<Endpoints>, family: Family): PortGroup[] {
  const entries: { endpoint: Endpoint; ports: Port[] }[] = []
  for (const subset of endpoints.subsets ?? []) {
    const ports = (subset.ports ?? []).map(p => ({
      name: p.name ?? '',
      port: p.port,
      protocol: p.protocol ?? 'TCP',
      appProtocol: p.appProtocol,
    }))
    const all = [
      ...(subset.addresses ?? []).map(a => ({ a, ready: true })),
      ...(subset.notReadyAddresses ?? []).map(a => ({ a, ready: false })),
    ]
    for (const { a, ready } of all.slice(0, MAX_ADDRESSES))
      if (familyOf(a.ip) === family) entries.push({ endpoint: mirrored(a, ready), ports })
  }
  return groupByPorts(entries)
}

const mirrored = (a: Frozen<EndpointAddress>, ready: boolean): Endpoint =>
  compact({
    addresses: [a.ip],
    conditions: { ready },
    hostname: a.hostname,
    targetRef: a.targetRef && { ...a.targetRef },
    nodeName: a.nodeName,
  })

class MirroringReconciler implements Reconciler {
  readonly #ctx: ControllerContext
  readonly #services: Informer<Service>
  readonly #endpoints: Informer<Endpoints>
  readonly #slices: Informer<EndpointSlice>

  constructor(ctx: ControllerContext) {
    this.#ctx = ctx
    this.#services = ctx.informers.of(serviceKind)
    this.#endpoints = ctx.informers.of(endpointsKind)
    this.#slices = ctx.informers.of(endpointSlice)
  }

  async reconcile(key: string): Promise<Outcome> {
    const endpoints = this.#endpoints.lister.get(key)
    const existing = [...this.#slices.lister.byIndex('service', key)].filter(isOwn)
    if (!endpoints || !isMirrored(endpoints, this.#services.lister.get(key))) {
      for (const slice of existing) await this.#remove(slice)
      return DONE
    }
    try {
      for (const family of ['IPv4', 'IPv6'] as const)
        await this.#reconcileFamily(
          endpoints,
          family,
          existing.filter(s => s.addressType === family),
        )
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error
    }
    return DONE
  }

  async #reconcileFamily(
    endpoints: Frozen<Endpoints>,
    family: Family,
    existing: readonly Frozen<EndpointSlice>[],
  ): Promise<void> {
    const { client } = this.#ctx
    const groups = planMirror(endpoints, family)
    if (groups.length === 0) {
      for (const slice of existing) await this.#remove(slice)
      return
    }
    const plan = planSlices(existing, groups, MAX_ADDRESSES)
    const metadata = mirrorMetadata(endpoints)
    const updates = new Map(plan.update.map(u => [u.slice, u.content]))
    for (const slice of existing) {
      const content = updates.get(slice)
      const stale =
        !sameObject(slice.metadata.labels, metadata.labels) ||
        !sameObject(slice.metadata.annotations, metadata.annotations)
      if (plan.remove.includes(slice) || (!content && !stale)) continue
      await client.update(endpointSlice, {
        ...slice,
        ...content,
        metadata: { ...slice.metadata, annotations: undefined, ...metadata },
      } as Frozen<EndpointSlice>)
    }
    for (const content of plan.create) {
      const slice: EndpointSlice = {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          ...metadata,
          generateName: `${endpoints.metadata.name}-`,
          namespace: endpoints.metadata.namespace,
          ownerReferences: [controllerRef(endpointsKind, endpoints)],
        },
        addressType: family,
        endpoints: [...content.endpoints],
        ports: [...content.ports],
      }
      await client.create(endpointSlice, slice)
    }
    for (const slice of plan.remove) await this.#remove(slice)
  }

  async #remove(slice: Frozen<EndpointSlice>): Promise<void> {
    const { namespace = '', name = '' } = slice.metadata
    await this.#ctx.client.delete(endpointSlice, namespace, name).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

function mirrorMetadata(endpoints: Frozen<Endpoints>): {
  labels: Record<string, string>
  annotations?: Record<string, string>
} {
  const { [LAST_CHANGE]: _, [LAST_APPLIED]: __, ...annotations } = endpoints.metadata.annotations ?? {}
  const labels = {
    ...endpoints.metadata.labels,
    [SERVICE_NAME]: endpoints.metadata.name ?? '',
    [MANAGED_BY]: MANAGER,
  }
  return { labels, ...(Object.keys(annotations).length ? { annotations } : {}) }
}

const isOwn = (slice: Frozen<EndpointSlice>): boolean =>
  slice.metadata.labels?.[MANAGED_BY] === MANAGER && !slice.metadata.deletionTimestamp

const serviceOf = (slice: Frozen<EndpointSlice>): string[] => {
  const name = slice.metadata.labels?.[SERVICE_NAME]
  return name ? [`${slice.metadata.namespace}/${name}`] : []
}

/** Mirrors hand-written Endpoints into slices, which is what proxies read. */
export function endpointSliceMirroringController(ctx: ControllerContext): Part {
  const slices = ctx.informers.of(endpointSlice)
  slices.addIndex('service', serviceOf)
  return controller(ctx, {
    name: 'endpointslice-mirroring',
    reconciler: new MirroringReconciler(ctx),
    sources: [
      source(ctx.informers.of(endpointsKind)),
      source(ctx.informers.of(serviceKind)),
      source(slices, ({ object }) => (object.metadata.labels?.[MANAGED_BY] === MANAGER ? serviceOf(object) : [])),
    ],
  })
}
