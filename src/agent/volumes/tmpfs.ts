import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { run } from '../../base/run.ts'

/** Makes `dir` a file system in memory unless it is one. `sizeBytes` 0 leaves the kernel's limit (half of the memory). */
export async function mountTmpfs(dir: string, sizeBytes: number): Promise<void> {
  await mkdir(dir, { recursive: true })
  if (await isMountPoint(dir)) return
  const options = [...(sizeBytes ? [`size=${sizeBytes}`] : []), 'mode=1777']
  await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', dir])
}

/** True when another file system begins at `dir`. */
export async function isMountPoint(dir: string): Promise<boolean> {
  const [own, parent] = await Promise.all([stat(dir), stat(dirname(dir))])
  return own.dev !== parent.dev
}

/** True when something is mounted at `dir`, also from the same file system. */
export async function isMounted(dir: string): Promise<boolean> {
  return (await mountPaths()).includes(dir)
}

/** Ends all mounts at or below `dir`, deepest first. */
export async function unmountBelow(dir: string): Promise<void> {
  const mounts = (await mountPaths()).filter(path => path === dir || path.startsWith(`${dir}/`))
  // Lazily: a process that still looks into it must not keep the pod's directory.
  for (const path of mounts.sort().reverse()) await run('umount', ['-l', path])
}

async function mountPaths(): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  return text.split('\n').map(line => unescape(line.split(' ')[4] ?? ''))
}

/** The kernel writes blanks and the like as octal numbers. */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
