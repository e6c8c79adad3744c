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

/** The kubelet's /metrics in Prometheus' text form: how many pods and containers the node has, by state. */
export function kubeletMetrics(host: KubeletHost, nodeName: string): string {
  const pods = host.pods()
  const states = { created: 0, exited: 0, running: 0, unknown: 0 }
  for (const status of pods.flatMap(p => p.status?.containerStatuses ?? [])) {
    const { state } = status
    states[state?.running ? 'running' : state?.terminated ? 'exited' : state?.waiting ? 'created' : 'unknown']++
  }
  return [
    '# HELP kubelet_node_name The node name. The count is always 1.',
    '# TYPE kubelet_node_name gauge',
    `kubelet_node_name{node="${nodeName}"} 1`,
    '# HELP kubelet_running_pods Number of pods that have a running pod sandbox',
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${pods.filter(p => p.status?.phase === 'Running').length}`,
    '# HELP kubelet_running_containers Number of containers currently running',
    '# TYPE kubelet_running_containers gauge',
    ...Object.entries(states).map(([state, n]) => `kubelet_running_containers{container_state="${state}"} ${n}`),
    '',
  ].join('\n')
}
