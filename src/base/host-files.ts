import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs'

const MOST_LINKS = 40

/**
 * The files of the host, as its container engine sees them. A kubelite that runs in a container has other files; where
 * it shares the host's processes, the host's are reached by way of the one that started it. Links are followed by hand there: the
 * kernel would begin an absolute one at our own root.
 */
export class HostFiles {
  readonly #pid: number
  readonly #root: string

  /** A process of the host, or 0 where its files are our own; for tests, another directory as the host's root. */
  constructor(pid: number, root = pid === 0 ? '' : `/proc/${pid}/root`) {
    this.#pid = pid
    this.#root = root
  }

  /** True where they are not our own. */
  get apart(): boolean {
    return this.#root !== ''
  }

  /** Directory in /proc of a process of the host: in a container of what started it, else our own. */
  get process(): string {
    return `/proc/${this.#pid || 'self'}`
  }

  /** Where this process reaches a file that the host calls `path`. What is missing stays as it is written. */
  reach(path: string): string {
    return this.#root === '' ? path : this.#root + this.#follow(path)
  }

  /** A file's own name on the host, with all links followed. Throws where it is missing. */
  realpath(path: string): string {
    if (this.#root === '') return realpathSync(path)
    const real = this.#follow(path)
    statSync(this.#root + real)
    return real
  }

  /** A command line that runs one of the host's own programs. */
  program(name: string, ...args: string[]): [command: string, args: string[]] {
    return this.#root === '' ? [name, args] : ['nsenter', ['-t', String(this.#pid), '-m', '--', name, ...args]]
  }

  #follow(path: string): string {
    let todo = path.split('/')
    let at = ''
    let links = 0
    while (todo.length > 0) {
      const part = todo.shift() ?? ''
      if (part === '' || part === '.') continue
      if (part === '..') {
        at = at.slice(0, Math.max(at.lastIndexOf('/'), 0))
        continue
      }
      const next = `${at}/${part}`
      const target = linkTarget(this.#root + next)
      if (target === undefined) {
        at = next
        continue
      }
      if (++links > MOST_LINKS) throw new Error(`too many links: ${path}`)
      if (target.startsWith('/')) at = ''
      todo = [...target.split('/'), ...todo]
    }
    return at || '/'
  }
}

function linkTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined
}

let found: HostFiles | undefined

/** The host's files, found at first use. */
export function hostFiles(): HostFiles {
  found ??= new HostFiles(ancestorOutside()?.pid ?? 0)
  return found
}

/** The namespaces of processes above this one, as far as they are to be seen. */
export interface Ancestor {
  readonly pid: number
  /** False where this process has no right to look at it. */
  readonly open: boolean
  /** True where it has other mounts and another root than this process. */
  readonly outside: boolean
}

/** This process's parent, its parent, and so on. */
export function* ancestors(): Generator<Ancestor> {
  const mounts = readlinkSync('/proc/self/ns/mnt')
  const own = statSync('/')
  for (let pid = process.ppid; pid > 0; pid = parentOf(pid)) {
    try {
      const root = statSync(`/proc/${pid}/root/`)
      const elsewhere = root.dev !== own.dev || root.ino !== own.ino
      yield { pid, open: true, outside: elsewhere && readlinkSync(`/proc/${pid}/ns/mnt`) !== mounts }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      yield { pid, open: code !== 'EACCES' && code !== 'EPERM', outside: false }
    }
  }
}

/** In a container that sees the host's processes: what started it, on the host. */
function ancestorOutside(): Ancestor | undefined {
  for (const a of ancestors()) if (a.outside) return a
  return undefined
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

const SYSTEMD_RESOLVER = '/run/systemd/resolve/resolv.conf'
const RESOLVER = '/etc/resolv.conf'

/** The host's resolver file. Where systemd resolves, the usual file names only a local stub, which pods cannot reach. */
export function hostResolver(): string {
  const files = hostFiles()
  const systemd = files.reach(SYSTEMD_RESOLVER)
  return lstatSync(systemd, { throwIfNoEntry: false }) ? systemd : files.reach(RESOLVER)
}
