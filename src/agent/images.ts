import type { Clock } from '../base/clock.ts'
import { withTag } from './container-status.ts'
import { imageNameFault } from './image-name.ts'
import { pullSecretsFor } from './pull-secrets.ts'
import type { ContainerView, PodView } from './pods.ts'
import { podUidOf } from './pods.ts'
import type { References } from './references.ts'
import type { Runtime, RuntimeImage } from './runtime/runtime.ts'

/** Why a container could not be started, as its waiting state shows it. */
export class StartFailure extends Error {
  readonly reason: string
  /** When to try again, in milliseconds since the epoch; the default delay when missing. */
  readonly retryAt: number | undefined
  constructor(reason: string, message: string, retryAt?: number) {
    super(message)
    this.reason = reason
    this.retryAt = retryAt
  }
}

export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void

export interface ImageRequest {
  readonly pod: PodView
  readonly container: ContainerView
  readonly references: References
  /** Tells of the container. */
  readonly tell: Tell
  /** Tells of the pod. */
  readonly tellPod: Tell
  readonly signal: AbortSignal
}

const FIRST_BACK_OFF_MS = 10_000
const LAST_BACK_OFF_MS = 300_000
/** How long a failed pull shows its own error before it shows that it waits. */
const SHOW_ERROR_MS = 3_000

interface BackOff {
  delayMs: number
  until: number
  readonly error: string
}

/** Finds images for containers, pulling as their policy says. */
export class Images {
  readonly #runtime: Runtime
  readonly #clock: Clock
  readonly #backOffs = new Map<string, BackOff>()
  /** How statuses name images, by ID. */
  readonly #names = new Map<string, string>()

  constructor(options: { readonly runtime: Runtime; readonly clock: Clock }) {
    this.#runtime = options.runtime
    this.#clock = options.clock
  }

  /** Remembers images by what registries call them. */
  learn(images: Iterable<RuntimeImage>): void {
    for (const { id, digests } of images) if (digests[0]) this.#names.set(id, digests[0])
  }

  /** An image's ID as statuses show it: by digest where a registry gave it one. */
  idText(runtime: string, id: string): string {
    const digest = this.#names.get(id)
    return digest ? `${runtime}-pullable://${digest}` : `${runtime}://${id}`
  }

  /** The image to run. Rejects with {@link StartFailure}. */
  async ensure(request: ImageRequest): Promise<RuntimeImage> {
    const image = await this.#find(request)
    this.learn([image])
    return image
  }

  async #find(request: ImageRequest): Promise<RuntimeImage> {
    const { container, tell } = request
    const image = container.image ?? ''
    const fault = imageNameFault(image)
    if (fault) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${fault}`
      tell('Warning', 'InspectFailed', message)
      throw new StartFailure('InvalidImageName', message)
    }
    const { auth, missing } = await pullSecretsFor(request.pod, image, request.references)
    if (missing.length) {
      const names = missing.join(', ')
      const message = `Unable to retrieve some image pull secrets (${names}); attempting to pull the image may not succeed.`
      request.tellPod('Warning', 'FailedToRetrieveImagePullSecret', message)
    }
    const local = await this.#runtime.findImage(withTag(image))
    const policy = container.imagePullPolicy ?? 'IfNotPresent'
    if (local && (policy !== 'Always' || isHomemade(local))) {
      tell('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`)
      return local
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`
      tell('Warning', 'ErrImageNeverPull', message)
      throw new StartFailure('ErrImageNeverPull', message)
    }
    return this.#pull(request, image, auth, local)
  }

  async #pull(
    request: ImageRequest,
    image: string,
    auth: Awaited<ReturnType<typeof pullSecretsFor>>['auth'],
    local: RuntimeImage | undefined,
  ): Promise<RuntimeImage> {
    const { tell, signal } = request
    const key = `${podUidOf(request.pod)} ${image}`
    const began = this.#clock.now()
    const waiting = this.#backOffs.get(key)
    if (waiting && waiting.until > began) {
      tell('Normal', 'BackOff', `Back-off pulling image "${image}"`)
      throw new StartFailure(
        'ImagePullBackOff',
        `Back-off pulling image "${image}": ErrImagePull: ${waiting.error}`,
        waiting.until,
      )
    }
    tell('Normal', 'Pulling', `Pulling image "${image}"`)
    try {
      await this.#runtime.pullImage(withTag(image), { ...(auth ? { auth } : {}), signal })
      const pulled = await this.#runtime.findImage(withTag(image))
      if (!pulled) throw new Error(`image "${image}" is not there after it was pulled`)
      this.#backOffs.delete(key)
      const took = `${((this.#clock.now() - began) / 1000).toFixed(3).replace(/\.?0+$/, '')}s`
      tell(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
      )
      return pulled
    } catch (error) {
      signal.throwIfAborted()
      if (local) {
        // No registry gives it, but it is here: an image that was made on this machine, or a machine without network.
        tell('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`)
        return local
      }
      const { message } = error as Error
      const delayMs = waiting ? Math.min(waiting.delayMs * 2, LAST_BACK_OFF_MS) : FIRST_BACK_OFF_MS
      const now = this.#clock.now()
      this.#backOffs.set(key, { delayMs, until: now + delayMs, error: message })
      tell('Warning', 'Failed', `Failed to pull image "${image}": ${message}`)
      throw new StartFailure('ErrImagePull', message, now + Math.min(SHOW_ERROR_MS, delayMs))
    }
  }

  /** Forgets what is known of a pod that is gone. */
  release(uid: string): void {
    for (const key of this.#backOffs.keys()) if (key.startsWith(`${uid} `)) this.#backOffs.delete(key)
  }
}

/** Built or imported here: no registry knows it, so there is nothing newer to pull. */
const isHomemade = (image: RuntimeImage): boolean => image.digests.length === 0
