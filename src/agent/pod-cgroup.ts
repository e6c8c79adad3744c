import { readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hostFiles } from '../base/host-files.ts'
import { runResult } from '../base/run.ts'

/** Removes a pod's empty cgroup: engines make the parent that they are given and leave it. Missing ones are no error. */
export async function removePodCgroup(parent: string, driver: 'cgroupfs' | 'systemd'): Promise<void> {
  if (driver === 'systemd') {
    await runResult(...hostFiles().program('systemctl', 'stop', parent))
    return
  }
  const roots = await cgroupRoots()
  await Promise.all(roots.map(root => rmdir(join(root, parent)).catch(() => {})))
}

let known: Promise<string[]> | undefined

/** Where cgroup hierarchies are mounted: one for version 2, one for each controller for version 1. */
function cgroupRoots(): Promise<string[]> {
  known ??= readFile('/proc/self/mounts', 'utf8').then(
    text =>
      text
        .split('\n')
        .map(line => line.split(' '))
        .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
        .map(([, path = '']) => path),
    () => [],
  )
  return known
}
