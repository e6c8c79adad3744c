import type { ContainerCreateOptions, ContainerInspectInfo, HostConfig } from 'dockerode'
import { type ContainerIdentity, type ContainerSpec, CPU_PERIOD_US, type Limits, type Mount } from './runtime.ts'
import type { RuntimeContainer, SandboxSpec } from './runtime.ts'

/** Labels that other tools know from Kubernetes, and kubelite's own. */
const LABEL = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  name: 'io.kubernetes.container.name',
  owner: 'kubelite.owner',
  type: 'kubelite.type',
  attempt: 'kubelite.attempt',
  startError: 'kubelite.start-error',
} as const
const NOTE = 'kubelite.note.'

/** The label by which an agent finds its own containers. */
export const ownerLabel = (owner: string): string => `${LABEL.owner}=${owner}`
/** The pod's UID in a container's labels. */
export const podUidOf = (labels: Readonly<Record<string, string>>): string => labels[LABEL.podUid] ?? ''

/** Log files of a container: 5 of 10 MiB, as the kubelet keeps them. */
const LOGGING = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } }

function labelsOf(
  type: RuntimeContainer['kind'],
  c: ContainerIdentity,
  owner: string,
  notes: Readonly<Record<string, string>>,
) {
  const labels: Record<string, string> = {
    [LABEL.podName]: c.podName,
    [LABEL.podNamespace]: c.podNamespace,
    [LABEL.podUid]: c.podUid,
    [LABEL.name]: c.name || 'POD',
    [LABEL.owner]: owner,
    [LABEL.type]: type,
    [LABEL.attempt]: String(c.attempt),
  }
  for (const [key, value] of Object.entries(notes)) labels[NOTE + key] = value
  return labels
}

/** One name for each attempt: the engine itself refuses to make a container twice. */
export function containerName(c: ContainerIdentity): string {
  return ['k8s', c.name || 'POD', c.podName, c.podNamespace, c.podUid, c.attempt].join('_')
}

const bindOf = (m: Mount): NonNullable<HostConfig['Mounts']>[number] => ({
  Type: 'bind',
  Source: m.source,
  Target: m.target,
  ReadOnly: m.readOnly,
  ...(m.propagation === 'private' ? {} : { BindOptions: { Propagation: m.propagation } }),
})

/** The request that makes a pod's sandbox. */
export function sandboxConfig(spec: SandboxSpec, image: string, owner: string): ContainerCreateOptions {
  return {
    name: containerName(spec),
    Image: image,
    // On the host's network the engine refuses a name of its own and takes the node's.
    ...(spec.hostNetwork ? {} : { Hostname: spec.hostname }),
    Labels: labelsOf('sandbox', spec, owner, spec.notes),
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : 'none',
      IpcMode: spec.hostIpc ? 'host' : 'shareable',
      ...(spec.hostPid ? { PidMode: 'host' } : {}),
      ...(Object.keys(spec.sysctls).length ? { Sysctls: { ...spec.sysctls } } : {}),
      CgroupParent: spec.cgroupParent,
      SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
      ReadonlyRootfs: true,
      // Whatever happens, the kernel takes the pod's containers before its namespaces.
      OomScoreAdj: -998,
      LogConfig: { Type: 'none', Config: {} },
      Mounts: spec.mounts.map(bindOf),
      RestartPolicy: { Name: 'no' },
    },
  }
}

/** The request that makes a container of a pod. */
export function containerConfig(spec: ContainerSpec, owner: string): ContainerCreateOptions {
  return {
    name: containerName(spec),
    Image: spec.image,
    ...(spec.command.length ? { Entrypoint: [...spec.command] } : {}),
    ...(spec.args.length ? { Cmd: [...spec.args] } : {}),
    Env: [...spec.env],
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
    Tty: spec.tty,
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    ...(spec.user ? { User: spec.user } : {}),
    ...(spec.stopSignal ? { StopSignal: spec.stopSignal } : {}),
    Labels: labelsOf('container', spec, owner, spec.notes),
    // The pod's probes are the agent's own.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : `container:${spec.sandboxId}`,
      IpcMode: spec.hostIpc ? 'host' : `container:${spec.sandboxId}`,
      ...(spec.hostPid ? { PidMode: 'host' } : spec.pidOf ? { PidMode: `container:${spec.pidOf}` } : {}),
      ...(spec.hostNetwork ? { UTSMode: 'host' } : {}),
      CgroupParent: spec.cgroupParent,
      Privileged: spec.privileged,
      CapAdd: [...spec.addCapabilities],
      CapDrop: [...spec.dropCapabilities],
      SecurityOpt: securityOptions(spec),
      ...(spec.unmaskedProc ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
      GroupAdd: spec.groups.map(String),
      ReadonlyRootfs: spec.readOnlyRoot,
      Mounts: spec.mounts.map(bindOf),
      OomScoreAdj: spec.oomScoreAdj,
      LogConfig: LOGGING,
      RestartPolicy: { Name: 'no' },
      ...limitsConfig(spec.limits),
    },
  }
}

/** The request for a container that only keeps its image. */
export function holderConfig(holder: ContainerIdentity, image: string, owner: string): ContainerCreateOptions {
  return {
    name: containerName(holder),
    Image: image,
    // An image of nothing but data names no program.
    Entrypoint: ['none'],
    Labels: labelsOf('image', holder, owner, {}),
    HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} }, RestartPolicy: { Name: 'no' } },
  }
}

/** The engine looks at the working directory when it makes a container. */
export const isBadWorkingDir = ({ message }: Error): boolean => /^Cannot mkdir: .* is not a directory/.test(message)

/** The request for a container that stands for one that cannot be started. */
export function unstartable(config: ContainerCreateOptions, reason: string): ContainerCreateOptions {
  const { WorkingDir: _, ...rest } = config
  // Not the image's own either: that one may be at fault.
  return { ...rest, WorkingDir: '/', Labels: { ...config.Labels, [LABEL.startError]: reason } }
}

/** Limits as both create and update take them. The swap limit must follow the memory limit. */
export function limitsConfig(
  limits: Limits,
): Pick<HostConfig, 'CpuShares' | 'CpuPeriod' | 'CpuQuota' | 'Memory' | 'MemorySwap'> {
  return {
    CpuShares: limits.cpuShares,
    ...(limits.cpuQuotaUs ? { CpuPeriod: CPU_PERIOD_US, CpuQuota: limits.cpuQuotaUs } : {}),
    ...(limits.memoryBytes ? { Memory: limits.memoryBytes, MemorySwap: limits.memoryBytes } : {}),
  }
}

function securityOptions(spec: ContainerSpec): string[] {
  const options: string[] = []
  if (spec.noNewPrivileges) options.push('no-new-privileges')
  if (spec.seccomp !== 'runtime/default' && !spec.privileged) options.push(`seccomp=${spec.seccomp}`)
  if (spec.apparmor && !spec.privileged) options.push(`apparmor=${spec.apparmor}`)
  return options
}

/** What the engine tells of a container, in the agent's words. */
export function readContainer(info: ContainerInspectInfo): RuntimeContainer {
  const { Labels: labels } = info.Config
  const notes: Record<string, string> = {}
  for (const [key, value] of Object.entries(labels)) if (key.startsWith(NOTE)) notes[key.slice(NOTE.length)] = value
  const type = labels[LABEL.type]
  const kind = type === 'sandbox' || type === 'image' ? type : 'container'
  const startError = info.State.Status === 'created' ? (labels[LABEL.startError] ?? info.State.Error) : ''
  return {
    id: info.Id,
    kind,
    podUid: podUidOf(labels),
    podName: labels[LABEL.podName] ?? '',
    podNamespace: labels[LABEL.podNamespace] ?? '',
    name: kind === 'sandbox' ? '' : (labels[LABEL.name] ?? ''),
    attempt: Number(labels[LABEL.attempt] ?? 0),
    state: stateOf(info.State.Status, startError),
    createdAt: readTime(info.Created),
    startedAt: readTime(info.State.StartedAt),
    finishedAt: startError ? readTime(info.Created) : readTime(info.State.FinishedAt),
    exitCode: startError ? START_ERROR_CODE : info.State.ExitCode,
    oomKilled: info.State.OOMKilled,
    startError,
    pid: info.State.Pid,
    imageId: info.Image,
    notes,
  }
}

/** Exit code of a container whose process could not be started. */
const START_ERROR_CODE = 128

function stateOf(status: string, startError: string): RuntimeContainer['state'] {
  if (startError) return 'exited'
  if (status === 'created') return 'created'
  return status === 'running' || status === 'paused' || status === 'restarting' ? 'running' : 'exited'
}

/** Milliseconds since the epoch; 0 for the engine's zero time. */
function readTime(text: string): number {
  return text.startsWith('0001') ? 0 : Date.parse(text)
}
