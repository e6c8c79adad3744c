import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirs } from '../base/dirs.ts'
import { ConfigError } from './options.ts'

/**
 * Takes a directory for this process: two servers on one data directory would destroy it. The file names the
 * process, when it started and the boot, so that a file left by kill -9 or a reboot does not count.
 */
export function takeLock(path: string): Disposable {
  return explainPath('data-dir', dirname(path), () => take(path))
}

function take(path: string): Disposable {
  makeDirs(dirname(path))
  const mine = `${process.pid} ${startOf(process.pid) ?? ''} ${bootId()}\n`
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' })
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const [pid = '', started = '', boot = ''] = readFileSync(path, 'utf8').trim().split(' ')
      if (started !== '' && startOf(Number(pid)) === started && boot === bootId()) {
        throw new ConfigError(
          `${dirname(path)} is in use by another kubelite (process ${pid}): stop it, or give another --data-dir`,
        )
      }
      rmSync(path, { force: true })
    }
  }
  throw new ConfigError(`Cannot take ${path}`)
}

/** Start time of a process in clock ticks since boot; undefined where there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Another after each boot: process numbers and ticks begin anew then. Empty where the system does not tell. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** What to do about a path that cannot be made or written, by the system's word for it. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not: run as root, or give a path of your own',
  EPERM: 'this user may not: run as root, or give a path of your own',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
  EISDIR: 'there is a directory of that name',
  ENOENT: 'the system has no such place',
}

/** Makes the data directory, for its owner only. Says what to do where that fails. */
export function makeDataDir(dir: string): void {
  explainPath('data-dir', dir, () => makeDirs(dir, 0o700))
}

/** Runs `make`, which makes what the flag names; faults of the system become a ConfigError that names the flag. */
export function explainPath<T>(flag: string, path: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const remedy = REMEDIES[(error as NodeJS.ErrnoException).code ?? '']
    if (!remedy) throw error
    throw new ConfigError(`--${flag}: cannot make or write ${path}: ${remedy}`)
  }
}
