/** A published port of a pod on its node. */
export interface HostPort {
  readonly hostPort: number
  readonly containerPort: number
  readonly protocol: string
  /** Empty for all addresses of the node. */
  readonly hostIp: string
}

export interface NetworkedPod {
  /** `namespace/name`. */
  readonly podKey: string
  readonly uid: string
}

/** Gives pods their addresses. Repeating either call is harmless; pods on the host's network never come here. */
export interface PodNetwork {
  setUp(
    pod: NetworkedPod & { readonly netnsPid: number; readonly hostPorts: readonly HostPort[] },
  ): Promise<{ ip: string }>
  tearDown(pod: NetworkedPod): Promise<void>
  /** Frees what pods have of which `isKnown` is not true. */
  keepOnly(isKnown: (uid: string) => boolean): Promise<void>
}
