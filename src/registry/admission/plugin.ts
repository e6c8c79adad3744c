import type { GroupResource } from '../../base/errors.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { AnyObject, Frozen, KubeObject } from '../../kinds/object.ts'
import type { UserInfo } from '../api.ts'
import type { World } from '../world.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** One request as admission sees it. */
export interface AdmissionRequest {
  readonly operation: Operation
  readonly kind: Kind
  /** The namespace of the request; for namespaces themselves their name. */
  readonly namespace: string
  /** May be empty on create with generateName. */
  readonly name: string
  readonly subresource: string
  /** The new object; mutating plugins change it. Missing on delete. */
  readonly object: AnyObject | undefined
  readonly old: Frozen<KubeObject> | undefined
  readonly user: UserInfo
  readonly dryRun: boolean
  readonly warnings: string[]
}

/** Something that a plugin took for a request and gives back when the request fails. */
export interface Reservation {
  /** The request's change is stored. */
  commit(): void
  /** The request failed, or was dry. */
  cancel(): void
}

/** One admission plugin, one file. Throws StatusError to refuse. */
export interface AdmissionPlugin {
  readonly name: string
  /** Mutating admission: may change `request.object`. */
  readonly admit?: (request: AdmissionRequest, world: World) => void
  /** Validating admission: after defaults, preparation and validation. */
  readonly validate?: (request: AdmissionRequest, world: World) => Reservation | void
}

/** The group and plural of a request, for errors. */
export function resourceOf(request: { readonly kind: Kind }): GroupResource {
  return { group: request.kind.group, resource: request.kind.plural }
}

/** True for a request about `group/plural` itself, without subresource. */
export function isAbout(request: AdmissionRequest, storage: string): boolean {
  return request.kind.storage === storage && request.subresource === ''
}
