import { startWorker } from '../base/assets.ts'

/** One certificate to make. Without `ca` it is a self-signed authority; without `publicKey` a key is made too. */
export interface IssueJob {
  readonly name: string
  readonly ca?: string
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly names?: readonly { readonly type: 'dns' | 'ip'; readonly value: string }[]
  readonly usages?: readonly ('server' | 'client')[]
  readonly days: number
  /** SPKI PEM of somebody else's key. */
  readonly publicKey?: string
}

export interface Issued {
  readonly name: string
  /** PEM. */
  readonly certificate: string
  /** PKCS #8 PEM; missing where the job brought a public key. */
  readonly key?: string
}

export interface Authority {
  readonly name: string
  readonly certificate: string
  readonly key: string
}

/** Makes certificates in a worker thread that ends with the answer. `now` in milliseconds. */
export function issueCertificates(
  jobs: readonly IssueJob[],
  authorities: readonly Authority[],
  now: number,
): Promise<Issued[]> {
  return new Promise((resolve, reject) => {
    const worker = startWorker('src/app/pki-worker.ts', { workerData: { jobs, authorities, now } })
    worker.once('message', (issued: Issued[]) => {
      resolve(issued)
      void worker.terminate()
    })
    worker.once('error', reject)
    worker.once('exit', code => reject(new Error(`The certificate thread ended with code ${code}`)))
  })
}
