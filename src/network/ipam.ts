import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressAt, type Cidr, cidrContains } from '../base/ip.ts'

/**
 * Addresses of this node's pods: one file for each address below a directory, holding the pod's UID. Files survive
 * kill -9; addresses are given out in a circle, so that a new pod seldom gets the address of one that just ended.
 */
export class PodAddresses {
  readonly #dir: string
  readonly #cidr: Cidr
  readonly #byUid = new Map<string, string>()
  readonly #taken = new Set<string>()
  #last = 1

  constructor(dir: string, cidr: Cidr) {
    this.#dir = dir
    this.#cidr = cidr
    mkdirSync(dir, { recursive: true })
    for (const ip of readdirSync(dir)) {
      if (!cidrContains(cidr, ip)) {
        rmSync(join(dir, ip), { force: true })
        continue
      }
      this.#byUid.set(readFileSync(join(dir, ip), 'utf8'), ip)
      this.#taken.add(ip)
    }
  }

  /** The gateway: the first address of the range, on the bridge. */
  get gateway(): string {
    return addressAt(this.#cidr, 1)
  }

  /** The pod's address: the one it has, or a new one. Throws where the range is full. */
  take(uid: string): string {
    const kept = this.#byUid.get(uid)
    if (kept) return kept
    const ip = nextFree(this.#cidr, this.#taken, this.#last)
    if (!ip) throw new Error(`No free pod address left in this node's range (${this.#taken.size} in use)`)
    // In one step: an empty file would take the address from a pod that runs, and give it to nobody.
    writeFileSync(join(this.#dir, `${ip.address}.new`), uid)
    renameSync(join(this.#dir, `${ip.address}.new`), join(this.#dir, ip.address))
    this.#last = ip.index
    this.#taken.add(ip.address)
    this.#byUid.set(uid, ip.address)
    return ip.address
  }

  of(uid: string): string | undefined {
    return this.#byUid.get(uid)
  }

  release(uid: string): void {
    const ip = this.#byUid.get(uid)
    if (!ip) return
    this.#byUid.delete(uid)
    this.#taken.delete(ip)
    rmSync(join(this.#dir, ip), { force: true })
  }

  /** UIDs of pods that hold an address. */
  holders(): string[] {
    return [...this.#byUid.keys()]
  }
}

/** The next free address after index `last`, in a circle; never the network, the gateway or the broadcast address. */
export function nextFree(
  cidr: Cidr,
  taken: ReadonlySet<string>,
  last: number,
): { address: string; index: number } | undefined {
  const size = 2 ** (32 - cidr.bits)
  const usable = size - 3
  for (let step = 1; step <= usable; step++) {
    const index = 2 + ((last - 2 + step + usable) % usable)
    const address = addressAt(cidr, index)
    if (!taken.has(address)) return { address, index }
  }
  return undefined
}
