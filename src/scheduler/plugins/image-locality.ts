import { MAX_SCORE, type ScorePlugin } from '../framework.ts'

const MIB = 1024 * 1024
/** Below this an image is fetched quickly, above the other it makes no more difference. */
const LEAST_BYTES = 23 * MIB
const MOST_BYTES_PER_CONTAINER = 1000 * MIB

/** Nodes that hold the pod's images already are better, those of images few nodes hold a little less so. */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare: (pod, cluster) => {
    const images = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(c =>
      withTag(c.image ?? ''),
    )
    if (images.length === 0 || cluster.nodes.length < 2) return undefined
    const holders = new Map<string, number>()
    for (const info of cluster.nodes)
      for (const image of info.node.status?.images ?? [])
        for (const name of image.names ?? []) if (images.includes(name)) holders.set(name, (holders.get(name) ?? 0) + 1)
    if (holders.size === 0) return undefined
    return {
      normalize: 'none',
      score: info => {
        let bytes = 0
        for (const image of info.node.status?.images ?? []) {
          const name = image.names?.find(n => images.includes(n))
          if (name) bytes += ((image.sizeBytes ?? 0) * (holders.get(name) ?? 0)) / cluster.nodes.length
        }
        const most = MOST_BYTES_PER_CONTAINER * images.length
        const within = Math.min(Math.max(bytes, LEAST_BYTES), most)
        return Math.floor((MAX_SCORE * (within - LEAST_BYTES)) / (most - LEAST_BYTES))
      },
    }
  },
}

/** `nginx` is listed by nodes as `nginx:latest`. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
