import { readFileSync } from 'node:fs'
import https from 'node:https'
import { pause } from './bench.ts'
import { rssMib } from './process-stats.ts'

export interface Answer {
  readonly code: number
  // biome-ignore lint/suspicious/noExplicitAny: a benchmark looks into whatever comes
  readonly body: any
}

interface Ask {
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly type?: string
}

interface Credentials {
  readonly server: string
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

/** An API server under measurement, with a namespace and a service account token made for it. */
export class Peer {
  readonly url: URL
  readonly ca: Buffer
  readonly namespace: string
  /** Of all processes of the control plane. */
  readonly pids: readonly number[]
  readonly #admin: https.Agent
  #token = ''

  private constructor(credentials: Credentials, pids: readonly number[], namespace: string) {
    this.url = new URL(credentials.server)
    this.ca = credentials.ca
    this.pids = pids
    this.namespace = namespace
    this.#admin = new https.Agent({ ...credentials, keepAlive: true, maxSockets: 64 })
  }

  static async open(kubeconfig: string, pids: readonly number[]): Promise<Peer> {
    const peer = new Peer(readKubeconfig(kubeconfig), pids, `bench-${process.pid}-${++peers}`)
    await peer.#prepare()
    return peer
  }

  /** Path of the peer's namespace. */
  get home(): string {
    return `/api/v1/namespaces/${this.namespace}`
  }

  /** Of a service account with all rights: clients of the benchmarks show it with each request. */
  get token(): string {
    return this.#token
  }

  get rssMib(): number {
    return this.pids.reduce((sum, pid) => sum + rssMib(pid), 0)
  }

  /** One request by the administrator's certificate. */
  async ask(ask: Ask): Promise<Answer> {
    try {
      return await this.#send(ask)
    } catch (error) {
      // The server may end an idle connection in the moment in which it is used again.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
      return await this.#send(ask)
    }
  }

  #send({ method = 'GET', path, body, type = 'application/json' }: Ask): Promise<Answer> {
    const { url } = this
    const payload = body === undefined ? undefined : JSON.stringify(body)
    const headers = payload === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }
    return new Promise((resolve, reject) => {
      const req = https.request(
        { host: url.hostname, port: url.port, method, path, headers, agent: this.#admin },
        res => {
          const chunks: Buffer[] = []
          res.on('data', (c: Buffer) => chunks.push(c))
          res.on('error', reject)
          res.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            resolve({ code: res.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text })
          })
        },
      )
      req.on('error', reject)
      req.end(payload)
    })
  }

  /** A request that must succeed; answers its body. */
  async must(ask: Ask): Promise<Answer['body']> {
    const { code, body } = await this.ask(ask)
    if (code >= 300)
      throw new Error(`${ask.method ?? 'GET'} ${ask.path}: ${code} ${JSON.stringify(body).slice(0, 300)}`)
    return body
  }

  /** Removes what the benchmarks made, and ends the connections. */
  async close(): Promise<void> {
    await this.ask({ method: 'DELETE', path: `${ROLES}/${this.namespace}` }).catch(() => {})
    await this.ask({ method: 'DELETE', path: this.home }).catch(() => {})
    this.#admin.destroy()
  }

  async #prepare(): Promise<void> {
    const { home, namespace } = this
    await this.must({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } })
    while ((await this.ask({ path: `${home}/serviceaccounts/default` })).code !== 200) await pause(50)
    await this.must({
      method: 'POST',
      path: ROLES,
      body: {
        metadata: { name: namespace },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
      },
    })
    const path = `${home}/serviceaccounts/default/token`
    const order = await this.must({ method: 'POST', path, body: { spec: { expirationSeconds: 7200 } } })
    this.#token = order.status.token
  }
}

let peers = 0
const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'

/** Server and certificates of a kubeconfig with one cluster and one user. */
export function readKubeconfig(file: string): Credentials {
  const text = readFileSync(file, 'utf8')
  const value = (key: string): string => new RegExp(`"?${key}"?:\\s*"?([^\\s",}]+)`).exec(text)?.[1] ?? ''
  const data = (key: string): Buffer => Buffer.from(value(`${key}-data`), 'base64')
  return {
    server: value('server'),
    ca: data('certificate-authority'),
    cert: data('client-certificate'),
    key: data('client-key'),
  }
}
