import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { end, type Host, kubelite, LOGS, mustLive } from './hosts.ts'
import { waitUntil } from './wait.ts'
import { saw, witness } from './witness.ts'

const exec = promisify(execFile)

/** Result of a kubectl call that may fail. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A server on a test host, with the stock kubectl to talk to it. */
export class Cluster {
  readonly host: Host
  readonly dataDir: string
  readonly kubeconfig: string
  /** Which kubectl talks to it: the stock one, or `kubelite kubectl`. */
  client: 'stock' | 'own' = 'stock'
  readonly #flags: readonly string[]
  #server: ChildProcess | undefined
  readonly #agents: ChildProcess[] = []
  #witness: Disposable | undefined

  constructor(host: Host, flags: readonly string[] = []) {
    this.host = host
    this.dataDir = join(host.dir, 'data')
    this.kubeconfig = join(host.dir, 'kubeconfig')
    this.#flags = flags
  }

  get url(): string {
    return `https://${this.host.ip}:6443`
  }

  /** Process of the running server. */
  get pid(): number {
    return this.#server?.pid ?? 0
  }

  async start(): Promise<void> {
    const { host, dataDir, kubeconfig } = this
    // One of an earlier start would be taken for this one's.
    rmSync(`${kubeconfig}.local`, { force: true })
    this.#server = host.start(
      kubelite(),
      [
        'server',
        '--data-dir',
        dataDir,
        '--write-kubeconfig',
        `${kubeconfig}.local`,
        '--node-name',
        host.name,
        '--node-ip',
        host.ip,
        '--docker-socket',
        host.dockerSocket,
        ...this.#flags,
      ],
      'server.log',
    )
    this.#witness ??= witness(`the cluster at ${this.url}`, () => this.#state())
    const server = this.#server
    const alive = (): void => mustLive(server, 'The server', this.#log)
    await waitUntil('the kubeconfig', () => {
      alive()
      return existsSync(`${kubeconfig}.local`)
    })
    // The file speaks of 127.0.0.1, which is another machine's here.
    writeFileSync(kubeconfig, readFileSync(`${kubeconfig}.local`, 'utf8').replace('127.0.0.1', host.ip))
    await waitUntil('the API', async () => {
      alive()
      return (await this.try('get', '--raw', '/readyz')).stdout.trim() === 'ok'
    })
  }

  /** Nodes, pods and the newest events, for who has to find out why a test failed. */
  async #state(): Promise<string> {
    const flags = ['--kubeconfig', this.kubeconfig, '--request-timeout=30s', '-A']
    const ask = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await run(process.env.KUBELITE_KUBECTL ?? 'kubectl', ['get', ...args, ...flags])
      return stdout + stderr
    }
    const [objects, events] = await Promise.all([
      ask('nodes,pods', '-o', 'wide'),
      ask('events', '--sort-by=.metadata.creationTimestamp'),
    ])
    return `${objects}\n${events.split('\n').slice(-25).join('\n')}`
  }

  /** Waits until this many nodes are Ready. */
  async nodesReady(count = 1): Promise<void> {
    await waitUntil(
      `${count} Ready nodes`,
      async () =>
        (await this.kubectl('get', 'nodes', '--no-headers')).split('\n').filter(l => /\sReady\s/.test(l)).length >=
        count,
    )
  }

  /** Joins another host as an agent; the process that is its node. */
  join(host: Host, flags: readonly string[] = []): ChildProcess {
    const token = readFileSync(join(this.dataDir, 'token'), 'utf8').trim()
    const args = [
      'agent',
      '--join',
      this.url,
      '--token',
      token,
      '--data-dir',
      join(host.dir, 'data'),
      '--node-name',
      host.name,
      '--node-ip',
      host.ip,
      '--docker-socket',
      host.dockerSocket,
      ...flags,
    ]
    const agent = host.start(kubelite(), args, 'agent.log')
    this.#agents.push(agent)
    return agent
  }

  /** The output of kubectl; rejects with what it says where it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const outcome = await this.try(...args)
    if (outcome.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${outcome.stderr || outcome.stdout}`)
    return outcome.stdout
  }

  /** Runs kubectl, whatever comes of it. */
  async try(...args: string[]): Promise<Outcome> {
    if (this.client === 'own') return this.ours(...args)
    return run(process.env.KUBELITE_KUBECTL ?? 'kubectl', ['--kubeconfig', this.kubeconfig, ...args])
  }

  /** Command line of the kubectl in use, for processes that a test starts itself. */
  kubectlCommand(...args: string[]): [command: string, args: string[]] {
    const rest = ['--kubeconfig', this.kubeconfig, ...args]
    return this.client === 'own'
      ? [kubelite(), ['kubectl', ...rest]]
      : [process.env.KUBELITE_KUBECTL ?? 'kubectl', rest]
  }

  /** Runs our own `kubelite kubectl`. */
  async ours(...args: string[]): Promise<Outcome> {
    return run(kubelite(), ['kubectl', '--kubeconfig', this.kubeconfig, ...args])
  }

  /** kubectl with text on its standard input. */
  async apply(manifest: string, verb = 'apply', ...flags: string[]): Promise<string> {
    const file = join(mkdtempSync(join(tmpdir(), 'kubelite-manifest-')), 'm.yaml')
    writeFileSync(file, manifest)
    try {
      return await this.kubectl(verb, ...flags, '-f', file)
    } finally {
      rmSync(join(file, '..'), { recursive: true })
    }
  }

  /** Ends the server in order; pods run on. */
  async stop(): Promise<void> {
    if (this.#server) await end(this.#server)
    this.#server = undefined
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise<void>(resolve => server.once('exit', () => resolve()))
    // nsenter has become the program itself: there is no process between.
    server.kill('SIGKILL')
    await ended
    this.#server = undefined
  }

  async stopAll(): Promise<void> {
    for (const agent of this.#agents.splice(0)) await end(agent)
    await this.stop()
    this.#witness?.[Symbol.dispose]()
  }

  get #log(): string {
    return join(LOGS, `${this.host.name}-server.log`)
  }

  log(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : ''
  }
}

/** A program that hangs is ended before the test is: its name is in what it leaves. */
const RUN_MS = 180_000

function run(command: string, args: readonly string[]): Promise<Outcome> {
  const question = `kubectl ${args.join(' ').replace(/(kubectl )?--kubeconfig \S+ /, '')}`
  return new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    const timer = setTimeout(() => {
      stderr += `\n(ended after ${RUN_MS / 1000} s)`
      child.kill('SIGKILL')
    }, RUN_MS)
    const finish = (code: number): void => {
      clearTimeout(timer)
      saw(question, stdout + stderr)
      resolve({ code, stdout, stderr })
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', error => {
      stderr += error.message
      finish(-1)
    })
    child.on('close', code => finish(code ?? -1))
  })
}

/** A small image of busybox: an HTTP server on port 80 that says its host name; as a shell it does everything else. */
export async function webImage(host: Host, ...names: string[]): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'kubelite-image-'))
  for (const dir of ['bin', 'www/cgi-bin', 'tmp', 'etc']) mkdirSync(join(work, dir), { recursive: true })
  const busybox = (await exec('which', ['busybox'])).stdout.trim()
  copyFileSync(busybox, join(work, 'bin/busybox'))
  for (const applet of (await exec(busybox, ['--list'])).stdout.trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(work, 'bin', applet))
  writeFileSync(join(work, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
  const page = (name: string, value: string): void =>
    writeFileSync(
      join(work, 'www/cgi-bin', name),
      `#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n%s\\n" "${value}"\n`,
      { mode: 0o755 },
    )
  page('name', '$(hostname)')
  page('from', '$REMOTE_ADDR')
  writeFileSync(join(work, 'www/index.html'), 'welcome\n')
  await exec('tar', ['-C', work, '-cf', `${work}.tar`, '.'])
  const [first = '', ...others] = names
  await host.docker('import', '--change', 'CMD ["httpd","-f","-p","80","-h","/www"]', `${work}.tar`, first)
  for (const name of others) await host.docker('tag', first, name)
  rmSync(work, { recursive: true })
  rmSync(`${work}.tar`)
}
