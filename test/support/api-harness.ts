import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthenticator } from '../../src/apiserver/authn/authenticator.ts'
import { bootstrapTokens } from '../../src/apiserver/authn/bootstrap-tokens.ts'
import { serviceAccountTokens } from '../../src/apiserver/authn/service-account-tokens.ts'
import { accessAdmission } from '../../src/apiserver/authz/admission.ts'
import { mastersAuthorizer, unionAuthorizer } from '../../src/apiserver/authz/authorizer.ts'
import { nodeAuthorizer } from '../../src/apiserver/authz/node.ts'
import { RbacAuthorizer } from '../../src/apiserver/authz/rbac.ts'
import type { NodeDialer } from '../../src/apiserver/connect/connector.ts'
import { createApiServer } from '../../src/apiserver/server.ts'
import { shouldUpgrade } from '../../src/apiserver/upgrade.ts'
import { HttpsListener } from '../../src/app/https-listener.ts'
import { writeKubeconfig } from '../../src/app/kubeconfig.ts'
import { Parts } from '../../src/app/parts.ts'
import { ensurePki, type Pki } from '../../src/app/pki.ts'
import { createTokenIssuer } from '../../src/app/token-issuer.ts'
import { SystemClock } from '../../src/base/clock.ts'
import { createLogger, type Logger } from '../../src/base/log.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import type { Registry, Stored } from '../../src/registry/api.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { kindTable } from './registry.ts'

export interface ApiHarness {
  readonly url: string
  readonly kubeconfig: string
  readonly pki: Pki
  readonly registry: Registry
  readonly log: Logger
  readonly parts: Parts
  stop(): Promise<void>
}

export interface ApiOptions {
  readonly kinds: readonly Kind[]
  readonly log?: Logger
  readonly dialer?: NodeDialer
}

/** The API server on a memory store, on a free port, with its own certificates. No controllers, no node. */
export async function startApi(options: ApiOptions): Promise<ApiHarness> {
  const log = options.log ?? createLogger({ format: 'text', debug: false })
  const parts = new Parts(log)
  try {
    return await assemble(options, log, parts)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

async function assemble(options: ApiOptions, log: Logger, parts: Parts): Promise<ApiHarness> {
  const { kinds } = options
  const clock = new SystemClock()
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-api-'))
  parts.own('directory', () => rmSync(dir, { recursive: true, force: true }))
  const pki = await ensurePki({
    dir: join(dir, 'tls'),
    now: clock.now(),
    serverNames: ['localhost', '127.0.0.1', '10.43.0.1'],
  })
  const listener = new HttpsListener({
    address: '127.0.0.1',
    port: 0,
    portFlag: 'port',
    serving: pki.apiserver,
    clientCa: pki.ca.certificate,
    handler: (req, res) => api.handler(req, res),
    upgrade: (req, socket, head) => api.upgrade(req, socket, head),
    shouldUpgrade,
  })
  // Before all others, for they are told its port; nobody asks before there is an answer.
  await parts.add('listener', listener)
  const { port } = listener
  const store = new MemoryStore<Stored>({ clock })
  await parts.add('store', { start: () => store.start(), stop: () => store.close() })
  const issuer = 'https://kubernetes.default.svc.cluster.local'
  const registry = createRegistry({
    store,
    kinds: kindTable(kinds),
    clock,
    log,
    config: { serviceCidr: '10.43.0.0/16', nodePorts: [30000, 32767], clusterDomain: 'cluster.local' },
    issueToken: createTokenIssuer({ privateKey: pki.serviceAccount.privateKey, issuer, clock }),
    defaultAudiences: [issuer],
    admission: accessAdmission({ authorizer: () => authorizer, rbac: () => rbac }),
  })
  await parts.add('registry', registry)
  const rbac = new RbacAuthorizer(registry)
  const authorizer = unionAuthorizer([mastersAuthorizer, nodeAuthorizer(registry.world), rbac])
  await parts.add('authorizer', { start: () => rbac.start(), stop: async () => rbac.stop() })
  const publicKey = createPublicKey(pki.serviceAccount.publicKey)
  const api = createApiServer({
    registry,
    authenticator: createAuthenticator([
      serviceAccountTokens({ registry, clock, publicKeys: [publicKey], issuers: [issuer], apiAudiences: [issuer] }),
      bootstrapTokens({ registry, clock }),
    ]),
    authorizer,
    clock,
    log,
    nodeDialer:
      options.dialer ??
      (name => {
        throw new Error(`dial tcp: lookup ${name}: no such host`)
      }),
    address: `127.0.0.1:${port}`,
    version: { gitVersion: 'v1.36.3+kubelite-test', gitCommit: 'test', buildDate: '1970-01-01T00:00:00Z' },
    health: [
      { name: 'ping', check: () => {} },
      { name: 'etcd', check: () => {} },
    ],
    oidc: { issuer, jwksUri: `${issuer}/openid/v1/jwks`, publicKeys: [publicKey] },
  })
  parts.own('api', () => api.stop())
  parts.own('listener', () => listener.stop())
  const url = `https://127.0.0.1:${port}`
  const kubeconfig = join(dir, 'kubeconfig')
  writeKubeconfig(kubeconfig, { server: url, ca: pki.ca.certificate, client: pki.admin }, 0o600)
  return { url, kubeconfig, pki, registry, log, parts, stop: () => parts.stop() }
}
