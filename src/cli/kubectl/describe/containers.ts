import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  ContainerPort,
  Probe,
  ResourceRequirements,
} from '../../../kinds/generated/types.ts'
import { canonicalQuantity, formatQuantity, parseQuantity, scaledValue, MILLI } from '../../../base/quantity.ts'
import type { Json } from '../api/connection.ts'
import { longTime } from '../print/times.ts'
import { boolText } from './shared.ts'
import type { Writer } from './writer.ts'

export interface ContainerOptions {
  readonly label: string
  readonly containers: readonly Container[]
  readonly statuses?: readonly ContainerStatus[] | undefined
  /** Two blanks in pod templates. */
  readonly space: string
  /** The pod, whose fields environment variables may show. */
  readonly pod?: Json
}

/** The containers of a pod or template. */
export function containerLines(w: Writer, o: ContainerOptions): void {
  w.line(0, `${o.space}${o.label}:${o.containers.length ? '' : ' <none>'}`)
  for (const container of o.containers) {
    const status = o.statuses?.find(s => s.name === container.name)
    basicLines(w, container, status, o.space)
    wordLines(w, 'Command', container.command)
    wordLines(w, 'Args', container.args)
    if (status) stateLines(w, status)
    resourceLines(w, container.resources, 2)
    if (container.livenessProbe) w.line(2, `Liveness:\t${probeText(container.livenessProbe)}`)
    if (container.readinessProbe) w.line(2, `Readiness:\t${probeText(container.readinessProbe)}`)
    if (container.startupProbe) w.line(2, `Startup:\t${probeText(container.startupProbe)}`)
    envFromLines(w, container)
    envLines(w, container, o.pod)
    mountLines(w, container)
  }
}

function basicLines(w: Writer, c: Container, status: ContainerStatus | undefined, space: string): void {
  w.line(1, `${space ? ' ' : ''}${c.name}:`)
  if (status) w.line(2, `Container ID:\t${status.containerID ?? ''}`)
  w.line(2, `Image:\t${c.image ?? ''}`)
  if (status) w.line(2, `Image ID:\t${status.imageID ?? ''}`)
  portLine(w, 'Port', c.ports, p => p.containerPort)
  portLine(w, 'Host Port', c.ports, p => p.hostPort ?? 0)
  const profile = c.securityContext?.seccompProfile
  if (profile) {
    w.line(2, `SeccompProfile:\t${profile.type}`)
    if (profile.type === 'Localhost') w.line(3, `LocalhostProfile:\t${profile.localhostProfile ?? ''}`)
  }
}

function portLine(
  w: Writer,
  title: string,
  ports: readonly ContainerPort[] | undefined,
  number: (p: ContainerPort) => number,
): void {
  const texts = (ports ?? []).map(p => `${number(p)}/${p.protocol ?? ''}${p.name ? ` (${p.name})` : ''}`)
  if (texts.length > 1) w.line(2, `${title}s:\t${texts.join(', ')}`)
  else w.line(2, `${title}:\t${texts[0] ?? '<none>'}`)
}

function wordLines(w: Writer, title: string, words: readonly string[] | undefined): void {
  if (!words?.length) return
  w.line(2, `${title}:`)
  for (const word of words) for (const line of word.split('\n')) w.line(3, line)
}

function stateLines(w: Writer, status: ContainerStatus): void {
  oneState(w, 'State', status.state)
  if (status.lastState?.terminated) oneState(w, 'Last State', status.lastState)
  w.line(2, `Ready:\t${boolText(status.ready)}`)
  w.line(2, `Restart Count:\t${status.restartCount}`)
}

function oneState(w: Writer, title: string, state: ContainerState | undefined): void {
  if (state?.running) {
    w.line(2, `${title}:\tRunning`)
    w.line(3, `Started:\t${longTime(state.running.startedAt)}`)
  } else if (state?.terminated) {
    const t = state.terminated
    w.line(2, `${title}:\tTerminated`)
    if (t.reason) w.line(3, `Reason:\t${t.reason}`)
    if (t.message) w.line(3, `Message:\t${t.message}`)
    w.line(3, `Exit Code:\t${t.exitCode}`)
    if (t.signal) w.line(3, `Signal:\t${t.signal}`)
    w.line(3, `Started:\t${longTime(t.startedAt)}`)
    w.line(3, `Finished:\t${longTime(t.finishedAt)}`)
  } else {
    w.line(2, `${title}:\tWaiting`)
    if (state?.waiting?.reason) w.line(3, `Reason:\t${state.waiting.reason}`)
  }
}

/** Limits and requests at a level. */
export function resourceLines(w: Writer, resources: ResourceRequirements | undefined, level: number): void {
  for (const [title, list] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = Object.keys(list ?? {}).sort()
    if (names.length) w.line(level, `${title}:`)
    for (const name of names) w.line(level + 1, `${name}:\t${canonicalQuantity(list?.[name] ?? '0')}`)
  }
}

/** `http-get http://:80/ delay=0s timeout=1s period=10s #success=1 #failure=3`. */
export function probeText(p: Probe): string {
  const attributes = `delay=${p.initialDelaySeconds ?? 0}s timeout=${p.timeoutSeconds ?? 0}s period=${p.periodSeconds ?? 0}s #success=${p.successThreshold ?? 0} #failure=${p.failureThreshold ?? 0}`
  if (p.exec) return `exec [${(p.exec.command ?? []).join(' ')}] ${attributes}`
  if (p.httpGet) {
    const { scheme = '', host = '', port, path = '' } = p.httpGet
    const where = `${host.includes(':') ? `[${host}]` : host}:${port}`
    const at = path && !path.startsWith('/') ? `/${path}` : path
    return `http-get ${scheme.toLowerCase()}://${where}${at} ${attributes}`
  }
  if (p.tcpSocket) return `tcp-socket ${p.tcpSocket.host ?? ''}:${p.tcpSocket.port} ${attributes}`
  if (p.grpc) return `grpc <pod>:${p.grpc.port} ${p.grpc.service ?? ''} ${attributes}`
  return `unknown ${attributes}`
}

function envFromLines(w: Writer, c: Container): void {
  if (!c.envFrom?.length) return
  w.line(2, 'Environment Variables from:')
  for (const e of c.envFrom) {
    const [from, ref] = e.configMapRef ? ['ConfigMap', e.configMapRef] : ['Secret', e.secretRef]
    const prefix = e.prefix ? ` with prefix '${e.prefix}'` : ''
    w.line(3, `${ref?.name ?? ''}\t${from}${prefix}\tOptional: ${ref?.optional === true}`)
  }
}

function envLines(w: Writer, c: Container, pod: Json | undefined): void {
  w.line(2, `Environment:${c.env?.length ? '' : '\t<none>'}`)
  for (const e of c.env ?? []) {
    const [first = '', ...more] = envText(e, c, pod).split('\n')
    w.line(3, `${e.name}:\t${first}`)
    for (const line of more) w.line(3, `\t${line}`)
  }
}

function envText(e: EnvVar, c: Container, pod: Json | undefined): string {
  const from = e.valueFrom
  if (!from) return e.value ?? ''
  if (from.fieldRef) {
    const { apiVersion = 'v1', fieldPath } = from.fieldRef
    return `${pod ? fieldText(pod, fieldPath) : ''} (${apiVersion}:${fieldPath})`
  }
  if (from.resourceFieldRef) {
    const { resource, divisor } = from.resourceFieldRef
    const value = resourceText(c, resource, divisor ?? '0')
    return `${value === '0' && resource.startsWith('limits.') && /cpu|memory/.test(resource) ? 'node allocatable' : value} (${resource})`
  }
  const key = from.secretKeyRef ?? from.configMapKeyRef
  if (!key) return ''
  const where = from.secretKeyRef ? `in secret '${key.name ?? ''}'` : `of config map '${key.name ?? ''}'`
  return `<set to the key '${key.key}' ${where}>\tOptional: ${key.optional === true}`
}

/** The field that the downward API shows: `metadata.name`, `metadata.labels['x']`, `status.podIP`. */
function fieldText(pod: Json, path: string): string {
  const keyed = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path)
  const keys = keyed ? ['metadata', keyed[1] ?? '', keyed[2] ?? ''] : path.split('.')
  const value = keys.reduce<unknown>((v, k) => (v as Json | undefined)?.[k], pod)
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${k}=${JSON.stringify(v)}`)
      .join('\n')
  return value === undefined || value === null ? '' : String(value)
}

function resourceText(c: Container, field: string, divisor: string | number): string {
  const [kind = '', ...rest] = field.split('.')
  const name = rest.join('.')
  const list = kind === 'limits' ? c.resources?.limits : c.resources?.requests
  const amount = parseQuantity(list?.[name] ?? '0')
  const unit = String(divisor) === '0' ? parseQuantity('1') : parseQuantity(divisor)
  if (name === 'cpu') return String(Math.ceil(scaledValue(amount, MILLI) / scaledValue(unit, MILLI)))
  return formatQuantity(parseQuantity(Math.ceil(scaledValue(amount) / scaledValue(unit))))
}

function mountLines(w: Writer, c: Container): void {
  const mounts = [...(c.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
  w.line(2, `Mounts:${mounts.length ? '' : '\t<none>'}`)
  for (const m of mounts) {
    const flags = [m.readOnly ? 'ro' : 'rw', ...(m.subPath ? [`path=${JSON.stringify(m.subPath)}`] : [])]
    w.line(3, `${m.mountPath} from ${m.name} (${flags.join(',')})`)
  }
  const devices = [...(c.volumeDevices ?? [])].sort((a, b) => (a.devicePath < b.devicePath ? -1 : 1))
  if (devices.length) w.line(2, `Devices:${mounts.length ? '' : '\t<none>'}`)
  for (const d of devices) w.line(3, `${d.devicePath} from ${d.name}`)
}
