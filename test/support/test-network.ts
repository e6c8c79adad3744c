import { run, runResult } from '../../src/base/run.ts'
import type { PodNetwork } from '../../src/agent/pod-network.ts'

/** Connects pods to a bridge of its own in 10.91.0.0/16: enough for probes. Call `close` at the end. */
export class TestNetwork implements PodNetwork {
  readonly #bridge: string
  readonly #prefix: string
  readonly #addresses = new Map<string, number>()
  #last = 1
  #made: Promise<unknown> | undefined

  constructor(number: number) {
    this.#bridge = `klt${number}`
    this.#prefix = `10.91.${number}`
  }

  async setUp({ uid, netnsPid }: { uid: string; netnsPid: number }): Promise<{ ip: string }> {
    this.#made ??= this.#make()
    await this.#made
    const known = this.#addresses.get(uid)
    const n = known ?? ++this.#last
    this.#addresses.set(uid, n)
    const ip = `${this.#prefix}.${n}`
    const inPod = ['-t', String(netnsPid), '-n', 'ip']
    if ((await runResult('nsenter', [...inPod, 'addr', 'show', 'dev', 'eth0'])).stdout.includes(`inet ${ip}/`))
      return { ip }
    const host = `${this.#bridge}-${n}`
    await run('nsenter', [...inPod, '-batch', '-'], {
      input: `link add eth0 type veth peer name ${host} netns ${process.pid}\nlink set lo up\naddr add ${ip}/24 dev eth0\nlink set eth0 up\nroute add default via ${this.#prefix}.1\n`,
    })
    await run('ip', ['link', 'set', host, 'master', this.#bridge, 'up'])
    return { ip }
  }

  async tearDown({ uid }: { uid: string }): Promise<void> {
    const n = this.#addresses.get(uid)
    if (n !== undefined) await runResult('ip', ['link', 'del', `${this.#bridge}-${n}`])
    this.#addresses.delete(uid)
  }

  async keepOnly(isKnown: (uid: string) => boolean): Promise<void> {
    for (const uid of this.#addresses.keys()) if (!isKnown(uid)) await this.tearDown({ uid })
  }

  async close(): Promise<void> {
    await runResult('ip', ['link', 'del', this.#bridge])
  }

  async #make(): Promise<void> {
    await this.close()
    const bridge = this.#bridge
    await run('ip', ['-batch', '-'], {
      input: `link add ${bridge} type bridge\naddr add ${this.#prefix}.1/24 dev ${bridge}\nlink set ${bridge} up\n`,
    })
  }
}
