const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/
const MAX_NAME = 255

/** What is wrong with an image name, in the words of Docker's reference parser; empty where it is right. */
export function imageNameFault(image: string): string {
  if (/^[a-f0-9]{64}$/.test(image))
    return 'invalid repository name (' + image + '), cannot specify 64-byte hexadecimal strings'
  const at = image.indexOf('@')
  const digest = at === -1 ? '' : image.slice(at + 1)
  const tagged = at === -1 ? image : image.slice(0, at)
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1)
  const name = colon === -1 ? tagged : tagged.slice(0, colon)
  const { domain, path } = splitDomain(name)
  if (/[A-Z]/.test(path)) return `invalid reference format: repository name (${path}) must be lowercase`
  const wellFormed =
    PATH.test(path) &&
    (domain === '' || DOMAIN.test(domain)) &&
    (colon === -1 || TAG.test(tagged.slice(colon + 1))) &&
    (at === -1 || DIGEST.test(digest))
  if (!wellFormed) return 'invalid reference format'
  return name.length > MAX_NAME ? `repository name must not be more than ${MAX_NAME} characters` : ''
}

/** The registry that a name begins with; Docker's own where it names none. */
export function registryOf(image: string): string {
  const { domain } = splitDomain(image.split('@')[0] ?? '')
  return domain || 'docker.io'
}

/** The first part is a registry where it looks like a host: a dot, a port, capitals, or `localhost`. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  return isHost ? { domain: first, path: name.slice(slash + 1) } : { domain: '', path: name }
}
