import type Dockerode from 'dockerode'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hostFiles } from '../../base/host-files.ts'
import { run } from '../../base/run.ts'
import { isMounted } from '../volumes/tmpfs.ts'
import { RuntimeError } from './runtime.ts'

/** The kernel takes one page of options; the rest of them needs a little room too. */
const LONGEST_OPTIONS = 3_900

/** Shows an image's files at `dir`, read-only, without copying them: its layers are directories of the engine. */
export async function mountLayers(docker: Dockerode, image: string, dir: string): Promise<void> {
  const { GraphDriver: driver } = await docker.getImage(image).inspect()
  const { UpperDir: top, LowerDir: lower } = driver.Data as { UpperDir?: string; LowerDir?: string }
  if (!driver.Name.startsWith('overlay') || !top)
    throw new RuntimeError(`image volumes need an engine with overlay layers, and this one has ${driver.Name}`, 501)
  await mkdir(dir, { recursive: true })
  if (await isMounted(dir)) return
  const layers = [top, ...(lower ? lower.split(':') : [])].map(layer => hostFiles().reach(layer))
  if (layers.length > 1) {
    await run('mount', ['-t', 'overlay', '-o', `ro,lowerdir=${await joined(layers)}`, 'overlay', dir])
    return
  }
  // An overlay needs two layers. A bind is made read-only by a second step.
  await run('mount', ['--bind', layers[0] ?? '', dir])
  await run('mount', ['-o', 'remount,bind,ro', dir])
}

/** The layers in one option: by the short names that the engine gives them where there are many. */
async function joined(layers: readonly string[]): Promise<string> {
  const text = layers.join(':')
  if (text.length <= LONGEST_OPTIONS) return text
  const short = layers.map(async layer => {
    const link = await readFile(join(dirname(layer), 'link'), 'utf8').catch(() => '')
    return link ? join(dirname(dirname(layer)), 'l', link.trim()) : layer
  })
  return (await Promise.all(short)).join(':')
}
