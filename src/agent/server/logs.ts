import { Transform } from 'node:stream'
import type { ServerResponse } from 'node:http'
import type { Frozen } from '../../kinds/object.ts'
import type { ContainerStatus, Pod } from '../../kinds/generated/types.ts'
import type { LogOptions } from '../runtime/runtime.ts'
import { type KubeletHost, KubeletError, podOf } from './host.ts'

export interface LogRequest {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly query: URLSearchParams
}

/** Writes a container's log as the kubelet does: text, ended by the container's end, the limit or the client. */
export async function serveLogs(
  host: KubeletHost,
  request: LogRequest,
  res: ServerResponse,
  now: number,
): Promise<void> {
  const pod = podOf(host, request.namespace, request.pod)
  const q = request.query
  const previous = q.get('previous') === 'true'
  const container = await host.container(pod, request.container, previous)
  if (!container) throw missing(pod, request.container, previous)
  const streams = await host.runtime.logs(container.id, logOptions(q, now))
  res.on('close', () => streams.close())
  res.writeHead(200, { 'content-type': 'text/plain' })
  res.flushHeaders()
  const limit = q.has('limitBytes') ? Number(q.get('limitBytes')) : undefined
  const source = limit === undefined ? streams.merged : streams.merged.pipe(limited(limit, () => streams.close()))
  source.on('error', () => res.end())
  source.pipe(res)
}

function logOptions(q: URLSearchParams, now: number): LogOptions {
  const tail = q.get('tailLines')
  const seconds = q.get('sinceSeconds')
  const time = q.get('sinceTime')
  const since = seconds ? now - Number(seconds) * 1000 : time ? Date.parse(time) : undefined
  return {
    follow: q.get('follow') === 'true',
    timestamps: q.get('timestamps') === 'true',
    ...(tail === null ? {} : { tail: Number(tail) }),
    ...(since === undefined || Number.isNaN(since) ? {} : { since }),
  }
}

/** Lets `bytes` bytes pass, then ends. */
export function limited(bytes: number, onEnd: () => void): Transform {
  let left = bytes
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (left <= 0) {
        done()
        return
      }
      const part = chunk.subarray(0, left)
      left -= part.length
      done(null, part)
      if (left === 0) {
        this.push(null)
        onEnd()
      }
    },
  })
}

/** Reasons that the kubelet puts into other words. */
const WAITING_TEXTS: Record<string, string> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
}

/** Why there is no such log, in the kubelet's words. */
function missing(pod: Frozen<Pod>, name: string, previous: boolean): KubeletError {
  const podName = pod.metadata?.name
  if (previous) return new KubeletError(400, `previous terminated container "${name}" in pod "${podName}" not found`)
  const status = statusOf(pod, name)
  const waiting = status?.state?.waiting
  const known = WAITING_TEXTS[waiting?.reason ?? '']
  return new KubeletError(
    400,
    `container "${name}" in pod "${podName}" is waiting to start: ${known ?? (waiting?.reason || 'ContainerCreating')}`,
  )
}

function statusOf(pod: Frozen<Pod>, name: string): Frozen<ContainerStatus> | undefined {
  const s = pod.status
  return [
    ...(s?.containerStatuses ?? []),
    ...(s?.initContainerStatuses ?? []),
    ...(s?.ephemeralContainerStatuses ?? []),
  ].find(c => c.name === name)
}
