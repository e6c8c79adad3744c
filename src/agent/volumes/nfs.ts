import { mkdir } from 'node:fs/promises'
import { hostFiles } from '../../base/host-files.ts'
import { runResult } from '../../base/run.ts'
import { isMountPoint } from './tmpfs.ts'
import type { VolumeType } from './volume.ts'

/** A directory of an NFS server. The node needs the programs that mount such file systems. */
export const nfs: VolumeType = {
  field: 'nfs',
  plugin: 'kubernetes.io~nfs',
  live: false,
  async setUp({ volume, dir, readOnly, mountOptions }) {
    const { server = '', path = '', readOnly: always = false } = volume.nfs ?? {}
    const isReadOnly = readOnly || always
    await mkdir(dir, { recursive: true, mode: 0o750 })
    if (await isMountPoint(dir)) return { path: dir, readOnly: isReadOnly }
    const host = server.includes(':') ? `[${server}]` : server
    const options = [...new Set([...mountOptions, ...(isReadOnly ? ['ro'] : [])])]
    const args = ['-t', 'nfs', ...(options.length ? ['-o', options.join(',')] : []), `${host}:${path}`, dir]
    const { code, stdout, stderr } = await runResult(...hostFiles().program('mount', ...args))
    if (code !== 0) {
      const output = (stderr + stdout).trim()
      throw new Error(
        `mount failed: exit status ${code}\nMounting command: mount\nMounting arguments: ${args.join(' ')}\nOutput: ${output}\n`,
      )
    }
    return { path: dir, readOnly: isReadOnly }
  },
}
