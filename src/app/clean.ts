import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pauseImageName } from '../agent/runtime/pause-image.ts'
import { DockerRuntime } from '../agent/runtime/docker.ts'
import { SystemClock } from '../base/clock.ts'
import { silentLogger } from '../base/log.ts'
import { runResult } from '../base/run.ts'
import { removeNodeNetwork } from '../network/node-network.ts'
import { type CommonConfig, paths } from './config.ts'

/** Removes the pods, mounts, links, routes and rules of this machine's node. Gives a line for each thing removed. */
export async function cleanNode(config: CommonConfig): Promise<string[]> {
  const out: string[] = []
  if (config.node.runtime === 'docker' && existsSync(config.node.dockerSocket))
    out.push(...(await removeContainers(config)))
  const mounts = await unmountBelow(paths(config.dataDir).node)
  if (mounts > 0) out.push(`unmounted ${mounts} volumes`)
  out.push(...(await removeNodeNetwork()))
  return out.length > 0 ? out : ['nothing to remove']
}

async function removeContainers(config: CommonConfig): Promise<string[]> {
  const { node, dataDir } = config
  const runtime = new DockerRuntime({
    socket: node.dockerSocket,
    owner: ownerOf(dataDir),
    dir: join(paths(dataDir).node, 'runtime'),
    clock: new SystemClock(),
    log: silentLogger,
  })
  const containers = await runtime.list()
  // Containers before the sandboxes whose namespaces they live in.
  const order = [...containers].sort((a, b) => Number(a.kind === 'sandbox') - Number(b.kind === 'sandbox'))
  for (const c of order) await runtime.removeContainer(c.id)
  const image = await runtime.findImage(pauseImageName())
  if (image) await runtime.removeImage(image.id).catch(() => {})
  await runtime.stop()
  return containers.length > 0 ? [`removed ${containers.length} containers`] : []
}

/** Whose containers they are: those of one data directory. */
export function ownerOf(dataDir: string): string {
  return dataDir
}

async function unmountBelow(dir: string): Promise<number> {
  const targets = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter(target => target.startsWith(`${dir}/`))
  for (const target of targets.reverse()) await runResult('umount', ['-l', target])
  return targets.length
}
