import { formatTime } from '../../base/clock.ts'
import type { ContainerImage, NodeCondition, NodeStatus } from '../../kinds/generated/types.ts'
import type { RuntimeImage, RuntimeInfo } from '../runtime/runtime.ts'
import type { Headroom, MachineFacts } from './facts.ts'

export interface NodeFacts {
  readonly machine: MachineFacts
  readonly headroom: Headroom
  readonly runtime: RuntimeInfo
  readonly images: readonly RuntimeImage[]
  readonly ip: string
  readonly hostname: string
  readonly kubeletPort: number
  readonly kubeletVersion: string
  /** Why pods cannot run; empty when they can. */
  readonly fault: string
}

const MIB = 1024 * 1024
/** Kept free for the system: below that the node is under pressure, as by the kubelet's defaults. */
const RESERVED_MEMORY_BYTES = 100 * MIB
const RESERVED_DISK = 0.1
const RESERVED_INODES = 0.05
const RESERVED_PIDS = 0.1
const MAX_PODS = 110
const MAX_IMAGES = 50
const MAX_NAMES = 5

/** Amounts of the machine as node status has them. */
export function capacityOf(m: MachineFacts): Record<string, string> {
  return {
    cpu: String(m.cpus),
    'ephemeral-storage': `${Math.floor(m.diskBytes / 1024)}Ki`,
    memory: `${Math.floor(m.memoryBytes / 1024)}Ki`,
    pods: String(MAX_PODS),
  }
}

/** What pods may have of it. */
export function allocatableOf(m: MachineFacts): Record<string, string> {
  return {
    ...capacityOf(m),
    'ephemeral-storage': String(Math.floor(m.diskBytes * (1 - RESERVED_DISK))),
    memory: `${Math.floor((m.memoryBytes - RESERVED_MEMORY_BYTES) / 1024)}Ki`,
  }
}

/** The whole status of a node. `old` is what was reported before. */
export function nodeStatusOf(facts: NodeFacts, old: NodeStatus | undefined, now: number): NodeStatus {
  const { machine, runtime } = facts
  return {
    capacity: { ...foreign(old?.capacity), ...capacityOf(machine) },
    allocatable: { ...foreign(old?.allocatable ?? old?.capacity), ...allocatableOf(machine) },
    conditions: conditionsOf(facts, old?.conditions ?? [], now),
    addresses: [
      { type: 'InternalIP', address: facts.ip },
      { type: 'Hostname', address: facts.hostname },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernel,
      osImage: machine.osImage,
      containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
      kubeletVersion: facts.kubeletVersion,
      // Kubelets say nothing here since 1.33: there need be no kube-proxy.
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    images: imagesOf(facts.images),
  }
}

/** Amounts that somebody else put there: extended resources. */
function foreign(amounts: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => name.includes('/')))
}

interface Finding {
  readonly type: string
  readonly bad: boolean
  readonly reasons: readonly [good: string, bad: string]
  readonly messages: readonly [good: string, bad: string]
}

function conditionsOf(facts: NodeFacts, old: readonly NodeCondition[], now: number): NodeCondition[] {
  const { headroom: h, machine } = facts
  const findings: Finding[] = [
    {
      type: 'MemoryPressure',
      bad: h.memoryBytes < RESERVED_MEMORY_BYTES,
      reasons: ['KubeletHasSufficientMemory', 'KubeletHasInsufficientMemory'],
      messages: ['kubelet has sufficient memory available', 'kubelet has insufficient memory available'],
    },
    {
      type: 'DiskPressure',
      bad: h.diskBytes < machine.diskBytes * RESERVED_DISK || h.diskInodes < h.diskInodesTotal * RESERVED_INODES,
      reasons: ['KubeletHasNoDiskPressure', 'KubeletHasDiskPressure'],
      messages: ['kubelet has no disk pressure', 'kubelet has disk pressure'],
    },
    {
      type: 'PIDPressure',
      bad: h.pids < h.pidsTotal * RESERVED_PIDS,
      reasons: ['KubeletHasSufficientPID', 'KubeletHasInsufficientPID'],
      messages: ['kubelet has sufficient PID available', 'kubelet has insufficient PID available'],
    },
  ]
  const own = findings.map(f => ({
    type: f.type,
    status: f.bad ? 'True' : 'False',
    reason: f.reasons[f.bad ? 1 : 0],
    message: f.messages[f.bad ? 1 : 0],
  }))
  const ready = facts.fault
    ? { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: facts.fault }
    : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
  const names = new Set([...own, ready].map(c => c.type))
  const dated = [...own, ready].map(c => {
    const before = old.find(o => o.type === c.type)
    const since = before?.status === c.status ? before.lastTransitionTime : undefined
    return { ...c, lastHeartbeatTime: formatTime(now), lastTransitionTime: since ?? formatTime(now) }
  })
  return [...old.filter(o => !names.has(o.type)), ...dated]
}

/** The largest images first, as many as the kubelet lists. */
function imagesOf(images: readonly RuntimeImage[]): ContainerImage[] {
  return [...images]
    .filter(i => i.tags.length + i.digests.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_IMAGES)
    .map(i => ({ names: [...i.digests, ...i.tags].slice(0, MAX_NAMES), sizeBytes: i.sizeBytes }))
}

/** The status without the times that change with every look. */
export function withoutHeartbeat(status: NodeStatus): NodeStatus {
  return { ...status, conditions: (status.conditions ?? []).map(c => ({ ...c, lastHeartbeatTime: undefined })) }
}
