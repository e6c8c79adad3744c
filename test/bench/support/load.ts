import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Peer } from './peer.ts'

const exec = promisify(execFile)

/** Requests that `connections` TLS connections send one after the other, as fast as they are answered. */
export interface Load {
  readonly connections: number
  readonly seconds: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** `{n}` in it becomes a number that no other request of the run has. */
  readonly body?: string
}

export interface LoadOrder extends Load {
  readonly host: string
  readonly port: number
  readonly ca: string
  readonly token: string
}

export interface LoadResult {
  /** Requests answered with 2xx a second. */
  readonly rate: number
  /** Milliseconds. */
  readonly p99: number
  readonly failed: number
}

/** Runs a load from a process of its own; rejects when more than one of a hundred requests failed. */
export async function runLoad(peer: Peer, load: Load): Promise<LoadResult> {
  const order: LoadOrder = {
    ...load,
    host: peer.url.hostname,
    port: Number(peer.url.port),
    ca: peer.ca.toString(),
    token: peer.token,
  }
  const child = join(import.meta.dirname, 'load-child.ts')
  const { stdout } = await exec(process.execPath, [child, JSON.stringify(order)])
  const result = JSON.parse(stdout) as LoadResult
  if (result.failed > result.rate * load.seconds * 0.01) throw new Error(`${result.failed} requests failed`)
  return result
}
