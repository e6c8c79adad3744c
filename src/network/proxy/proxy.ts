import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { runResult } from '../../base/run.ts'
import { type Outcome, type Reconciler, requeueAfter } from '../../client/controller.ts'
import type { Lister } from '../../client/lister.ts'
import type { EndpointSlice, Pod, Service } from '../../kinds/generated/types.ts'
import { type Frozen, type KubeObject, objectKey } from '../../kinds/object.ts'
import { planHostPorts } from './host-ports.ts'
import { Iptables } from './iptables.ts'
import { HealthChecks, planHealthChecks } from './health-checks.ts'
import { type NodePlace, planServicePorts } from './model.ts'
import { planFilter, planNat } from './rules.ts'
import { staleFlows, type UdpTargets, udpTargets } from './stale-flows.ts'

export interface ProxyOptions {
  readonly place: () => NodePlace
  readonly clusterCidr: string
  /** Address on which this node answers DNS. */
  readonly clusterDns: string
  /** `namespace/name` of services that something else on this node answers for (cluster DNS). */
  readonly answeredHere: ReadonlySet<string>
  readonly services: Lister<Service & KubeObject>
  /** Indexed under `service` by `namespace/name` of the service. */
  readonly slices: Lister<EndpointSlice & KubeObject>
  readonly pods: Lister<Pod & KubeObject>
  readonly clock: Clock
  readonly log: Logger
}

/** Without any change the tables are looked at this often, as kube-proxy does; with changes not more often than that. */
const LOOK_MS = 30_000
const LOOK_AGAIN_MS = 1_000

/** Name of the index that the proxy wants on endpoint slices. */
export const SLICES_BY_SERVICE = 'service'

/** The service that a slice belongs to, as index values. */
export function serviceOfSlice(slice: Frozen<EndpointSlice>): string[] {
  const name = slice.metadata?.labels?.['kubernetes.io/service-name']
  return name ? [`${slice.metadata?.namespace}/${name}`] : []
}

/** The service proxy: keeps this node's iptables equal to services, endpoints and host ports. */
export class ServiceProxy implements Reconciler {
  readonly #o: ProxyOptions
  readonly #iptables = new Iptables()
  readonly #health: HealthChecks
  #udp: UdpTargets = new Map()
  #hung = false
  #lookedAt = 0

  constructor(options: ProxyOptions) {
    this.#o = options
    this.#health = new HealthChecks(options.log)
  }

  /** Ends what it listens on. The rules stay: pods run on. */
  stop(): Promise<void> {
    return this.#health.stop()
  }

  async reconcile(): Promise<Outcome> {
    const { services, slices, pods, clusterCidr, clusterDns, answeredHere } = this.#o
    const place = this.#o.place()
    await this.#look()
    const others = [...services.all()].filter(s => !answeredHere.has(objectKey(s)))
    const ports = planServicePorts(others, key => slices.byIndex(SLICES_BY_SERVICE, key), place)
    const facts = { services: ports, hostPorts: planHostPorts(pods.all(), place.name), clusterCidr, clusterDns }
    const changed = await this.#iptables.apply({ nat: planNat(facts), filter: planFilter(facts) })
    if (!this.#hung) {
      await this.#iptables.ensureJumps()
      this.#hung = true
    }
    this.#health.update(planHealthChecks(ports))
    if (changed) await this.#forgetUdp(udpTargets(ports, facts.hostPorts))
    return requeueAfter(LOOK_MS)
  }

  /** Firewalls that start or stop empty the tables and tell nobody: then everything is written again. */
  async #look(): Promise<void> {
    const { clock, log } = this.#o
    if (!this.#hung || clock.now() - this.#lookedAt < LOOK_AGAIN_MS) return
    this.#lookedAt = clock.now()
    if (await this.#iptables.hang()) return
    log.warn('Somebody removed the rules of services: they are written again')
    this.#hung = false
    this.#iptables.forget()
  }

  async #forgetUdp(now: UdpTargets): Promise<void> {
    const stale = staleFlows(this.#udp, now)
    this.#udp = now
    // Code 1 says that no entry was there; without the tool (-1) entries end by themselves after 30 to 180 s.
    for (const flows of stale) await runResult('conntrack', ['-D', '-p', 'udp', ...flows])
  }
}
