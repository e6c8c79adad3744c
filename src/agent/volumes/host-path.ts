import type { Stats } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { makeDirs } from '../../base/dirs.ts'
import { hostFiles } from '../../base/host-files.ts'
import type { VolumeType } from './volume.ts'

interface Check {
  readonly is: (s: Stats) => boolean
  readonly text: string
  readonly make?: (path: string) => Promise<unknown>
}

const DIRECTORY: Check = { is: s => s.isDirectory(), text: 'a directory' }
const FILE: Check = { is: s => s.isFile(), text: 'a file' }
const CHECKS: Record<string, Check> = {
  Directory: DIRECTORY,
  DirectoryOrCreate: { ...DIRECTORY, make: async path => makeDirs(path, 0o755) },
  File: FILE,
  FileOrCreate: { ...FILE, make: path => writeFile(path, '', { mode: 0o644, flag: 'a' }) },
  Socket: { is: s => s.isSocket(), text: 'a socket file' },
  CharDevice: { is: s => s.isCharacterDevice(), text: 'a character device' },
  BlockDevice: { is: s => s.isBlockDevice(), text: 'a block device' },
}

/** A path of the node itself. */
export const hostPath: VolumeType = {
  field: 'hostPath',
  plugin: 'kubernetes.io~host-path',
  live: false,
  async setUp({ volume }) {
    const { path = '', type } = volume.hostPath ?? {}
    const here = hostFiles().reach(path)
    const found = await stat(here).catch(() => undefined)
    if (!type) {
      // The engine refuses to mount what is not there; Kubernetes makes a directory.
      if (!found) makeDirs(here, 0o755)
      return { path, readOnly: false }
    }
    const check = CHECKS[type]
    if (!check) throw new Error(`${type} is an invalid volume type`)
    if (!found && check.make) await check.make(here)
    else if (!found || !check.is(found)) throw new Error(`hostPath type check failed: ${path} is not ${check.text}`)
    return { path, readOnly: false }
  },
}
