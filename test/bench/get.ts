import type { ApiBench } from './support/bench.ts'
import { runLoad } from './support/load.ts'

export const get: ApiBench = {
  kind: 'api',
  name: 'get',
  what: 'GET of a 4 KB object over one TLS connection pool',
  budget: 8000,
  unit: '/s',
  moreIsBetter: true,
  async measure(peer) {
    const path = `${peer.home}/configmaps`
    const body = { metadata: { name: 'four' }, data: { text: 'x'.repeat(3800) } }
    await peer.must({ method: 'POST', path, body })
    const load = { connections: 32, method: 'GET', path: `${path}/four` } as const
    await runLoad(peer, { ...load, seconds: 2 })
    return (await runLoad(peer, { ...load, seconds: 8 })).rate
  },
}
