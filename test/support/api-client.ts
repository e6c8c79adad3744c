import https from 'node:https'
import type { ApiHarness } from './api-harness.ts'

export interface Answer {
  readonly code: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever comes
  readonly body: any
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: unknown
  readonly raw?: string | Buffer
  /** Default: the administrator's certificate. */
  readonly as?: 'admin' | 'anonymous' | { readonly bearer: string }
}

/** A client of a test server. Dispose of it before the server stops. */
export function apiClient(api: ApiHarness) {
  const tls = { ca: api.pki.ca.certificate, keepAlive: true }
  const admin = new https.Agent({ ...tls, cert: api.pki.admin.certificate, key: api.pki.admin.key })
  const plain = new https.Agent(tls)
  const send = (path: string, ask: Ask = {}): Promise<Answer> => {
    const payload = ask.raw ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body))
    const headers: Record<string, string | string[]> = { ...ask.headers }
    if (ask.body !== undefined) headers['content-type'] ??= 'application/json'
    if (typeof ask.as === 'object') headers.authorization = `Bearer ${ask.as.bearer}`
    return new Promise((resolve, reject) => {
      const options = { method: ask.method ?? 'GET', headers, agent: (ask.as ?? 'admin') === 'admin' ? admin : plain }
      const req = https.request(`${api.url}${path}`, options, res => {
        const chunks: Buffer[] = []
        res.on('data', (c: Buffer) => chunks.push(c))
        res.on('error', reject)
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          let body: unknown
          try {
            body = JSON.parse(text)
          } catch {
            // Texts and watches are looked at as text.
          }
          resolve({ code: res.statusCode ?? 0, headers: res.headers, text, body })
        })
      })
      req.on('error', reject)
      req.end(payload)
    })
  }
  return {
    send,
    [Symbol.dispose]() {
      admin.destroy()
      plain.destroy()
    },
  }
}
