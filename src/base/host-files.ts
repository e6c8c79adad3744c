import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the host's first process sees as its files. */
const ROOT_OF_INIT = '/proc/1/root'
const MOST_LINKS = 40

/**
 * The files of the host, as its container engine sees them. A kubelite that runs in a container has other files; where
 * it shares the host's processes, the host's are reached by way of process 1. Links are followed by hand there: the
 * kernel would begin an absolute one at our own root.
 */
export class HostFiles {
  readonly #root: string

  /** `root`: where the host's files begin; empty where they are our own. */
  constructor(root: string) {
    this.#root = root
  }

  /** True where they are not our own. */
  get apart(): boolean {
    return this.#root !== ''
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
    return this.#root === '' ? [name, args] : ['nsenter', ['-t', '1', '-m', '--', name, ...args]]
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
  found ??= new HostFiles(inContainer() ? ROOT_OF_INIT : '')
  return found
}

/** True in a container that sees the host's first process: other mounts and another root than that. */
function inContainer(): boolean {
  try {
    const [init, own] = [ROOT_OF_INIT, '/'].map(path => statSync(join(path, '.')))
    const sameRoot = init?.dev === own?.dev && init?.ino === own?.ino
    return !sameRoot && readlinkSync('/proc/1/ns/mnt') !== readlinkSync('/proc/self/ns/mnt')
  } catch {
    // No process 1 to be seen, or no right to look: the files that we have are all there are.
    return false
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
