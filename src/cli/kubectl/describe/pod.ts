import type { Pod, PodTemplateSpec, TopologySpreadConstraint } from '../../../kinds/generated/types.ts'
import { computeQosClass } from '../../../kinds/core/pod/qos.ts'
import type { Json } from '../api/connection.ts'
import { selectorText } from '../../../kinds/columns.ts'
import { longTime, timeSince } from '../print/times.ts'
import { containerLines, resourceLines } from './containers.ts'
import {
  annotationLines,
  controllerText,
  type Described,
  type Describer,
  eventLines,
  labelLines,
  tolerationLines,
} from './shared.ts'
import { volumeLines } from './volumes.ts'
import type { Writer } from './writer.ts'

/** `kubectl describe pod`. */
export const describePod: Describer<Described<Pod>> = async (w, pod, context) => {
  headPart(w, pod, context.now)
  const { spec, status } = pod
  const shared = { space: '', pod: pod as unknown as Json }
  if (spec?.initContainers?.length)
    containerLines(w, {
      ...shared,
      label: 'Init Containers',
      containers: spec.initContainers,
      statuses: status?.initContainerStatuses ?? [],
    })
  containerLines(w, {
    ...shared,
    label: 'Containers',
    containers: spec?.containers ?? [],
    statuses: status?.containerStatuses ?? [],
  })
  if (spec?.ephemeralContainers?.length)
    containerLines(w, {
      ...shared,
      label: 'Ephemeral Containers',
      containers: spec.ephemeralContainers,
      statuses: status?.ephemeralContainerStatuses ?? [],
    })
  conditionPart(w, pod)
  volumeLines(w, spec?.volumes, '')
  w.line(0, `QoS Class:\t${status?.qosClass ?? (spec ? computeQosClass(spec) : '')}`)
  labelLines(w, 'Node-Selectors', spec?.nodeSelector)
  tolerationLines(w, 'Tolerations', spec?.tolerations)
  spreadLines(w, spec?.topologySpreadConstraints, '')
  const mirror = pod.metadata.annotations?.['kubernetes.io/config.mirror']
  eventLines(w, await context.events({ kind: '', ...(mirror ? { uid: mirror } : {}) }), context.now)
}

function headPart(w: Writer, { metadata: m, spec, status }: Described<Pod>, now: number): void {
  w.line(0, `Name:\t${m.name ?? ''}`)
  w.line(0, `Namespace:\t${m.namespace ?? ''}`)
  if (spec?.priority !== undefined) w.line(0, `Priority:\t${spec.priority}`)
  if (spec?.priorityClassName) w.line(0, `Priority Class Name:\t${spec.priorityClassName}`)
  if (spec?.runtimeClassName) w.line(0, `Runtime Class Name:\t${spec.runtimeClassName}`)
  if (spec?.serviceAccountName) w.line(0, `Service Account:\t${spec.serviceAccountName}`)
  w.line(0, `Node:\t${spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>'}`)
  if (status?.startTime) w.line(0, `Start Time:\t${longTime(status.startTime)}`)
  labelLines(w, 'Labels', m.labels)
  annotationLines(w, 'Annotations', m.annotations)
  const phase = status?.phase ?? ''
  if (m.deletionTimestamp && phase !== 'Failed' && phase !== 'Succeeded') {
    w.line(0, `Status:\tTerminating (lasts ${timeSince(m.deletionTimestamp, now)})`)
    w.line(0, `Termination Grace Period:\t${m.deletionGracePeriodSeconds ?? 0}s`)
  } else w.line(0, `Status:\t${phase}`)
  if (status?.reason) w.line(0, `Reason:\t${status.reason}`)
  if (status?.message) w.line(0, `Message:\t${status.message}`)
  const profile = spec?.securityContext?.seccompProfile
  if (profile) w.line(0, `SeccompProfile:\t${profile.type}`)
  if (profile?.type === 'Localhost') w.line(0, `LocalhostProfile:\t${profile.localhostProfile ?? ''}`)
  w.line(0, `IP:\t${status?.podIP ?? ''}`)
  if (status?.podIPs?.length) {
    w.line(0, 'IPs:')
    for (const { ip } of status.podIPs) w.line(1, `IP:\t${ip}`)
  } else w.line(0, 'IPs:\t<none>')
  const controller = controllerText(m)
  if (controller) w.line(0, `Controlled By:\t${controller}`)
  if (status?.nominatedNodeName) w.line(0, `NominatedNodeName:\t${status.nominatedNodeName}`)
  if (spec?.resources) {
    w.line(0, 'Resources:')
    resourceLines(w, spec.resources, 1)
  }
}

function conditionPart(w: Writer, { spec, status }: Described<Pod>): void {
  if (spec?.readinessGates?.length) {
    w.raw('Readiness Gates:\n  Type\tStatus\n')
    for (const gate of spec.readinessGates)
      w.line(
        1,
        `${gate.conditionType} \t${status?.conditions?.find(c => c.type === gate.conditionType)?.status ?? '<none>'} `,
      )
  }
  if (status?.conditions?.length) {
    w.raw('Conditions:\n  Type\tStatus\n')
    for (const c of status.conditions) w.line(1, `${c.type} \t${c.status} `)
  }
}

function spreadLines(w: Writer, constraints: readonly TopologySpreadConstraint[] | undefined, space: string): void {
  const sorted = [...(constraints ?? [])].sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1))
  sorted.forEach((c, i) => {
    const selector = c.labelSelector ? ` for selector ${selectorText(c.labelSelector as never)}` : ''
    const head = i === 0 ? `${space}Topology Spread Constraints:` : space
    w.line(0, `${head}\t${c.topologyKey}:${c.whenUnsatisfiable} when max skew ${c.maxSkew} is exceeded${selector}`)
  })
}

/** The template of a workload, as its description and its history show it. */
export function podTemplateLines(w: Writer, template: PodTemplateSpec | undefined): void {
  w.line(0, 'Pod Template:')
  if (!template) return w.raw('  <unset>')
  const { metadata, spec } = template
  labelLines(w, '  Labels', metadata?.labels)
  if (Object.keys(metadata?.annotations ?? {}).length) annotationLines(w, '  Annotations', metadata?.annotations)
  if (spec?.serviceAccountName) w.line(1, `Service Account:\t${spec.serviceAccountName}`)
  if (spec?.initContainers?.length)
    containerLines(w, { label: 'Init Containers', containers: spec.initContainers, space: '  ' })
  containerLines(w, { label: 'Containers', containers: spec?.containers ?? [], space: '  ' })
  volumeLines(w, spec?.volumes, '  ')
  spreadLines(w, spec?.topologySpreadConstraints, '  ')
  if (spec?.priorityClassName) w.line(1, `Priority Class Name:\t${spec.priorityClassName}`)
  labelLines(w, '  Node-Selectors', spec?.nodeSelector)
  tolerationLines(w, '  Tolerations', spec?.tolerations)
}
