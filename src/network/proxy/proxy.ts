import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { runResult } from '../../base/run.ts'
import { type Outcome, type Reconciler, requeueAfter } from '../../client/controller.ts'
import type { Lister } from '../../client/lister.ts'
import type { EndpointSlice, Pod, Service } from '../../kinds/generated/types.ts'
import { type Frozen, type KubeObject, objectKey } from '../../kinds/object.ts'
import { planHostPorts } from './host-ports.ts'
import { Iptables } from './iptables.ts'
import { planServicePorts, type ServicePort } from './model.ts'
import { planFilter, planNat } from './rules.ts'

export interface ProxyOptions {
  readonly nodeName: string
  readonly clusterCidr: string
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
  #udp = new Map<string, string>()
  #hung = false
  #lookedAt = 0

  constructor(options: ProxyOptions) {
    this.#o = options
  }

  async reconcile(): Promise<Outcome> {
    const { services, slices, pods, nodeName, clusterCidr, answeredHere } = this.#o
    await this.#look()
    const others = [...services.all()].filter(s => !answeredHere.has(objectKey(s)))
    const ports = planServicePorts(others, key => slices.byIndex(SLICES_BY_SERVICE, key), nodeName)
    const facts = { services: ports, hostPorts: planHostPorts(pods.all(), nodeName), clusterCidr }
    const changed = await this.#iptables.apply({ nat: planNat(facts), filter: planFilter(facts) })
    if (!this.#hung) {
      await this.#iptables.ensureJumps()
      this.#hung = true
    }
    if (changed) await this.#forgetUdp(ports)
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

  /**
   * UDP has no end of a connection: the kernel would go on sending to an endpoint that is gone, or past a service
   * that got its first endpoint, as long as a client keeps sending.
   */
  async #forgetUdp(ports: readonly ServicePort[]): Promise<void> {
    const now = new Map<string, string>()
    for (const s of ports.filter(p => p.protocol === 'udp')) {
      now.set(`${s.clusterIp} ${s.port}`, s.endpoints.map(e => `${e.ip}:${e.port}`).join())
      if (s.nodePort > 0) now.set(`node ${s.nodePort}`, s.endpoints.map(e => `${e.ip}:${e.port}`).join())
    }
    for (const [key, endpoints] of now) {
      if (this.#udp.get(key) === endpoints) continue
      const [ip = '', port = ''] = key.split(' ')
      const where = ip === 'node' ? ['--dport', port] : ['--orig-dst', ip, '--dport', port]
      // Code 1 says that no entry was there; without the tool (-1) entries end by themselves after 30 to 180 s.
      await runResult('conntrack', ['-D', '-p', 'udp', ...where])
    }
    this.#udp = now
  }
}
