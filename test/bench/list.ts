import https from 'node:https'
import { type ApiBench, quantile } from './support/bench.ts'
import type { Peer } from './support/peer.ts'
import { storePods } from './support/pods.ts'

const PODS = 10_000

export const list: ApiBench = {
  kind: 'api',
  name: 'list',
  what: 'LIST of 10,000 pods, to the last byte',
  budget: 150,
  unit: 'ms',
  async measure(peer) {
    await storePods(peer, PODS)
    const times: number[] = []
    for (let i = 0; i < 9; i++) {
      const start = performance.now()
      const bytes = await read(peer, `${peer.home}/pods`)
      times.push(performance.now() - start)
      if (bytes < PODS * 1000) throw new Error(`a list of ${bytes} bytes is too small for ${PODS} pods`)
    }
    return quantile(times, 0.5)
  },
}

/** Bytes of an answer. Each goes over a new connection, as kubectl's does. */
function read(peer: Peer, path: string): Promise<number> {
  const { hostname: host, port } = peer.url
  const headers = { authorization: `Bearer ${peer.token}`, accept: 'application/json' }
  return new Promise((resolve, reject) => {
    const req = https.get({ host, port, path, headers, ca: peer.ca, agent: false }, res => {
      let bytes = 0
      res.on('data', (c: Buffer) => (bytes += c.length))
      res.on('error', reject)
      res.on('end', () => (res.statusCode === 200 ? resolve(bytes) : reject(new Error(`list: ${res.statusCode}`))))
    })
    req.on('error', reject)
  })
}
