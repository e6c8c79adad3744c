import { readFile } from 'node:fs/promises'

/** Kills a process of this machine if it really belongs to a container: its number may be somebody else's by now. */
export async function killInContainer(pid: number, containerId: string): Promise<void> {
  if (pid <= 0) return
  const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
  if (!cgroups.includes(containerId)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
