/** Set by the bundler; the checkout says `dev`. */
declare const KUBELITE_VERSION: string | undefined

/** kubelite's own version. */
export const VERSION = typeof KUBELITE_VERSION === 'undefined' ? 'dev' : KUBELITE_VERSION
/** The Kubernetes release that kubelite equals. */
export const KUBERNETES_VERSION = 'v1.36.3'
export const VERSION_TEXT = `kubelite ${VERSION} (Kubernetes ${KUBERNETES_VERSION})`
