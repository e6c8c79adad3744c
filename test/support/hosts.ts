import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { GiveUp, waitUntil } from './wait.ts'
import { saw, tail, witness } from './witness.ts'

const exec = promisify(execFile)
/** Runs at the same time on one machine need links and addresses of their own: 0 to 9. */
export const SLOT = Number(process.env.KUBELITE_TEST_SLOT ?? 0)
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

/** The engines' sockets are in there, and the path of a socket has 107 bytes. */
const HOSTS = join(tmpdir().length > 30 ? '/tmp' : tmpdir(), 'kubelite-hosts-')
const TOOLS = [
  'dockerd',
  'docker',
  'ip',
  'nsenter',
  'iptables',
  'conntrack',
  'busybox',
  'curl',
  'tar',
  'script',
  'mount',
]

/** Machines on one link. `dispose` ends all their processes, and removes links, namespaces and files. */
export class Hosts {
  readonly dir = mkdtempSync(HOSTS)
  readonly #hosts: TestHost[] = []
  #number = 0

  static requirements(): void {
    if (process.getuid?.() !== 0)
      throw new Error('These tests make network namespaces and containers: run them as root')
    for (const tool of TOOLS) {
      try {
        execFileSync('which', [tool])
      } catch {
        throw new Error(`These tests need ${tool}: scripts/test installs it`)
      }
    }
  }

  async add(name: string): Promise<Host> {
    if (this.#hosts.length === 0) {
      takeSlot()
      await this.#link()
    }
    for (const log of readdirSync(LOGS)) if (log.startsWith(`${name}-`)) rmSync(join(LOGS, log))
    this.#number++
    const host = new TestHost(name, `${SUBNET}.${this.#number}`, join(this.dir, name))
    this.#hosts.push(host)
    await host.create()
    await host.startDocker()
    return host
  }

  async dispose(): Promise<void> {
    const failures: unknown[] = []
    // One machine that does not go must not keep the others.
    for (const host of this.#hosts) await host.destroy().catch((error: unknown) => failures.push(error))
    if (this.#hosts.length > 0) {
      await quiet('ip', 'link', 'del', BRIDGE)
      await this.#unlink()
      rmSync(SLOT_FILE, { force: true })
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 })
    if (failures.length > 0) throw new AggregateError(failures, `Left behind: ${failures.join('; ')}`)
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
  readonly #witnesses: Disposable[] = []
  #dockerd: ChildProcess | undefined

  constructor(name: string, ip: string, dir: string) {
    this.name = name
    this.ip = ip
    this.dir = dir
    this.#namespace = linkName(name)
    this.dockerSocket = join(dir, 'docker.sock')
    mkdirSync(dir, { recursive: true })
  }

  /** Where this machine's files are, for the next run: it cleans up after one that was broken off. */
  get #note(): string {
    return join(LOGS, `${this.name}.dir`)
  }

  async create(): Promise<void> {
    const veth = linkName(this.name)
    await endAll(this.#namespace)
    await sweep(this.#note)
    writeFileSync(this.#note, this.dir)
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
    return this.#ask(`${this.name}: ${[command, ...args].join(' ').slice(0, 200)}`, 'nsenter', [
      `--net=/run/netns/${this.#namespace}`,
      command,
      ...args,
    ])
  }

  start(command: string, args: readonly string[], log: string): ChildProcess {
    const child = spawn('nsenter', [`--net=/run/netns/${this.#namespace}`, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env },
    })
    const path = join(LOGS, `${this.name}-${log}`)
    const file = createWriteStream(path, { flags: 'a' })
    // Either may end first: the other still writes.
    child.stdout.pipe(file, { end: false })
    child.stderr.pipe(file, { end: false })
    child.once('close', () => file.end())
    this.#witnesses.push(witness(`${this.name}-${log} (${path})`, () => tail(path)))
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  async docker(...args: string[]): Promise<string> {
    return this.#ask(`${this.name}: docker ${args.join(' ')}`, 'docker', ['-H', `unix://${this.dockerSocket}`, ...args])
  }

  async #ask(question: string, command: string, args: string[]): Promise<string> {
    const answer = await exec(command, args, { maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: Error & { stderr?: string; code?: number | string }) => {
        error.message += ` (code ${error.code})`
        saw(question, error.stderr || error.message)
        throw error
      },
    )
    saw(question, answer.stdout)
    return answer.stdout
  }

  async startDocker(): Promise<void> {
    const dockerd = this.start(
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
    this.#dockerd = dockerd
    await waitUntil(`Docker of ${this.name}`, async () => {
      mustLive(dockerd, `The Docker engine of ${this.name}`, join(LOGS, `${this.name}-dockerd.log`))
      return (await quiet('docker', '-H', `unix://${this.dockerSocket}`, 'version')) === 0
    })
  }

  async stopDocker(): Promise<void> {
    // It gives each container its time, one after the other where it has little.
    if (this.#dockerd) await end(this.#dockerd, 90_000)
    this.#dockerd = undefined
  }

  async destroy(): Promise<void> {
    for (const child of [...this.#children].filter(c => c !== this.#dockerd)) await end(child)
    if (this.#dockerd) {
      const ids = (await this.docker('ps', '-aq').catch(() => '')).split('\n').filter(Boolean)
      if (ids.length > 0) await this.docker('rm', '-f', ...ids).catch(() => '')
      await this.stopDocker()
    }
    // Nothing is there any more, but where the engine had to be killed.
    await endAll(this.#namespace)
    endContainers(this.dir)
    await unmountBelow(this.dir)
    await quiet('ip', 'netns', 'del', this.#namespace)
    await quiet('ip', 'link', 'del', linkName(this.name))
    rmSync(this.#note, { force: true })
    for (const w of this.#witnesses.splice(0)) w[Symbol.dispose]()
  }
}

/** Name of a host's namespace, and of its link outside. */
const linkName = (host: string): string => `klt${SLOT || ''}-${host}`.slice(0, 15)

/** Ends a child: TERM, and KILL where that is not enough. */
export async function end(child: ChildProcess, patienceMs = 60_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await ended
  clearTimeout(timer)
}

/** For conditions of waits: gives up where a program that is needed has ended. */
export function mustLive(child: ChildProcess, what: string, log: string): void {
  if (child.exitCode === null && child.signalCode === null) return
  throw new GiveUp(`${what} has ended (${child.signalCode ?? `code ${child.exitCode}`}):\n${tail(log)}`)
}

const SLOT_FILE = join(LOGS, 'run')

/** Two runs in one slot would take each other's links away: says so instead. */
function takeSlot(): void {
  mkdirSync(LOGS, { recursive: true })
  const holder = existsSync(SLOT_FILE) ? readFileSync(SLOT_FILE, 'utf8') : ''
  const program = `/proc/${holder}/cmdline`
  if (holder && holder !== String(process.pid) && existsSync(program) && readFileSync(program, 'utf8').includes('jest'))
    throw new Error(
      `Another run of these tests (process ${holder}) uses slot ${SLOT}: give this one another by KUBELITE_TEST_SLOT, and run the files of one with --runInBand`,
    )
  writeFileSync(SLOT_FILE, String(process.pid))
}

async function unmountBelow(dir: string): Promise<void> {
  for (const line of readFileSync('/proc/mounts', 'utf8').split('\n').reverse()) {
    const [, target = ''] = line.split(' ')
    if (target.startsWith(`${dir}/`)) await quiet('umount', '-l', target)
  }
}

/** Ends the containers of a run that was broken off, and removes its files. */
async function sweep(note: string): Promise<void> {
  const dir = existsSync(note) ? readFileSync(note, 'utf8') : ''
  if (!dir.startsWith(HOSTS) || !existsSync(dir)) return
  endContainers(dir)
  await unmountBelow(dir)
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  // With the last of its machines the run's own directory goes.
  if (readdirSync(dirname(dir)).length === 0) rmdirSync(dirname(dir))
}

/** Ends what runs in containers of an engine that is gone itself: they are in no namespace of ours. */
function endContainers(dir: string): void {
  const containers = join(dir, 'docker/containers')
  const ids = existsSync(containers) ? readdirSync(containers) : []
  if (ids.length === 0) return
  for (const pid of readdirSync('/proc').filter(p => /^\d+$/.test(p))) {
    try {
      const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      if (ids.some(id => groups.includes(id))) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
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
  // Engines take their time to end; what an earlier run has left has no right to it.
  for (let i = 0; i < 50 && (await pids()).length > 0; i++) await new Promise(resolve => setTimeout(resolve, 100))
  await signal('SIGKILL')
  await waitUntil('the end of an earlier run', async () => (await pids()).length === 0)
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
