import { join } from 'node:path'
import { type Clock, SystemClock } from '../base/clock.ts'
import { createLogger, type Logger } from '../base/log.ts'
import type { Part } from '../base/part.ts'
import { Informers } from '../client/informers.ts'
import { RemoteClient } from '../client/remote.ts'
import { CertificateKeeper, type Renewable } from './certificate-keeper.ts'
import { type AgentConfig, paths } from './config.ts'
import { joinCluster, type JoinedNode, type JoinOptions, renewalOfJoined, renewJoined } from './join-client.ts'
import { makeDataDir, takeLock } from './lock.ts'
import { MemoryTrim } from './memory-trim.ts'
import { createNode, type NodeHandle } from './node.ts'
import { ConfigError } from './options.ts'
import { Parts } from './parts.ts'
import { VERSION_TEXT } from './version.ts'

/** Between two tries to reach a server that does not answer, in milliseconds. */
const RETRY_MS = 3_000

/** A node that joins a server: the same node as inside a server, with a client over HTTPS. */
export function createAgentProcess(config: AgentConfig): Part {
  return new AgentProcess(config)
}

class AgentProcess implements Part {
  readonly #config: AgentConfig
  readonly #clock: Clock = new SystemClock()
  readonly #log: Logger
  readonly #parts: Parts
  readonly #abort = new AbortController()

  constructor(config: AgentConfig) {
    this.#config = config
    this.#log = createLogger({ format: config.logFormat, debug: config.debug })
    this.#parts = new Parts(this.#log)
  }

  async start(): Promise<void> {
    const { dataDir, node, server } = this.#config
    this.#log.info('kubelite agent starts', { version: VERSION_TEXT, data: dataDir, node: node.name, server })
    makeDataDir(dataDir)
    const lock = takeLock(paths(dataDir).lock)
    this.#parts.own('lock', () => lock[Symbol.dispose]())
    await this.#parts.add('memory', new MemoryTrim({ clock: this.#clock }))
    const joined = await this.#join()
    if (!joined) return
    const client = new RemoteClient({
      server,
      ca: joined.ca,
      cert: joined.client.certificate,
      key: joined.client.key,
      userAgent: 'kubelet',
      clock: this.#clock,
    })
    this.#parts.own('client', () => client.close())
    const informers = new Informers({ client, clock: this.#clock, log: this.#log })
    const part = createNode({
      node,
      dataDir,
      cluster: joined.cluster,
      ca: joined.ca,
      serving: joined.serving,
      client,
      informers,
      clock: this.#clock,
      log: this.#log,
    })
    await this.#parts.add('informers', { start: async () => void informers.start(), stop: () => informers.stop() })
    await this.#parts.add('node', part)
    const keeper = new CertificateKeeper({
      clock: this.#clock,
      log: this.#log,
      items: [this.#ownCertificates(joined, client, part)],
    })
    await this.#parts.add('certificates', keeper)
  }

  /** What this node shows to the server, and to those who ask its own API. */
  #ownCertificates(joined: JoinedNode, client: RemoteClient, node: NodeHandle): Renewable {
    let held = joined
    return {
      name: 'node',
      due: () => renewalOfJoined(held),
      renew: async () => {
        held = await renewJoined(held, this.#joinOptions())
        client.useCertificate(held.client.certificate, held.client.key)
        node.useServing(held.serving)
      },
    }
  }

  #joinOptions(): JoinOptions {
    const { dataDir, node, server, token } = this.#config
    const dir = join(dataDir, 'tls')
    return { server, token, nodeName: node.name, nodeIp: node.ip, dir, now: this.#clock.now() }
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('kubelite agent stops'))
    await this.#parts.stop()
    this.#log.info('kubelite agent has stopped; pods run on')
  }

  /** Joins; waits for a server that does not answer yet. Undefined where the process is to stop. */
  async #join(): Promise<JoinedNode | undefined> {
    const { server } = this.#config
    for (;;) {
      try {
        return await joinCluster(this.#joinOptions())
      } catch (error) {
        if (error instanceof ConfigError) throw error
        this.#log.warn('Cannot join yet', { server, error: error as Error })
      }
      const slept = await this.#clock.sleep(RETRY_MS, this.#abort.signal).then(
        () => true,
        () => false,
      )
      if (!slept) return undefined
    }
  }
}
