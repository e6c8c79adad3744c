import type { KubeconfigAccess } from '../../../client/kubeconfig.ts'
import { type Access, readAccess } from '../api/access.ts'
import { Connection } from '../api/connection.ts'
import { type Resources, readResources } from '../api/discovery.ts'
import type { Flags } from './flags.ts'
import { flag, type FlagSpec } from './flags.ts'
import type { Io } from './io.ts'

/** Flags that every verb has. */
export const GLOBAL_FLAGS: readonly FlagSpec[] = [
  flag('string', 'as', 'Username to impersonate for the operation.'),
  flag('array', 'as-group', 'Group to impersonate for the operation; may be repeated.'),
  flag('string', 'as-uid', 'UID to impersonate for the operation.'),
  flag('string', 'cache-dir', 'Taken for the sake of scripts: nothing is cached on disk.'),
  flag('string', 'certificate-authority', 'Path to a cert file for the certificate authority'),
  flag('string', 'client-certificate', 'Path to a client certificate file for TLS'),
  flag('string', 'client-key', 'Path to a client key file for TLS'),
  flag('string', 'cluster', 'The name of the kubeconfig cluster to use'),
  flag('string', 'context', 'The name of the kubeconfig context to use'),
  flag('bool', 'insecure-skip-tls-verify', "If true, the server's certificate will not be checked for validity."),
  flag('string', 'kubeconfig', 'Path to the kubeconfig file to use for CLI requests.'),
  flag('string', 'namespace n', 'If present, the namespace scope for this CLI request'),
  flag('string', 'request-timeout', 'How long to wait for a single server request (1s, 2m); 0 waits for ever.', {
    default: '0',
  }),
  flag('string', 'server s', 'The address and port of the Kubernetes API server'),
  flag('string', 'tls-server-name', "Server name against which the server's certificate is checked."),
  flag('string', 'token', 'Bearer token for authentication to the API server'),
  flag('string', 'user', 'The name of the kubeconfig user to use'),
  flag('int', 'v v', 'Number for the log level verbosity'),
  flag('bool', 'warnings-as-errors', 'Treat warnings from the server as errors and exit with a non-zero exit code'),
]

/** What the verbs of one command line share: the way to the server and what it can do, both found on first use. */
export class Session {
  readonly #flags: Flags
  readonly #io: Io
  #access: Access | undefined
  #connection: Connection | undefined
  #resources: Promise<Resources> | undefined

  constructor(flags: Flags, io: Io) {
    this.#flags = flags
    this.#io = io
  }

  get access(): KubeconfigAccess & Access {
    this.#access ??= readAccess(this.#flags, this.#io.env)
    return this.#access
  }

  get connection(): Connection {
    this.#connection ??= new Connection({ access: this.access, io: this.#io })
    return this.#connection
  }

  /** The namespace of the command line, of the context, or `default`. */
  get namespace(): string {
    return this.#flags.text('namespace') || this.access.namespace || 'default'
  }

  /** Whether the command line names a namespace. */
  get namespaceGiven(): boolean {
    return this.#flags.text('namespace') !== ''
  }

  resources(): Promise<Resources> {
    this.#resources ??= readResources(this.connection)
    return this.#resources
  }

  /** Ends all connections. */
  close(): void {
    this.#connection?.close()
  }

  get warned(): number {
    return this.#connection?.warned ?? 0
  }
}
