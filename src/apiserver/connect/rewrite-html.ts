import { PassThrough, Transform } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { ownOf } from '../../base/json.ts'

/** Attributes that hold addresses, by element (k8s.io/apimachinery util/proxy). */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['formaction', 'src', 'usemap'],
  ins: ['cite'],
  link: ['href'],
  object: ['archive', 'classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

/** Beyond this a tag is no tag: what waits for its end is let through as it is. */
const MAX_TAG_BYTES = 64 * 1024
const TAG = /<([a-zA-Z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/g
const ATTRIBUTE = /(\s)([\w-]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/g

export interface RewriteOptions {
  /** Path of the proxy: `/api/v1/namespaces/n/pods/p/proxy`. */
  readonly prefix: string
  /** `host:port` of the backend: addresses that name it are its own too. */
  readonly backendHost: string
}

/** Puts the proxy's path before addresses of the backend's own in a piece of HTML. */
export function rewriteHtml(html: string, options: RewriteOptions): string {
  return html.replace(TAG, (tag, name: string, attributes: string) => {
    const wanted = ownOf(ATTRIBUTES, name.toLowerCase())
    if (!wanted) return tag
    const changed = attributes.replace(
      ATTRIBUTE,
      (whole, space: string, key: string, equals: string, quoted: string) => {
        if (!wanted.includes(key.toLowerCase())) return whole
        const quote = quoted[0] === '"' || quoted[0] === "'" ? quoted[0] : ''
        const value = quote ? quoted.slice(1, -1) : quoted
        return `${space}${key}${equals}${quote}${rewriteAddress(value, options)}${quote}`
      },
    )
    return `<${name}${changed}>`
  })
}

/** An address as a browser behind the proxy must see it: absolute paths of the backend get the prefix. */
export function rewriteAddress(address: string, { prefix, backendHost }: RewriteOptions): string {
  const own = /^(?:https?:)?\/\/([^/?#]*)(\/[^]*)?$/i.exec(address)
  if (own && own[1] !== backendHost) return address
  const path = own ? (own[2] ?? '/') : address
  if (!path.startsWith('/') || path.startsWith(`${prefix}/`) || path === prefix) return address
  return prefix + path
}

/** A stream that rewrites HTML as it passes; `encoding` is the body's content encoding: identity or gzip. */
export function htmlRewriter(
  options: RewriteOptions,
  encoding: string,
): { input: Transform; output: NodeJS.ReadableStream } | undefined {
  if (encoding === '' || encoding === 'identity') {
    const rewriter = plainRewriter(options)
    return { input: rewriter, output: rewriter }
  }
  if (encoding !== 'gzip') return undefined
  const input = createGunzip()
  const output = new PassThrough()
  input.pipe(plainRewriter(options)).pipe(createGzip()).pipe(output)
  input.on('error', error => output.destroy(error))
  return { input, output }
}

function plainRewriter(options: RewriteOptions): Transform {
  let rest = ''
  // Bytes above 127 pass through latin1 unchanged, whatever the page's own encoding.
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const text = rest + chunk.toString('latin1')
      const open = text.lastIndexOf('<')
      const cut = open > text.lastIndexOf('>') && text.length - open < MAX_TAG_BYTES ? open : text.length
      rest = text.slice(cut)
      done(null, Buffer.from(rewriteHtml(text.slice(0, cut), options), 'latin1'))
    },
    flush(done) {
      done(null, Buffer.from(rewriteHtml(rest, options), 'latin1'))
    },
  })
}
