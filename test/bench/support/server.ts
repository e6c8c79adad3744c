import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubelite } from '../../support/hosts.ts'
import { pause } from './bench.ts'

const PORT = Number(process.env.KUBELITE_BENCH_PORT ?? 28443)

/** A kubelite server without a node, on a data directory of its own. */
export class Server {
  readonly dir = mkdtempSync(join(tmpdir(), 'kubelite-bench-'))
  #child: ChildProcess | undefined

  get kubeconfig(): string {
    return join(this.dir, 'kubeconfig')
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts the program; answers the milliseconds from there until /readyz says ok. */
  async start(): Promise<number> {
    const log = openSync(join(this.dir, 'log'), 'a')
    const start = performance.now()
    const args = ['server', '--data-dir', join(this.dir, 'data'), '--https-listen-port', String(PORT)]
    args.push('--bind-address', '127.0.0.1', '--disable-agent', '--write-kubeconfig', this.kubeconfig)
    this.#child = spawn(kubelite(), args, { stdio: ['ignore', log, log] })
    closeSync(log)
    while (!(await isReady(`https://127.0.0.1:${PORT}/readyz`))) {
      if (this.#child.exitCode !== null)
        throw new Error(`the server ended:\n${readFileSync(join(this.dir, 'log'), 'utf8').slice(-2000)}`)
      await pause(5)
    }
    const took = performance.now() - start
    while (!existsSync(this.kubeconfig)) await pause(5)
    return took
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /** Ends the server and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** Whether a server says that it is ready; its certificate may be anyone's. */
export function isReady(url: string): Promise<boolean> {
  return new Promise(resolve => {
    const req = https.get(url, { rejectUnauthorized: false, agent: false }, res => {
      res.resume()
      res.on('end', () => resolve(res.statusCode === 200))
      res.on('error', () => resolve(false))
    })
    req.on('error', () => resolve(false))
  })
}
