import { type ApiBench, pause } from './support/bench.ts'
import { storePods } from './support/pods.ts'

export const podMemory: ApiBench = {
  kind: 'api',
  name: 'pod-memory',
  what: 'memory per 10,000 stored pods',
  budget: 120,
  unit: 'MB',
  async measure(peer) {
    await pause(3000)
    const before = peer.rssMib
    await storePods(peer, 10_000)
    await pause(5000)
    return peer.rssMib - before
  },
}
