import { connect } from 'node:net'
import type { Probe } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import { type ActionContext, execCollect, httpGet, portOf } from '../hooks.ts'
import { RuntimeError } from '../runtime/runtime.ts'
import { grpcCheck } from './grpc.ts'

export interface ProbeResult {
  readonly ok: boolean
  /** What the event says of a failure. */
  readonly output: string
}

/** A probe that could not be tried: its result counts for nothing. */
export class ProbeError extends Error {}

/** Tries a probe once. Rejects with {@link ProbeError} where it cannot be tried. */
export async function checkProbe(probe: Frozen<Probe>, context: ActionContext): Promise<ProbeResult> {
  const seconds = probe.timeoutSeconds || 1
  const abort = new AbortController()
  const timer = context.clock.setTimer(seconds * 1000, () => abort.abort(new TimeoutError(seconds)))
  try {
    if (probe.exec) return await checkExec(probe.exec.command ?? [], context, abort.signal)
    if (probe.httpGet) return await checkHttp(probe.httpGet, context, abort.signal)
    if (probe.tcpSocket) return await checkTcp(probe.tcpSocket, context, abort.signal)
    if (probe.grpc) return await grpcCheck(probe.grpc, { host: context.podIp, seconds, signal: abort.signal })
    throw new ProbeError('missing probe handler')
  } finally {
    timer[Symbol.dispose]()
  }
}

class TimeoutError extends Error {
  constructor(seconds: number) {
    super(`timed out after ${seconds}s`)
  }
}

async function checkExec(
  command: readonly string[],
  context: ActionContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    const { code, output } = await execCollect(context.runtime, context.containerId, command, signal)
    return { ok: code === 0, output }
  } catch (error) {
    if (error instanceof TimeoutError)
      return { ok: false, output: `command timed out: "${command.join(' ')}" ${error.message}` }
    const { message } = error as Error
    throw new ProbeError(error instanceof RuntimeError ? `rpc error: code = Unknown desc = ${message}` : message, {
      cause: error,
    })
  }
}

async function checkHttp(
  action: NonNullable<Frozen<Probe>['httpGet']>,
  context: ActionContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const port = portOrError(action.port, context)
  const host = action.host || context.podIp
  const scheme = (action.scheme || 'HTTP').toLowerCase()
  const path = action.path ?? ''
  const url = `${scheme}://${joinHostPort(host, port)}${path.startsWith('/') ? path : `/${path}`}`
  try {
    const { code } = await httpGet(action, context, 'kube-probe/1.36', signal)
    // 3xx is an answer too: one that leads away from the pod.
    return code >= 200 && code < 400
      ? { ok: true, output: '' }
      : { ok: false, output: `HTTP probe failed with statuscode: ${code}` }
  } catch (error) {
    const text =
      error instanceof TimeoutError
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : dialText(error as NodeJS.ErrnoException, host, port)
    return { ok: false, output: `Get "${url}": ${text}` }
  }
}

function checkTcp(
  action: NonNullable<Frozen<Probe>['tcpSocket']>,
  context: ActionContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const port = portOrError(action.port, context)
  const host = action.host || context.podIp
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const done = (result: ProbeResult): void => {
      socket.destroy()
      resolve(result)
    }
    socket.on('connect', () => done({ ok: true, output: '' }))
    socket.on('error', error => done({ ok: false, output: dialText(error, host, port) }))
    const late = (): void => done({ ok: false, output: `dial tcp ${joinHostPort(host, port)}: i/o timeout` })
    signal.addEventListener('abort', late, { once: true })
  })
}

function portOrError(port: unknown, context: ActionContext): number {
  try {
    return portOf(port as string | number, context.container)
  } catch (error) {
    throw new ProbeError((error as Error).message, { cause: error })
  }
}

export const joinHostPort = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

const DIAL_TEXTS: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
}

/** An error of the network in Go's words. */
function dialText(error: NodeJS.ErrnoException, host: string, port: number): string {
  const known = DIAL_TEXTS[error.code ?? '']
  if (known) return `dial tcp ${joinHostPort(host, port)}: ${known}`
  if (error.code === 'ECONNRESET') return `read tcp ${joinHostPort(host, port)}: read: connection reset by peer`
  return error.message === 'socket hang up' ? 'EOF' : error.message
}
