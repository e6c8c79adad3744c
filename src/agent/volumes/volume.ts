import type { LocalVolumeSource, Volume } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { PodPlace } from '../downward.ts'
import type { PodView } from '../pods.ts'
import type { References } from '../references.ts'

/** A volume as a pod names it; `local` comes only from persistent volumes. */
export type VolumeView = Frozen<Volume> & { readonly local?: Frozen<LocalVolumeSource> | undefined }

/** A volume that could not be made. The message is the one that users see in the event. */
export class MountError extends Error {}

/** What a volume type gets to work with. */
export interface VolumeContext {
  readonly pod: PodView
  readonly volume: VolumeView
  /** Directory of this volume on the node; not there before the first set-up. */
  readonly dir: string
  readonly references: References
  readonly place: PodPlace
  readonly tokens: TokenSource
  /** Group that owns the pod's volumes. */
  readonly fsGroup: number | undefined
  /** User that all containers run as, where there is one. */
  readonly fsUser: number | undefined
  /** Bytes that a volume in memory may hold at most; 0 for the kernel's own limit. */
  readonly memoryLimitBytes: number
  /** The pod may only read it. */
  readonly readOnly: boolean
  /** What a persistent volume says about mounting it. */
  readonly mountOptions: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface TokenSource {
  /** A token for the pod's service account, renewed when it has lived most of its life. */
  token(pod: PodView, request: { readonly audience: string; readonly expirationSeconds: number }): Promise<string>
}

export interface VolumePath {
  /** Directory or file on the node that is mounted. */
  readonly path: string
  /** No container may write to it. */
  readonly readOnly: boolean
}

/** One type of volume. Set-up is repeated whenever something changed, and must leave what is right alone. */
export interface VolumeType {
  /** The field of a volume that names this type. */
  readonly field: Exclude<keyof VolumeView, 'name'>
  /** Makes the volume and gives its place. Rejects with the message that users see. */
  setUp(context: VolumeContext): Promise<VolumePath>
  /** Its files follow objects and are written again when those change. */
  readonly live: boolean
  /** Directory name below the pod's `volumes`, as the kubelet's plugin names give it. */
  readonly plugin: string
}

/** A file of a volume: content and permission bits. */
export interface VolumeFile {
  readonly data: Buffer
  readonly mode: number
  /** Owner other than root. */
  readonly user?: number
}

export type Payload = ReadonlyMap<string, VolumeFile>
