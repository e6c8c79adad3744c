import { type HostBench, inParallel, quantile } from './support/bench.ts'
import { Peer } from './support/peer.ts'
import { Server } from './support/server.ts'

export const readyz: HostBench = {
  kind: 'host',
  name: 'readyz',
  what: 'exec → /readyz ok, empty data directory',
  budget: 0.7,
  unit: 's',
  async measure() {
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      await using server = new Server()
      times.push(await server.start())
    }
    return quantile(times, 0.5) / 1000
  },
}

const OBJECTS = 20_000

export const recovery: HostBench = {
  kind: 'host',
  name: 'recovery',
  what: 'kill -9 → ready again with 20,000 objects',
  budget: 3,
  unit: 's',
  async measure() {
    await using server = new Server()
    await server.start()
    const peer = await Peer.open(server.kubeconfig, [])
    const path = `${peer.home}/configmaps`
    await inParallel(OBJECTS, 32, i =>
      peer.must({ method: 'POST', path, body: { metadata: { name: `c-${i}` }, data: { text: 'x'.repeat(900) } } }),
    )
    await server.end('SIGKILL')
    const took = await server.start()
    const last = await peer.ask({ path: `${path}/c-${OBJECTS - 1}` })
    if (last.code !== 200) throw new Error(`an acknowledged object is gone: ${last.code}`)
    return took / 1000
  },
}
