const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*'
const DOMAIN_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`
const TAG = '[\\w][\\w.-]{0,127}'
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}'
const REFERENCE = new RegExp(`^(${DOMAIN}/${COMPONENT}(?:/${COMPONENT})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`)
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 }
const MAX_NAME = 255

/** An image reference in parts. */
export interface ImageName {
  /** With registry and path: `docker.io/library/nginx`. */
  readonly repository: string
  /** `latest` where neither tag nor digest is given. */
  readonly tag?: string
  readonly digest?: string
}

/** Reads an image reference as Docker does; undefined where it is none. */
export function parseImageName(image: string): ImageName | undefined {
  if (/^[a-f0-9]{64}$/.test(image)) return undefined
  const parts = REFERENCE.exec(withRegistry(image))
  const repository = parts?.[1]
  if (repository === undefined || repository.length > MAX_NAME) return undefined
  const [, , tag, digest] = parts ?? []
  if (digest !== undefined && !isDigest(digest)) return undefined
  if (tag === undefined && digest === undefined) return { repository, tag: 'latest' }
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

function isDigest(digest: string): boolean {
  const [algorithm = '', hex = ''] = digest.split(':')
  return DIGEST_LENGTHS[algorithm] === hex.length && /^[a-f0-9]+$/.test(hex)
}

/** The first part is a registry if it looks like a host; Docker Hub's otherwise. */
function withRegistry(image: string): string {
  const slash = image.indexOf('/')
  const first = image.slice(0, Math.max(slash, 0))
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  if (slash < 0) return `docker.io/library/${image}`
  if (!isHost) return `docker.io/${image}`
  if (first !== 'index.docker.io' && first !== 'docker.io') return image
  const rest = image.slice(slash + 1)
  return `docker.io/${rest.includes('/') ? rest : `library/${rest}`}`
}
