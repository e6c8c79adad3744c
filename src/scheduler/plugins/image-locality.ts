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
    const wanted = new Set(images)
    const holders = new Map<string, number>()
    for (const info of cluster.nodes)
      for (const name of sizesOn(info.node, wanted).keys()) holders.set(name, (holders.get(name) ?? 0) + 1)
    if (holders.size === 0) return undefined
    const most = MOST_BYTES_PER_CONTAINER * images.length
    return {
      normalize: 'none',
      score: info => {
        const sizes = sizesOn(info.node, wanted)
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

/** The sizes of those of the images that a node has, by the name they are wanted by. */
function sizesOn(node: NodeObject, wanted: ReadonlySet<string>): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const image of node.status?.images ?? [])
    for (const name of image.names ?? []) if (wanted.has(name)) sizes.set(name, image.sizeBytes ?? 0)
  return sizes
}

/** `nginx` is listed by nodes as `nginx:latest`. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
