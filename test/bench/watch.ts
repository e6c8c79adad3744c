import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ApiBench } from './support/bench.ts'

const exec = promisify(execFile)
const SECONDS = 8

/** What watch-child.ts is told. */
export interface WatchOrder {
  readonly host: string
  readonly port: number
  readonly ca: string
  readonly token: string
  readonly path: string
  readonly watchers: number
  readonly writes: number
}

export interface WatchResult {
  readonly seen: number
  /** From before the write was sent until the event was read, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

export const watch: ApiBench = {
  kind: 'api',
  name: 'watch',
  what: 'watch event to 1,000 watchers, p99 at 10 writes/s',
  budget: 50,
  unit: 'ms',
  async measure(peer) {
    const path = `${peer.home}/configmaps`
    await peer.must({ method: 'POST', path, body: { metadata: { name: 'tick' }, data: { at: '0' } } })
    const order: WatchOrder = {
      host: peer.url.hostname,
      port: Number(peer.url.port),
      ca: peer.ca.toString(),
      token: peer.token,
      path,
      watchers: 1000,
      writes: SECONDS * 10,
    }
    const child = join(import.meta.dirname, 'support/watch-child.ts')
    const { stdout } = await exec(process.execPath, [child, JSON.stringify(order)])
    const result = JSON.parse(stdout) as WatchResult
    if (result.seen < order.watchers * order.writes)
      throw new Error(`${result.seen} events of ${order.watchers * order.writes} arrived`)
    return result.p99
  },
}
