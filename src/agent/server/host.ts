import type { Frozen } from '../../kinds/object.ts'
import type { Pod } from '../../kinds/generated/types.ts'
import type { Runtime, RuntimeContainer } from '../runtime/runtime.ts'

/** What the kubelet's API needs of the agent. */
export interface KubeletHost {
  readonly runtime: Runtime
  /** The pod as the agent runs it. */
  pod(namespace: string, name: string): Frozen<Pod> | undefined
  pods(): readonly Frozen<Pod>[]
  /** The newest container of that name in the pod, running or ended; `previous`: the one before it. */
  container(pod: Frozen<Pod>, name: string, previous?: boolean): Promise<RuntimeContainer | undefined>
  sandbox(pod: Frozen<Pod>): Promise<RuntimeContainer | undefined>
}

/** A refusal with an HTTP code, answered as plain text: the API server makes a Status of it. */
export class KubeletError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.name = 'KubeletError'
    this.code = code
  }
}

/** The pod of a request, or a 404 in the kubelet's words. */
export function podOf(host: KubeletHost, namespace: string, name: string): Frozen<Pod> {
  const pod = host.pod(namespace, name)
  if (!pod) throw new KubeletError(404, `pod "${name}" not found`)
  return pod
}

/** The running container of a request, or a refusal in the kubelet's words. */
export async function runningContainer(host: KubeletHost, pod: Frozen<Pod>, name: string): Promise<RuntimeContainer> {
  const container = await host.container(pod, name)
  if (!container || container.state !== 'running') {
    throw new KubeletError(
      container ? 500 : 404,
      container ? `container not running (${container.id})` : `container not found ("${name}")`,
    )
  }
  return container
}
