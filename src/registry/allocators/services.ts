import { failure, internalError, invalidObject } from '../../base/errors.ts'
import { type FieldError, invalid } from '../../base/field-error.ts'
import { addressAt, type Cidr, cidrContains, cidrText, ipToNumber, parseCidr } from '../../base/ip.ts'
import type { Service, ServicePort } from '../../kinds/generated/types.ts'
import type { AnyObject, Frozen, KubeObject, ObjectOf } from '../../kinds/object.ts'
import { objectAs } from '../../kinds/object.ts'
import type { Reservation } from '../admission/plugin.ts'
import type { StorageHook } from '../hooks.ts'
import { Bitmap } from './bitmap.ts'

type ServiceObject = ObjectOf<Service>
type Spec = NonNullable<Service['spec']>

/** Numbers that services hold: each once, the lower band only when asked for or when the rest is full. */
class Pool {
  readonly #bits: Bitmap
  readonly #first: number
  readonly #dynamic: number
  readonly #random: () => number

  /** Holds `first`…`last`. Below `first + staticBand` nothing is given out that was not asked for. */
  constructor(options: { first: number; last: number; staticBand: number; random: () => number }) {
    this.#first = options.first
    this.#bits = new Bitmap(Math.max(options.last - options.first + 1, 0))
    this.#dynamic = Math.min(options.staticBand, this.#bits.size)
    this.#random = options.random
  }

  contains(n: number): boolean {
    return n >= this.#first && n < this.#first + this.#bits.size
  }

  isTaken(n: number): boolean {
    return this.contains(n) && this.#bits.has(n - this.#first)
  }

  /** False where it is taken. */
  take(n: number): boolean {
    return this.#bits.add(n - this.#first)
  }

  takeAny(): number | undefined {
    const free =
      this.#bits.free(this.#dynamic, this.#bits.size, this.#random) ?? this.#bits.free(0, this.#dynamic, this.#random)
    if (free === undefined) return undefined
    this.#bits.add(free)
    return this.#first + free
  }

  release(n: number): void {
    if (this.contains(n)) this.#bits.delete(n - this.#first)
  }
}

/** The part of a range that is left to those who ask for an address or port: a sixteenth or so, within bounds. */
const band = (size: number, divisor: number, max: number): number =>
  Math.min(Math.max(16, Math.floor(size / divisor)), max)

/** A dry run shows the numbers after this one where node ports would be chosen. */
const BEFORE_FIRST_DRY_PORT = 32768

/**
 * What one write has taken, and what it will give back when it succeeds. A dry run takes nothing: like Kubernetes it
 * does not look at ranges of node ports, and shows made-up ones where they would be chosen.
 */
class Transaction implements Reservation {
  readonly dryRun: boolean
  #highest = 0
  readonly #onCommit: (() => void)[] = []
  readonly #onCancel: (() => void)[] = []

  constructor(dryRun: boolean) {
    this.dryRun = dryRun
  }

  /** The node port that a dry run shows: one more than the highest it has seen. */
  dryPort(wanted = (this.#highest || BEFORE_FIRST_DRY_PORT) + 1): number {
    this.#highest = Math.max(this.#highest, wanted)
    return wanted
  }

  taken(pool: Pool, n: number): void {
    this.#onCancel.push(() => pool.release(n))
  }

  releases(pool: Pool, n: number): void {
    this.#onCommit.push(() => pool.release(n))
  }

  commit(): void {
    for (const step of this.#onCommit) step()
  }

  cancel(): void {
    for (const step of this.#onCancel) step()
  }
}

export interface ServiceAllocatorOptions {
  readonly serviceCidr: string
  readonly nodePorts: readonly [number, number]
  /** Defaults to Math.random. */
  readonly random?: () => number
}

/** Gives services their cluster addresses and node ports. Its state is that of the stored services. */
export class ServiceAllocator implements StorageHook {
  readonly #cidr: Cidr
  readonly #addresses: Pool
  readonly #ports: Pool
  readonly #portRange: string

  constructor(options: ServiceAllocatorOptions) {
    const random = options.random ?? Math.random
    const cidr = parseCidr(options.serviceCidr)
    if (!cidr) throw new Error(`Service range ${JSON.stringify(options.serviceCidr)} is not an IPv4 CIDR`)
    this.#cidr = cidr
    const size = 2 ** (32 - cidr.bits)
    // The first address is the network's, the last is for broadcasts.
    this.#addresses = new Pool({ first: 1, last: size - 2, staticBand: band(size, 16, 256), random })
    const [first, last] = options.nodePorts
    this.#ports = new Pool({ first, last, staticBand: band(last - first + 1, 32, 128), random })
    this.#portRange = `${first}-${last}`
  }

  /** Marks what existing services hold. */
  load(services: Iterable<Frozen<ServiceObject>>): void {
    for (const service of services) {
      const ip = clusterIpOf(service)
      if (ip !== undefined) this.#addresses.take(this.#offset(ip))
      for (const port of nodePortsOf(service)) this.#ports.take(port)
      const health = healthPortOf(service)
      if (health) this.#ports.take(health)
    }
  }

  beginCreate(draft: AnyObject, dryRun: boolean, faults: readonly FieldError[]): Reservation {
    if (faults.some(isAboutAddresses)) return NOTHING
    return this.#begin(objectAs<ServiceObject>(draft), undefined, dryRun)
  }

  beginUpdate(draft: AnyObject, old: Frozen<KubeObject>, dryRun: boolean, faults: readonly FieldError[]): Reservation {
    if (faults.some(isAboutAddresses)) return NOTHING
    return this.#begin(objectAs<ServiceObject>(draft), old as Frozen<ServiceObject>, dryRun)
  }

  removed(object: Frozen<KubeObject>): void {
    const service = object as Frozen<ServiceObject>
    const ip = clusterIpOf(service)
    if (ip !== undefined) this.#addresses.release(this.#offset(ip))
    for (const port of nodePortsOf(service)) this.#ports.release(port)
    const health = healthPortOf(service)
    if (health) this.#ports.release(health)
  }

  #begin(draft: ServiceObject, old: Frozen<ServiceObject> | undefined, dryRun: boolean): Reservation {
    const transaction = new Transaction(dryRun)
    try {
      this.#address(draft, old, transaction)
      if (needsNodePorts(draft)) {
        if (old && needsNodePorts(old)) this.#updatePorts(draft, old, transaction)
        else this.#newPorts(draft, transaction)
      }
      this.#healthPort(draft, old, transaction)
      if (old) this.#releaseOldPorts(draft, old, transaction)
      return transaction
    } catch (error) {
      transaction.cancel()
      throw error
    }
  }

  #offset(ip: string): number {
    return cidrContains(this.#cidr, ip) ? ipToNumber(ip) - this.#cidr.base : -1
  }

  #address(draft: ServiceObject, old: Frozen<ServiceObject> | undefined, transaction: Transaction): void {
    const before = old && clusterIpOf(old)
    const spec = specOf(draft)
    const wanted = spec.type === 'ExternalName' ? undefined : spec.clusterIPs?.[0] || spec.clusterIP
    if (before !== undefined && wanted !== before) transaction.releases(this.#addresses, this.#offset(before))
    if (spec.type === 'ExternalName' || wanted === 'None' || (wanted && wanted === before)) return
    const ip = wanted ? this.#takeAddress(draft, wanted, transaction) : this.#anyAddress(transaction)
    spec.clusterIP = ip
    spec.clusterIPs = [ip]
  }

  #takeAddress(draft: ServiceObject, ip: string, transaction: Transaction): string {
    const offset = this.#offset(ip)
    if (transaction.dryRun && this.#addresses.contains(offset)) return ip
    if (!this.#addresses.contains(offset))
      throw addressError(
        draft,
        ip,
        transaction.dryRun ? this.#outOfRange(ip) : 'the provided network does not match the current range',
      )
    if (!this.#addresses.take(offset)) throw addressError(draft, ip, 'provided IP is already allocated')
    transaction.taken(this.#addresses, offset)
    return ip
  }

  /** A dry run looks only at the numbers, and says so. */
  #outOfRange(ip: string): string {
    return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${cidrText(this.#cidr)}`
  }

  #anyAddress(transaction: Transaction): string {
    if (transaction.dryRun) return addressAt(this.#cidr, 0)
    const offset = this.#addresses.takeAny()
    if (offset === undefined) throw internalError('failed to allocate a serviceIP: range is full')
    transaction.taken(this.#addresses, offset)
    return addressAt(this.#cidr, offset)
  }

  /** Ports of one number but different protocols share a node port. */
  #newPorts(draft: ServiceObject, transaction: Transaction): void {
    const spec = specOf(draft)
    const ports = spec.ports ?? []
    const known = new Map<number, number>()
    ports.forEach((port, i) => {
      if (!port.nodePort && !allocatesNodePorts(spec)) return
      const shared = known.get(port.port)
      if (shared === undefined) {
        const wanted = ports.find(p => p.port === port.port && p.nodePort)?.nodePort
        const given = wanted ? this.#takePort(draft, i, wanted, transaction) : this.#anyPort(transaction)
        port.nodePort = given
        known.set(port.port, given)
      } else if (!port.nodePort) port.nodePort = shared
      else if (port.nodePort !== shared) this.#takePort(draft, i, port.nodePort, transaction)
    })
  }

  #updatePorts(draft: ServiceObject, old: Frozen<ServiceObject>, transaction: Transaction): void {
    const spec = specOf(draft)
    const before = new Set(nodePortsOf(old))
    const taken = new Set<number>()
    ;(spec.ports ?? []).forEach((port: ServicePort, i) => {
      if (port.nodePort) {
        if (before.has(port.nodePort) || taken.has(port.nodePort)) return
        taken.add(this.#takePort(draft, i, port.nodePort, transaction))
      } else if (allocatesNodePorts(spec)) port.nodePort = this.#anyPort(transaction)
    })
  }

  #takePort(draft: ServiceObject, index: number, port: number, transaction: Transaction): number {
    const fault = this.#portFault(port, transaction)
    if (fault)
      throw invalidObject({ group: '', kind: 'Service' }, draft.metadata.name ?? '', [
        invalid(`spec.ports[${index}].nodePort`, port, fault),
      ])
    return port
  }

  /** Takes a port; the text says why it could not be. */
  #portFault(port: number, transaction: Transaction): string | undefined {
    if (transaction.dryRun) {
      transaction.dryPort(port)
      return this.#ports.isTaken(port) ? 'provided port is already allocated' : undefined
    }
    if (!this.#ports.contains(port))
      return `provided port is not in the valid range. The range of valid ports is ${this.#portRange}`
    if (!this.#ports.take(port)) return 'provided port is already allocated'
    transaction.taken(this.#ports, port)
    return undefined
  }

  #anyPort(transaction: Transaction): number {
    if (transaction.dryRun) return transaction.dryPort()
    const port = this.#ports.takeAny()
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full')
    transaction.taken(this.#ports, port)
    return port
  }

  #healthPort(draft: ServiceObject, old: Frozen<ServiceObject> | undefined, transaction: Transaction): void {
    const spec = specOf(draft)
    if (!needsHealthPort(spec) || (old && needsHealthPort(specOf(old)))) return
    const wanted = spec.healthCheckNodePort
    if (!wanted) {
      spec.healthCheckNodePort = this.#anyPort(transaction)
      return
    }
    const fault = this.#portFault(wanted, transaction)
    if (fault)
      throw failure({ code: 500, message: `failed to allocate requested HealthCheck NodePort ${wanted}: ${fault}` })
  }

  #releaseOldPorts(draft: ServiceObject, old: Frozen<ServiceObject>, transaction: Transaction): void {
    const kept = new Set(nodePortsOf(draft))
    const health = healthPortOf(draft)
    if (health) kept.add(health)
    const before = new Set(nodePortsOf(old))
    const healthBefore = healthPortOf(old)
    if (healthBefore) before.add(healthBefore)
    for (const port of before) if (!kept.has(port)) transaction.releases(this.#ports, port)
  }
}

const NOTHING: Reservation = { commit: () => {}, cancel: () => {} }

/** Faults of addresses and families come before allocation, all others after it. */
function isAboutAddresses({ field }: FieldError): boolean {
  return /^spec\.(clusterIP|ipFamil|type$)/.test(field)
}

function addressError(draft: ServiceObject, ip: string, cause: string): Error {
  return invalidObject({ group: '', kind: 'Service' }, draft.metadata.name ?? '', [
    invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: ${cause}`),
  ])
}

const NO_SPEC: Spec = {}

function specOf(service: Frozen<ServiceObject> | ServiceObject): Spec {
  return (service.spec ?? NO_SPEC) as Spec
}

/** The allocated address: none for headless services and names elsewhere. */
function clusterIpOf(service: Frozen<ServiceObject>): string | undefined {
  const spec = specOf(service)
  if (spec.type === 'ExternalName' || !spec.clusterIP || spec.clusterIP === 'None') return undefined
  return spec.clusterIP
}

function needsNodePorts(service: Frozen<ServiceObject> | ServiceObject): boolean {
  const { type } = specOf(service)
  return type === 'NodePort' || type === 'LoadBalancer'
}

/** Load balancers may do without node ports; those asked for are given all the same. */
function allocatesNodePorts(spec: Spec): boolean {
  return spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false
}

function nodePortsOf(service: Frozen<ServiceObject> | ServiceObject): number[] {
  if (!needsNodePorts(service)) return []
  return (specOf(service).ports ?? []).flatMap(p => p.nodePort || [])
}

function needsHealthPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
}

function healthPortOf(service: Frozen<ServiceObject> | ServiceObject): number | undefined {
  const spec = specOf(service)
  return needsHealthPort(spec) ? spec.healthCheckNodePort : undefined
}
