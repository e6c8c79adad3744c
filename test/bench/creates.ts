import type { ApiBench } from './support/bench.ts'
import { runLoad } from './support/load.ts'
import type { Peer } from './support/peer.ts'

let runs = 0

async function creates(peer: Peer, connections: number): Promise<number> {
  const body = (prefix: string): string =>
    JSON.stringify({ metadata: { name: `${prefix}-{n}` }, data: { text: 'x'.repeat(900) } })
  const load = { connections, method: 'POST', path: `${peer.home}/configmaps` } as const
  const run = `c${++runs}`
  await runLoad(peer, { ...load, seconds: 2, body: body(`${run}-warm`) })
  return (await runLoad(peer, { ...load, seconds: 8, body: body(run) })).rate
}

export const creates64: ApiBench = {
  kind: 'api',
  name: 'creates-64',
  what: 'durable creates, 64 clients',
  budget: 3000,
  unit: '/s',
  moreIsBetter: true,
  measure: peer => creates(peer, 64),
}

/** No budget of its own in the table: every one waits for a commit of its own, so the disk decides. */
export const creates1: ApiBench = {
  kind: 'api',
  name: 'creates-1',
  what: 'durable creates, 1 client',
  budget: 0,
  unit: '/s',
  moreIsBetter: true,
  measure: peer => creates(peer, 1),
}
