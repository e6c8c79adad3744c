import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Clock } from '../base/clock.ts'
import type { HTTPGetAction, LifecycleHandler } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ContainerView } from './pods.ts'
import type { Runtime } from './runtime/runtime.ts'

export interface ActionContext {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly containerId: string
  readonly container: ContainerView
  readonly podIp: string
}

export interface ExecResult {
  readonly code: number
  readonly output: string
}

const MAX_OUTPUT_BYTES = 10 * 1024

/** Runs a command in a container and collects its output. Rejects with the signal's reason when aborted. */
export async function execCollect(
  runtime: Runtime,
  id: string,
  command: readonly string[],
  signal?: AbortSignal,
): Promise<ExecResult> {
  const process = await runtime.exec(id, { command, tty: false, stdin: false, stdout: true, stderr: true })
  // Whoever waits no longer also ends it: a probe that hangs would leave one more process each time.
  const abort = (): void => {
    void process
      .kill()
      .catch(() => {})
      .finally(() => process.close())
  }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    if (signal?.aborted) {
      abort()
      signal.throwIfAborted()
    }
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer): void => {
      if (size < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - size))
      size += chunk.length
    }
    process.stdout.on('data', take)
    process.stderr.on('data', take)
    const closed =
      signal &&
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
      )
    const code = await (closed ? Promise.race([process.exited, closed]) : process.exited)
    return { code, output: Buffer.concat(chunks).toString('utf8') }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** A port by number, or by the name that the container gives it. Throws as Go's Atoi does for what is neither. */
export function portOf(port: string | number | undefined, container: ContainerView): number {
  if (typeof port === 'number') return checkedPort(port)
  const named = container.ports?.find(p => p.name === port)
  if (named) return checkedPort(named.containerPort)
  const text = port ?? ''
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`)
  return checkedPort(Number(text))
}

function checkedPort(port: number): number {
  if (port > 0 && port < 65_536) return port
  throw new Error(`invalid port number: ${port}`)
}

export interface HttpAnswer {
  readonly code: number
  readonly body: string
}

const MAX_REDIRECTS = 10

/** Asks as the kubelet asks: own headers, no certificate check, redirects followed on the same host only. */
export async function httpGet(
  action: Frozen<HTTPGetAction>,
  context: Pick<ActionContext, 'podIp' | 'container'>,
  agent: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const port = portOf(action.port as string | number, context.container)
  const host = action.host || context.podIp
  const scheme = (action.scheme || 'HTTP').toLowerCase()
  const path = action.path ?? ''
  let url = new URL(
    `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? path : `/${path}`}`,
  )
  const headers = headersOf(action, agent)
  for (let i = 0; i <= MAX_REDIRECTS; i++) {
    const answer = await getOnce(url, headers, signal)
    if (!answer.location || answer.code < 300 || answer.code >= 400) return answer
    const next = new URL(answer.location, url)
    // The pod points elsewhere: it answered, and that is all that counts.
    if (next.hostname !== url.hostname) return answer
    url = next
  }
  throw new Error(`Get ${JSON.stringify(url.pathname)}: stopped after ${MAX_REDIRECTS} redirects`)
}

function headersOf(action: Frozen<HTTPGetAction>, agent: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const { name, value } of action.httpHeaders ?? []) {
    const before = headers[name.toLowerCase()]
    headers[name.toLowerCase()] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  headers['user-agent'] ??= agent
  headers.accept ??= '*/*'
  if (headers.accept === '') delete headers.accept
  headers.connection = 'close'
  return headers
}

function getOnce(
  url: URL,
  headers: Record<string, string | string[]>,
  signal: AbortSignal,
): Promise<HttpAnswer & { location?: string }> {
  return new Promise((resolve, reject) => {
    const options = { headers, signal, agent: false as const }
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: false })
        : httpRequest(url, options)
    request.on('error', error => reject(signal.aborted ? (signal.reason as Error) : error))
    request.on('response', answer => {
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - size))
        size += chunk.length
        // There is no need to hear more, and there may be no end to it.
        if (size >= MAX_OUTPUT_BYTES) done()
      })
      answer.on('error', error => reject(signal.aborted ? (signal.reason as Error) : error))
      answer.on('end', () => done())
      const done = (): void => {
        answer.removeAllListeners('data')
        const { location } = answer.headers
        resolve({
          code: answer.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          ...(location ? { location } : {}),
        })
        request.destroy()
      }
    })
    request.end()
  })
}

/** Runs a lifecycle hook. Rejects when it fails, or with the signal's reason. */
export async function runHook(
  handler: Frozen<LifecycleHandler>,
  context: ActionContext,
  signal: AbortSignal,
): Promise<void> {
  if (handler.exec) {
    const { code, output } = await execCollect(context.runtime, context.containerId, handler.exec.command ?? [], signal)
    if (code !== 0)
      throw new Error(`command '${(handler.exec.command ?? []).join(' ')}' exited with ${code}: ${output}`)
  } else if (handler.httpGet) {
    const { code } = await httpGet(handler.httpGet, context, 'kube-lifecycle/1.36', signal)
    if (code < 200 || code >= 400) throw new Error(`HTTP hook failed with statuscode: ${code}`)
  } else if (handler.sleep) {
    await context.clock.sleep(handler.sleep.seconds * 1000, signal)
  }
}
