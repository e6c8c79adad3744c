import { createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createAuthenticator } from '../apiserver/authn/authenticator.ts'
import { bootstrapTokens } from '../apiserver/authn/bootstrap-tokens.ts'
import { serviceAccountTokens } from '../apiserver/authn/service-account-tokens.ts'
import { ensureBootstrapPolicy } from '../apiserver/authz/ensure-policy.ts'
import { accessAdmission } from '../apiserver/authz/admission.ts'
import { mastersAuthorizer, unionAuthorizer } from '../apiserver/authz/authorizer.ts'
import { nodeAuthorizer } from '../apiserver/authz/node.ts'
import { RbacAuthorizer } from '../apiserver/authz/rbac.ts'
import { type ApiServer, createApiServer } from '../apiserver/server.ts'
import { shouldUpgrade } from '../apiserver/upgrade.ts'
import { type Clock, SystemClock } from '../base/clock.ts'
import { addressAt, parseCidr } from '../base/ip.ts'
import { createLogger, type Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { Informers } from '../client/informers.ts'
import { LocalClient } from '../client/local.ts'
import { startControllers } from '../controllers/index.ts'
import { kindTable } from '../kinds/index.ts'
import type { Stored } from '../registry/api.ts'
import { createRegistry } from '../registry/registry.ts'
import { storedCodec } from '../registry/stored.ts'
import { Scheduler } from '../scheduler/scheduler.ts'
import { MemoryStore } from '../store/memory.ts'
import { SqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { CertificateKeeper, type Renewable } from './certificate-keeper.ts'
import { bootstrapCluster } from './bootstrap-cluster.ts'
import { isValidToken } from './bootstrap-tokens.ts'
import { paths, type ServerConfig } from './config.ts'
import { HttpsListener } from './https-listener.ts'
import { createJoinHandler, sameSecret } from './join-server.ts'
import { formatJoinToken, parseJoinToken } from './join-token.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { checkLastingSettings } from './lasting-settings.ts'
import { makeDataDir, takeLock } from './lock.ts'
import { MemoryTrim } from './memory-trim.ts'
import { nodeDialer } from './node-dialer.ts'
import { Parts } from './parts.ts'
import {
  caHash,
  ensurePki,
  issueNodeCertificates,
  type KeyPair,
  newKey,
  newSecret,
  type Pki,
  renewalOf,
  writeSecret,
} from './pki.ts'
import { createLegacyTokenIssuer, createTokenIssuer } from './token-issuer.ts'
import { KUBERNETES_VERSION, VERSION, VERSION_TEXT } from './version.ts'

type State = 'new' | 'starting' | 'running' | 'stopping' | 'stopped'

/** A whole server as one part: store, registry, API, controllers, scheduler and, unless disabled, a node. */
export function createServer(config: ServerConfig): Part {
  return new Server(config)
}

class Server implements Part {
  readonly #config: ServerConfig
  readonly #clock: Clock = new SystemClock()
  readonly #log: Logger
  readonly #parts: Parts
  #state: State = 'new'

  constructor(config: ServerConfig) {
    this.#config = config
    this.#log = createLogger({ format: config.logFormat, debug: config.debug })
    this.#parts = new Parts(this.#log)
  }

  async start(): Promise<void> {
    const config = this.#config
    const began = performance.now()
    this.#state = 'starting'
    this.#log.info('kubelite starts', {
      version: VERSION_TEXT,
      data: config.dataDir,
      node: config.disableAgent ? undefined : config.node.name,
    })
    makeDataDir(config.dataDir)
    const lock = takeLock(paths(config.dataDir).lock)
    this.#parts.own('lock', () => lock[Symbol.dispose]())
    await this.#parts.add('memory', new MemoryTrim({ clock: this.#clock }))
    const [pki, store] = await Promise.all([this.#ensurePki(), this.#openStore()])
    const held = { pki }
    const issuer = `https://kubernetes.default.svc.${config.clusterDomain}`
    const registry = createRegistry({
      store,
      kinds: kindTable(),
      clock: this.#clock,
      log: this.#log,
      config: {
        serviceCidr: config.serviceCidr,
        nodePorts: [config.nodePortRange.from, config.nodePortRange.to],
        clusterDomain: config.clusterDomain,
      },
      issueToken: createTokenIssuer({ privateKey: pki.serviceAccount.privateKey, issuer, clock: this.#clock }),
      defaultAudiences: [issuer],
      admission: accessAdmission({ authorizer: () => authorizer, rbac: () => rbac }),
    })
    await this.#parts.add('registry', registry)
    const client = (component: string): LocalClient =>
      new LocalClient({
        registry,
        user: { name: `system:${component}`, groups: ['system:masters', 'system:authenticated'] },
        userAgent: component,
      })

    const rbac = new RbacAuthorizer(registry)
    const authorizer = unionAuthorizer([mastersAuthorizer, nodeAuthorizer(registry.world), rbac])
    await this.#parts.add('authorizer', { start: () => rbac.start(), stop: async () => rbac.stop() })
    await checkLastingSettings(client('kubelite'), config)
    await bootstrapCluster({ client: client('kubelite'), config, log: this.#log, now: this.#clock.now() })
    await ensureBootstrapPolicy(registry)
    const publicKey = createPublicKey(pki.serviceAccount.publicKey)
    const api = createApiServer({
      registry,
      authenticator: createAuthenticator([
        serviceAccountTokens({
          registry,
          clock: this.#clock,
          publicKeys: [publicKey],
          issuers: [issuer],
          apiAudiences: [issuer],
        }),
        bootstrapTokens({ registry, clock: this.#clock }),
      ]),
      authorizer,
      clock: this.#clock,
      log: this.#log,
      nodeDialer: nodeDialer({
        client: client('kube-apiserver'),
        ca: pki.ca.certificate,
        certificate: () => held.pki.kubeletClient,
      }),
      address: `${config.advertiseAddress}:${config.httpsListenPort}`,
      version: {
        gitVersion: `${KUBERNETES_VERSION}+kubelite-${VERSION}`,
        gitCommit: VERSION,
        buildDate: '1970-01-01T00:00:00Z',
      },
      health: [
        { name: 'ping', check: () => {} },
        // The store under the name that health checks of Kubernetes know.
        { name: 'etcd', check: () => mustWrite(store) },
        { name: 'started', check: () => this.#mustRun(), paths: ['readyz'] },
        { name: 'shutdown', check: () => this.#mustNotStop(), paths: ['readyz'] },
      ],
      oidc: { issuer, jwksUri: `${issuer}/openid/v1/jwks`, publicKeys: [publicKey] },
    })
    this.#parts.own('api', () => api.stop())
    const token = this.#token(pki)
    const listener = await this.#listen(api, pki, client('kubelite'), token)
    this.#writeKubeconfig(pki)
    this.#state = 'running'
    this.#log.info('API ready', {
      address: `https://${config.advertiseAddress}:${config.httpsListenPort}`,
      kubeconfig: config.writeKubeconfig,
      tookMs: Math.round(performance.now() - began),
    })

    const informers = new Informers({ client: client('kube-controller-manager'), clock: this.#clock, log: this.#log })
    await this.#parts.add('informers', { start: async () => void informers.start(), stop: () => informers.stop() })
    const controllers = startControllers({
      client: client('kube-controller-manager'),
      informers,
      clock: this.#clock,
      log: this.#log,
      config: {
        clusterCidr: config.clusterCidr,
        rootCa: pki.ca.certificate,
        issueLegacyToken: createLegacyTokenIssuer({ privateKey: pki.serviceAccount.privateKey }),
      },
    })
    await this.#parts.add('controllers', controllers)
    const scheduler = new Scheduler({ client: client('kube-scheduler'), informers, clock: this.#clock, log: this.#log })
    await this.#parts.add('scheduler', scheduler)
    const renewables = [this.#ownCertificates(held, listener)]
    if (!config.disableAgent) renewables.push(await this.#startNode(pki, informers, client(`node:${config.node.name}`)))
    const keeper = new CertificateKeeper({ clock: this.#clock, log: this.#log, items: renewables })
    await this.#parts.add('certificates', keeper)
  }

  /** What the API server shows to clients and kubelets, and the admin kubeconfig. */
  #ownCertificates(held: { pki: Pki }, listener: HttpsListener): Renewable {
    return {
      name: 'API server',
      due: () => {
        const { apiserver, admin, kubeletClient } = held.pki
        return Math.min(...[apiserver, admin, kubeletClient].map(p => renewalOf(p.certificate)))
      },
      renew: async () => {
        held.pki = await this.#ensurePki()
        listener.useCertificate(held.pki.apiserver)
        this.#writeKubeconfig(held.pki)
      },
    }
  }

  /** Ends in order: no new requests, then node, scheduler and controllers, then API, registry and store. Pods run on. */
  async stop(): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    const ran = this.#state !== 'new'
    this.#state = 'stopping'
    if (ran) this.#log.info('kubelite stops; pods run on')
    await this.#parts.stop()
    this.#state = 'stopped'
    if (ran) this.#log.info('kubelite has stopped')
  }

  #ensurePki(): Promise<Pki> {
    const c = this.#config
    const services = parseCidr(c.serviceCidr)
    return ensurePki({
      dir: paths(c.dataDir).tls,
      now: this.#clock.now(),
      serverNames: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        `kubernetes.default.svc.${c.clusterDomain}`,
        'localhost',
        hostname().toLowerCase(),
        '127.0.0.1',
        '::1',
        ...(services ? [addressAt(services, 1)] : []),
        c.advertiseAddress,
        c.node.ip,
        ...c.tlsSans,
      ],
    })
  }

  async #openStore(): Promise<Store<Stored>> {
    const { dataDir, storage } = this.#config
    const dir = paths(dataDir).database
    let store: Store<Stored>
    if (storage === 'memory') store = new MemoryStore<Stored>({ clock: this.#clock })
    else {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      store = new SqliteStore<Stored>({
        path: join(dir, 'kubelite.db'),
        codec: storedCodec,
        clock: this.#clock,
        log: this.#log,
        nativeDir: paths(dataDir).assets,
      })
    }
    await this.#parts.add('store', { start: () => store.start(), stop: () => store.close() })
    return store
  }

  /** The secret for joining: given, or made at the first start. The file holds the whole token. */
  #token(pki: Pki): string {
    const { dataDir, token } = this.#config
    const path = paths(dataDir).token
    const kept = existsSync(path) ? /::(\S+)/.exec(readFileSync(path, 'utf8'))?.[1] : undefined
    // Whoever copies the content of the file gives the whole token.
    const secret = parseJoinToken(token)?.secret || token || kept || newSecret()
    writeSecret(path, `${formatJoinToken({ caHash: caHash(pki.ca.certificate), secret })}\n`)
    return secret
  }

  async #listen(api: ApiServer, pki: Pki, client: LocalClient, token: string): Promise<HttpsListener> {
    const c = this.#config
    const join = createJoinHandler({
      ca: pki.ca,
      cluster: {
        clusterCidr: c.clusterCidr,
        serviceCidr: c.serviceCidr,
        clusterDns: c.clusterDns,
        clusterDomain: c.clusterDomain,
        nodePortRange: c.nodePortRange,
      },
      clock: this.#clock,
      log: this.#log,
      checkSecret: async secret => sameSecret(secret, token) || isValidToken(client, secret, this.#clock.now()),
    })
    const listener = new HttpsListener({
      address: c.bindAddress,
      port: c.httpsListenPort,
      portFlag: 'https-listen-port',
      serving: pki.apiserver,
      clientCa: pki.ca.certificate,
      handler: (req, res) => {
        if (!req.url?.startsWith('/v1-kubelite/') || !join(req, res)) api.handler(req, res)
      },
      upgrade: api.upgrade,
      shouldUpgrade,
    })
    await this.#parts.add('listener', listener)
    return listener
  }

  #writeKubeconfig(pki: Pki): void {
    const c = this.#config
    const host = c.bindAddress === '0.0.0.0' || c.bindAddress === '::' ? '127.0.0.1' : c.bindAddress
    writeKubeconfig(
      c.writeKubeconfig,
      {
        server: `https://${host.includes(':') ? `[${host}]` : host}:${c.httpsListenPort}`,
        ca: pki.ca.certificate,
        client: pki.admin,
      },
      c.writeKubeconfigMode,
    )
  }

  /** The node on this machine; gives what of it is to be renewed. */
  async #startNode(pki: Pki, informers: Informers, client: LocalClient): Promise<Renewable> {
    const c = this.#config
    const issue = async (): Promise<KeyPair> => {
      const { privateKey, publicKey } = newKey()
      const issued = await issueNodeCertificates(
        pki.ca,
        { name: c.node.name, ip: c.node.ip, clientKey: publicKey, servingKey: publicKey },
        this.#clock.now(),
      )
      return { certificate: issued.serving, key: privateKey }
    }
    let serving = await issue()
    const { createNode } = await import('./node.ts')
    const node = createNode({
      node: c.node,
      dataDir: c.dataDir,
      cluster: {
        clusterCidr: c.clusterCidr,
        serviceCidr: c.serviceCidr,
        clusterDns: c.clusterDns,
        clusterDomain: c.clusterDomain,
        nodePortRange: c.nodePortRange,
      },
      ca: pki.ca.certificate,
      serving,
      client,
      informers,
      clock: this.#clock,
      log: this.#log,
    })
    await this.#parts.add('node', node)
    return {
      name: 'node',
      due: () => renewalOf(serving.certificate),
      renew: async () => {
        serving = await issue()
        node.useServing(serving)
      },
    }
  }

  #mustRun(): void {
    if (this.#state === 'starting') throw new Error('still starting')
  }

  #mustNotStop(): void {
    if (this.#state === 'stopping') throw new Error('process is shutting down')
  }
}

/** A store whose thread has ended reads on, but writes nothing: whoever watches the process must know. */
function mustWrite({ fault }: Store<Stored>): void {
  if (fault) throw fault
}
