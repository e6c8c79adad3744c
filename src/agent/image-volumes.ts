import { identityOf } from './container-spec.ts'
import type { Images, Tell } from './images.ts'
import { PodDir } from './pod-dir.ts'
import { type ContainerView, type PodView, podUidOf, specOf } from './pods.ts'
import type { References } from './references.ts'
import type { Runtime, RuntimeContainer } from './runtime/runtime.ts'
import { isMounted } from './volumes/tmpfs.ts'
import type { VolumePath } from './volumes/volume.ts'

export interface ImageVolumesOptions {
  readonly runtime: Runtime
  readonly images: Images
  readonly dataDir: string
}

export interface ImageVolumesRequest {
  readonly pod: PodView
  readonly container: ContainerView
  readonly references: References
  readonly tellPod: Tell
  readonly signal: AbortSignal
  /** Takes the container that keeps an image, to be removed with the pod. */
  readonly keep: (holder: RuntimeContainer) => void
}

/**
 * The volumes of a container that are images: found or pulled as their policy says, once for a pod. Rejects as
 * {@link Images} does.
 */
export async function imageVolumes(
  o: ImageVolumesOptions,
  request: ImageVolumesRequest,
): Promise<Map<string, VolumePath>> {
  const { pod, container, references, tellPod, signal, keep } = request
  const paths = new Map<string, VolumePath>()
  const mounted = new Set((container.volumeMounts ?? []).map(m => m.name))
  for (const { name, image: source } of specOf(pod).volumes ?? []) {
    if (!source || !mounted.has(name)) continue
    const dir = new PodDir(o.dataDir, podUidOf(pod)).volume('kubernetes.io~image', name)
    paths.set(name, { path: dir, readOnly: true })
    if (o.runtime.simulated || (await isMounted(dir))) continue
    const wanted = {
      name,
      image: source.reference ?? '',
      ...(source.pullPolicy ? { imagePullPolicy: source.pullPolicy } : {}),
    }
    const image = await o.images.ensure({ pod, container: wanted, references, tell: tellPod, tellPod, signal })
    signal.throwIfAborted()
    // No container can have a name with a dot.
    keep(await o.runtime.mountImage(image.id, identityOf(pod, `volume.${name}`, 0), dir))
  }
  return paths
}
