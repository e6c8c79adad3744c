import { formatTime } from '../../base/clock.ts'
import type { KubeletHost } from './host.ts'

/** The kubelet's /stats/summary, as far as `kubectl top` sources read it: cpu and memory of each container. */
export async function statsSummary(host: KubeletHost, nodeName: string, now: number): Promise<unknown> {
  const time = formatTime(now)
  const pods = await Promise.all(
    host.pods().map(async pod => {
      const containers = await Promise.all(
        (pod.spec?.containers ?? []).map(async c => {
          const container = await host.container(pod, c.name)
          const stats = container?.state === 'running' ? await host.runtime.stats(container.id) : undefined
          if (!container || !stats) return undefined
          return {
            name: c.name,
            startTime: formatTime(container.startedAt),
            cpu: { time, usageCoreNanoSeconds: stats.cpuNanoseconds },
            memory: { time, usageBytes: stats.memoryBytes, workingSetBytes: stats.workingSetBytes },
          }
        }),
      )
      const { name, namespace, uid } = pod.metadata ?? {}
      return {
        podRef: { name, namespace, uid },
        startTime: pod.status?.startTime,
        containers: containers.filter(c => c !== undefined),
      }
    }),
  )
  return { node: { nodeName, startTime: time }, pods }
}
