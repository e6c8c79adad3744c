import type { PodView } from '../../src/agent/pods.ts'
import type { RuntimeContainer } from '../../src/agent/runtime/runtime.ts'
import { NOTE, type Observed, specHash } from '../../src/agent/step-pod.ts'
import type { Container, PodSpec, PodStatus } from '../../src/kinds/generated/types.ts'

/** A pod with one container `c` unless told otherwise. */
export function podOf(spec: Partial<PodSpec> = {}, over: { status?: PodStatus; metadata?: object } = {}): PodView {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns', uid: 'u1', generation: 1, ...over.metadata },
    spec: { containers: [container('c')], ...spec },
    ...(over.status ? { status: over.status } : {}),
  } as PodView
}

export const container = (name: string, over: Partial<Container> = {}): Container => ({
  name,
  image: 'busybox:1',
  ...over,
})

/** A container in the engine, of the sandbox `s0`; `running` since 0 unless told otherwise. */
export function inEngine(
  name: string,
  over: Partial<RuntimeContainer> = {},
  notes: Record<string, string> = {},
): RuntimeContainer {
  return {
    podUid: 'u1',
    podName: 'p',
    podNamespace: 'ns',
    name,
    attempt: 0,
    id: `${name}-${over.attempt ?? 0}`,
    kind: 'container',
    state: 'running',
    createdAt: 0,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    oomKilled: false,
    startError: '',
    pid: 1,
    imageId: 'sha256:1',
    notes: { [NOTE.sandbox]: 's0', [NOTE.delay]: '0', [NOTE.hash]: specHash({ name, image: 'busybox:1' }), ...notes },
    ...over,
  }
}

export const sandbox = (over: Partial<RuntimeContainer> = {}): RuntimeContainer =>
  inEngine('', { kind: 'sandbox', id: `s${over.attempt ?? 0}`, ...over })

export const exited = (
  name: string,
  exitCode: number,
  over: Partial<RuntimeContainer> = {},
  notes: Record<string, string> = {},
): RuntimeContainer => inEngine(name, { state: 'exited', exitCode, finishedAt: 1000, pid: 0, ...over }, notes)

/** What is observed when these are in the engine and nothing is under way. */
export function seen(all: readonly RuntimeContainer[], over: Partial<Observed> = {}): Observed {
  return {
    all,
    probes: () => ({ started: true, ready: true }),
    busy: { sandbox: false, starting: undefined, stopping: new Map() },
    blockedUntil: new Map(),
    ...over,
  }
}
