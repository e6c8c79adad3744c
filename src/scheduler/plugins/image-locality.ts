import { MAX_SCORE, type NodeObject, type ScorePlugin } from '../framework.ts'

const MIB = 1024 * 1024
/** Below this an image is fetched quickly, above the other it makes no more difference. */
const LEAST_BYTES = 23 * MIB
const MOST_BYTES_PER_CONTAINER = 1000 * MIB

/** Nodes that hold the pod's images already are better, those of images few nodes hold a little less so. */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare: (pod, cluster) => {
    const { initContainers = [], containers = [], volumes = [] } = pod.spec ?? {}
    const inVolumes = volumes.flatMap(v => (v.image ? [v.image.reference ?? ''] : []))
    const images = [...[...initContainers, ...containers].map(c => c.image ?? ''), ...inVolumes].map(withTag)
    if (images.length === 0 || cluster.nodes.length < 2) return undefined
    const holders = new Map<string, number>()
    for (const name of new Set(images)) {
      let count = 0
      for (const info of cluster.nodes) if (sizesOn(info.node).has(name)) count++
      if (count > 0) holders.set(name, count)
    }
    if (holders.size === 0) return undefined
    const most = MOST_BYTES_PER_CONTAINER * images.length
    return {
      normalize: 'none',
      score: info => {
        const sizes = sizesOn(info.node)
        let bytes = 0
        // Two containers of one image count twice.
        for (const name of images)
          bytes += Math.floor(((sizes.get(name) ?? 0) * (holders.get(name) ?? 0)) / cluster.nodes.length)
        const within = Math.min(Math.max(bytes, LEAST_BYTES), most)
        return Math.floor((MAX_SCORE * (within - LEAST_BYTES)) / (most - LEAST_BYTES))
      },
    }
  },
}

type Images = NonNullable<NonNullable<NodeObject['status']>['images']>
/** By the very list: a node's images change with a new object, and rarely. */
const known = new WeakMap<Images, ReadonlyMap<string, number>>()
const NONE: ReadonlyMap<string, number> = new Map()

/** The sizes of a node's images by each of their names. */
function sizesOn(node: NodeObject): ReadonlyMap<string, number> {
  const images = node.status?.images
  if (!images) return NONE
  let sizes = known.get(images)
  if (!sizes) {
    sizes = new Map(images.flatMap(image => (image.names ?? []).map(name => [name, image.sizeBytes ?? 0] as const)))
    known.set(images, sizes)
  }
  return sizes
}

/** `nginx` is listed by nodes as `nginx:latest`. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
