import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from './options.ts'

/**
 * Takes a directory for this process: two servers on one data directory would destroy it. The file names the
 * process and when it started, so that a file left by kill -9 or a reboot does not count.
 */
export function takeLock(path: string): Disposable {
  mkdirSync(dirname(path), { recursive: true })
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}\n`
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx' })
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const [pid = '', started = ''] = readFileSync(path, 'utf8').trim().split(' ')
      if (startOf(Number(pid)) === started && started !== '') {
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

/** Makes the data directory, for its owner only. Says what to do where this user may not. */
export function makeDataDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') throw error
    throw new ConfigError(`--data-dir: this user may not make ${dir}: run as root, or give a directory of your own`)
  }
}
