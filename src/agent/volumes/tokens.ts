import type { Clock } from '../../base/clock.ts'
import type { Client } from '../../client/client.ts'
import type { ServiceAccount } from '../../kinds/generated/types.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { KubeObject } from '../../kinds/object.ts'
import { type PodView, podNameOf, podNamespaceOf, podUidOf, specOf } from '../pods.ts'
import type { TokenSource } from './volume.ts'

interface Held {
  readonly token: string
  readonly renewAt: number
}

/** Part of a token's life after which it is replaced; never later than {@link LONGEST_MS}. */
const RENEW_AFTER = 0.8
const LONGEST_MS = 24 * 3600 * 1000

export interface TokenOptions {
  readonly client: Client
  readonly clock: Clock
  readonly kind: Kind<ServiceAccount & KubeObject>
}

/** Tokens bound to pods, asked for once and again when most of their life is over. */
export class Tokens implements TokenSource {
  readonly #o: TokenOptions
  readonly #held = new Map<string, Map<string, Held>>()

  constructor(options: TokenOptions) {
    this.#o = options
  }

  async token(
    pod: PodView,
    request: { readonly audience: string; readonly expirationSeconds: number },
  ): Promise<string> {
    const uid = podUidOf(pod)
    const key = `${request.audience} ${request.expirationSeconds}`
    const known = this.#held.get(uid)?.get(key)
    const now = this.#o.clock.now()
    if (known && known.renewAt > now) return known.token
    const { status } = await this.#o.client.createSub<TokenAnswer>(
      this.#o.kind,
      podNamespaceOf(pod),
      specOf(pod).serviceAccountName || 'default',
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: request.audience ? [request.audience] : [],
          expirationSeconds: request.expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podNameOf(pod), uid },
        },
      },
    )
    const lifeMs = Date.parse(status.expirationTimestamp) - now
    const held = { token: status.token, renewAt: now + Math.min(lifeMs * RENEW_AFTER, LONGEST_MS) }
    const ofPod = this.#held.get(uid) ?? new Map<string, Held>()
    this.#held.set(uid, ofPod.set(key, held))
    return held.token
  }

  /** When the pod's first token is to be renewed, in milliseconds since the epoch. */
  renewAt(uid: string): number | undefined {
    const times = [...(this.#held.get(uid)?.values() ?? [])].map(h => h.renewAt)
    return times.length ? Math.min(...times) : undefined
  }

  release(uid: string): void {
    this.#held.delete(uid)
  }
}

interface TokenAnswer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string }
}
