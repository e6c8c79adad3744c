import { inParallel } from './bench.ts'
import type { Peer } from './peer.ts'

/** A pod that nobody schedules, of about 1.5 KB as a client writes it. */
const podBody = (i: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `p-${i}`,
    labels: { app: `app-${i % 100}`, tier: 'bench' },
    annotations: { note: 'x'.repeat(300) },
  },
  spec: {
    schedulerName: 'none',
    containers: [
      {
        name: 'main',
        image: 'registry.example/app:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        resources: { requests: { cpu: '10m', memory: '16Mi' } },
      },
    ],
  },
})

/** Brings the peer's namespace to this many pods. */
export async function storePods(peer: Peer, count: number): Promise<void> {
  const path = `${peer.home}/pods`
  if ((await peer.ask({ path: `${path}/p-${count - 1}` })).code === 200) return
  await inParallel(count, 32, i => peer.must({ method: 'POST', path, body: podBody(i) }))
}
