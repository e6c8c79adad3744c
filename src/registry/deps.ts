import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Store } from '../store/store.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { KindTable, Stored } from './api.ts'

/** Facts of the cluster that rules need. */
export interface RegistryConfig {
  /** Such as `10.43.0.0/16`. */
  readonly serviceCidr: string
  /** First and last node port, both included. */
  readonly nodePorts: readonly [first: number, last: number]
  /** Such as `cluster.local`. */
  readonly clusterDomain: string
}

/** What a service account token is asked for. */
export interface TokenOrder {
  readonly namespace: string
  readonly serviceAccount: { readonly name: string; readonly uid: string }
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  /** The object that the token lives and dies with. */
  readonly boundObject?: {
    readonly kind: string
    readonly apiVersion: string
    readonly name: string
    readonly uid: string
  }
  /** The node of the bound pod. */
  readonly node?: { readonly name: string; readonly uid: string }
}

export interface IssuedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expires: number
}

export interface RegistryDeps {
  readonly store: Store<Stored>
  readonly kinds: KindTable
  readonly clock: Clock
  readonly log: Logger
  readonly config: RegistryConfig
  /** Signs service account tokens; missing in tests that need none. */
  readonly issueToken?: (order: TokenOrder) => Promise<IssuedToken>
  /** Audiences of tokens that ask for none. Defaults to the API server's own. */
  readonly defaultAudiences?: readonly string[]
  /** Further admission, after the registry's own: what needs to know who may do what. */
  readonly admission?: readonly AdmissionPlugin[]
}
