import type { IncomingMessage } from 'node:http'

/** Subresources that upgrade connections: streams of pods, and whatever a proxied backend speaks. */
const STREAM = /\/(?:exec|attach|portforward|proxy)(?:[/?]|$)/
/** Logs come over a WebSocket to who asks for one. */
const LOG = /\/log(?:[/?]|$)/

/**
 * True where a request that offers an upgrade is meant to have one. All others are served as if they had not offered
 * it (browsers and proxies offer h2c), body and all: give it to node's `shouldUpgradeCallback`.
 */
export function shouldUpgrade(req: IncomingMessage): boolean {
  const url = req.url ?? ''
  return STREAM.test(url) || (LOG.test(url) && /^websocket$/i.test(req.headers.upgrade ?? ''))
}
