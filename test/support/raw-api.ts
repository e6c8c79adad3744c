import { readFileSync } from 'node:fs'
import https from 'node:https'
import { saw } from './witness.ts'

/** An answer as it came. */
export interface RawAnswer {
  readonly code: number
  readonly text: string
  /** The body as JSON; undefined where it is none. */
  readonly body: { message?: string; reason?: string; kind?: string; metadata?: { name?: string } } | undefined
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Default: the administrator's certificate. */
  readonly as?: 'admin' | 'nobody' | { readonly bearer: string }
}

/** Asks the API by the credentials of a kubeconfig, without kubectl between: for what kubectl would not send. */
export class RawApi implements Disposable {
  readonly #admin: https.Agent
  readonly #nobody: https.Agent
  readonly #url: string

  constructor(kubeconfig: string) {
    const text = readFileSync(kubeconfig, 'utf8')
    const data = (key: string): Buffer => Buffer.from(new RegExp(`${key}: (\\S+)`).exec(text)?.[1] ?? '', 'base64')
    this.#url = /server: (\S+)/.exec(text)?.[1] ?? ''
    const ca = data('certificate-authority-data')
    this.#nobody = new https.Agent({ ca, keepAlive: true })
    this.#admin = new https.Agent({
      ca,
      cert: data('client-certificate-data'),
      key: data('client-key-data'),
      keepAlive: true,
    })
  }

  /** Rejects where the connection breaks before there is a whole answer. */
  ask(path: string, request: RawRequest = {}): Promise<RawAnswer> {
    const { method = 'GET', body, as = 'admin' } = request
    const headers: Record<string, string> = { 'content-type': 'application/json', ...request.headers }
    if (typeof as === 'object') headers.authorization = `Bearer ${as.bearer}`
    return new Promise((resolve, reject) => {
      const agent = as === 'admin' ? this.#admin : this.#nobody
      const req = https.request(`${this.#url}${path}`, { method, headers, agent }, res => {
        const chunks: Buffer[] = []
        res.on('data', (c: Buffer) => chunks.push(c))
        res.on('error', reject)
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          let parsed: RawAnswer['body']
          try {
            parsed = JSON.parse(text) as RawAnswer['body']
          } catch {
            // Not every answer is JSON.
          }
          saw(`${method} ${path}`, `${res.statusCode} ${text}`)
          resolve({ code: res.statusCode ?? 0, text, body: parsed })
        })
      })
      req.on('error', error => {
        saw(`${method} ${path}`, error.message)
        reject(error)
      })
      req.end(body)
    })
  }

  [Symbol.dispose](): void {
    this.#admin.destroy()
    this.#nobody.destroy()
  }
}
