import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitUntil } from './wait.ts'

const exec = promisify(execFile)
/** Runs at the same time on one machine need links and addresses of their own: 0 to 9. */
const SLOT = Number(process.env.KUBELITE_TEST_SLOT ?? 0)
const BRIDGE = `kltest${SLOT}`
const SUBNET = `10.77.${SLOT}`
/** Address of the tests' bridge: the world outside the hosts, as they see it. */
export const OUTSIDE_IP = `${SUBNET}.254`
/** What the programs of a test wrote stays here until the next run: for reading when it failed. */
export const LOGS = join(tmpdir(), SLOT === 0 ? 'kubelite-test-logs' : `kubelite-test-logs-${SLOT}`)

/** One machine of a test: a network namespace with a Docker engine of its own. */
export interface Host {
  readonly name: string
  readonly ip: string
  readonly dockerSocket: string
  readonly dir: string
  /** Runs a command in the host's network. */
  run(command: string, ...args: string[]): Promise<string>
  /** Starts a command in the host's network; it is ended with the hosts. */
  start(command: string, args: readonly string[], log: string): ChildProcess
  docker(...args: string[]): Promise<string>
  stopDocker(): Promise<void>
  startDocker(): Promise<void>
}

/** Machines on one link. `dispose` ends all their processes, and removes links, namespaces and files. */
export class Hosts {
  readonly dir = mkdtempSync(join(tmpdir(), 'kubelite-hosts-'))
  readonly #hosts: TestHost[] = []
  #number = 0

  static requirements(): void {
    if (process.getuid?.() !== 0)
      throw new Error('These tests make network namespaces and containers: run them as root')
    for (const tool of ['dockerd', 'ip', 'nsenter', 'iptables', 'busybox']) {
      try {
        execFileSync('which', [tool])
      } catch {
        throw new Error(`These tests need ${tool}: scripts/test installs it`)
      }
    }
  }

  async add(name: string): Promise<Host> {
    if (this.#hosts.length === 0) await this.#link()
    mkdirSync(LOGS, { recursive: true })
    for (const log of ['dockerd', 'server', 'agent']) rmSync(join(LOGS, `${name}-${log}.log`), { force: true })
    this.#number++
    const host = new TestHost(name, `${SUBNET}.${this.#number}`, join(this.dir, name))
    this.#hosts.push(host)
    await host.create()
    await host.startDocker()
    return host
  }

  async dispose(): Promise<void> {
    for (const host of this.#hosts) await host.destroy()
    await quiet('ip', 'link', 'del', BRIDGE)
    await this.#unlink()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Removes our rules, also those of runs that were broken off. */
  async #unlink(): Promise<void> {
    for (const direction of ['-i', '-o'])
      while ((await quiet('iptables', '-D', 'FORWARD', direction, BRIDGE, '-j', 'ACCEPT')) === 0);
  }

  async #link(): Promise<void> {
    await quiet('ip', 'link', 'del', BRIDGE)
    await exec('ip', ['link', 'add', BRIDGE, 'type', 'bridge'])
    await exec('ip', ['addr', 'add', `${SUBNET}.254/24`, 'dev', BRIDGE])
    await exec('ip', ['link', 'set', BRIDGE, 'up'])
    await this.#unlink()
    // Docker's engine on this machine drops what it does not know, also between the ports of one bridge.
    for (const direction of ['-i', '-o']) await exec('iptables', ['-I', 'FORWARD', direction, BRIDGE, '-j', 'ACCEPT'])
  }
}

class TestHost implements Host {
  readonly name: string
  readonly ip: string
  readonly dir: string
  readonly dockerSocket: string
  readonly #namespace: string
  readonly #children = new Set<ChildProcess>()
  #dockerd: ChildProcess | undefined

  constructor(name: string, ip: string, dir: string) {
    this.name = name
    this.ip = ip
    this.dir = dir
    this.#namespace = linkName(name)
    this.dockerSocket = join(dir, 'docker.sock')
    mkdirSync(dir, { recursive: true })
  }

  async create(): Promise<void> {
    const veth = linkName(this.name)
    await endAll(this.#namespace)
    await quiet('ip', 'netns', 'del', this.#namespace)
    await quiet('ip', 'link', 'del', veth)
    await exec('ip', ['netns', 'add', this.#namespace])
    await exec('ip', ['link', 'add', veth, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.#namespace])
    await exec('ip', ['link', 'set', veth, 'master', BRIDGE, 'up'])
    await this.run('ip', 'addr', 'add', `${this.ip}/24`, 'dev', 'eth0')
    await this.run('ip', 'link', 'set', 'lo', 'up')
    await this.run('ip', 'link', 'set', 'eth0', 'up')
    await this.run('ip', 'route', 'add', 'default', 'via', `${SUBNET}.254`)
  }

  async run(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await exec('nsenter', [`--net=/run/netns/${this.#namespace}`, command, ...args], {
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }

  start(command: string, args: readonly string[], log: string): ChildProcess {
    const child = spawn('nsenter', [`--net=/run/netns/${this.#namespace}`, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env },
    })
    const file = createWriteStream(join(LOGS, `${this.name}-${log}`), { flags: 'a' })
    child.stdout.pipe(file)
    child.stderr.pipe(file)
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  async docker(...args: string[]): Promise<string> {
    const { stdout } = await exec('docker', ['-H', `unix://${this.dockerSocket}`, ...args], {
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout
  }

  async startDocker(): Promise<void> {
    this.#dockerd = this.start(
      'dockerd',
      [
        '--bridge=none',
        '--iptables=false',
        '--data-root',
        join(this.dir, 'docker'),
        '--exec-root',
        join(this.dir, 'exec'),
        '--pidfile',
        join(this.dir, 'docker.pid'),
        '-H',
        `unix://${this.dockerSocket}`,
      ],
      'dockerd.log',
    )
    await waitUntil(
      `Docker of ${this.name}`,
      async () => (await quiet('docker', '-H', `unix://${this.dockerSocket}`, 'version')) === 0,
      30_000,
    )
  }

  async stopDocker(): Promise<void> {
    if (this.#dockerd) await end(this.#dockerd)
    this.#dockerd = undefined
  }

  async destroy(): Promise<void> {
    for (const child of [...this.#children].filter(c => c !== this.#dockerd)) await end(child)
    if (this.#dockerd) {
      const ids = (await this.docker('ps', '-aq').catch(() => '')).split('\n').filter(Boolean)
      if (ids.length > 0) await this.docker('rm', '-f', ...ids).catch(() => '')
      await this.stopDocker()
    }
    for (const line of readFileSync('/proc/mounts', 'utf8').split('\n').reverse()) {
      const [, target = ''] = line.split(' ')
      if (target.startsWith(this.dir)) await quiet('umount', '-l', target)
    }
    await quiet('ip', 'netns', 'del', this.#namespace)
    await quiet('ip', 'link', 'del', linkName(this.name))
  }
}

/** Name of a host's namespace, and of its link outside. */
const linkName = (host: string): string => `klt${SLOT || ''}-${host}`.slice(0, 15)

/** Ends a child: TERM, and KILL where that is not enough. */
export async function end(child: ChildProcess, patienceMs = 20_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await ended
  clearTimeout(timer)
}

/** Ends what a run that was broken off has left in a namespace. */
async function endAll(namespace: string): Promise<void> {
  const pids = async (): Promise<number[]> =>
    (await exec('ip', ['netns', 'pids', namespace]).catch(() => ({ stdout: '' }))).stdout
      .split('\n')
      .filter(Boolean)
      .map(Number)
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    for (const pid of await pids()) {
      try {
        process.kill(pid, name)
      } catch {
        // It has ended by itself.
      }
    }
  }
  await signal('SIGTERM')
  await waitUntil('the end of an earlier run', async () => (await pids()).length === 0, 15_000).catch(() =>
    signal('SIGKILL'),
  )
}

async function quiet(command: string, ...args: string[]): Promise<number> {
  return exec(command, args).then(
    () => 0,
    (error: { code?: number }) => error.code ?? -1,
  )
}

/** The program under test: the built binary where it is there, else the sources. */
export function kubelite(): string {
  const root = process.cwd()
  const binary = process.env.KUBELITE_BINARY ?? join(root, 'dist/kubelite')
  return existsSync(binary) ? binary : join(root, 'bin/kubelite')
}
