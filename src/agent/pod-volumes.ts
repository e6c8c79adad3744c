import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { isAbsolute, join, normalize } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { hostFiles } from '../base/host-files.ts'
import { parseQuantity, scaledValue } from '../base/quantity.ts'
import type { PodPlace } from './downward.ts'
import { ConfigError, expandSubPath } from './env.ts'
import { PodDir, podsDir } from './pod-dir.ts'
import { type ContainerView, containersOf, type PodView, podUidOf, specOf } from './pods.ts'
import type { References } from './references.ts'
import type { Mount } from './runtime/runtime.ts'
import { VOLUME_TYPES } from './volumes/index.ts'
import { unmountBelow } from './volumes/tmpfs.ts'
import type { Behind, ClaimSource } from './volumes/claims.ts'
import { MountError, type TokenSource, type VolumePath, type VolumeView } from './volumes/volume.ts'

export interface PodVolumesOptions {
  readonly dataDir: string
  readonly clock: Clock
  readonly tokens: TokenSource
  readonly claims: ClaimSource
}

export interface VolumeInputs {
  readonly pod: PodView
  readonly references: References
  readonly place: PodPlace
}

/** What pod workers need of volumes. */
export interface VolumeKeeper {
  /** Makes all volumes of a pod, or brings their files up to date. Rejects with {@link MountError} for the first fault. */
  setUp(inputs: VolumeInputs): Promise<ReadonlyMap<string, VolumePath>>
  /** Unmounts and removes everything that the pod has on this node. */
  tearDown(uid: string): Promise<void>
  /** UIDs of the pods that have something on this node. */
  present(): Promise<string[]>
}

/** Volumes of pods that do not really run. */
export const noVolumes: VolumeKeeper = {
  setUp: async ({ pod }) =>
    new Map((specOf(pod).volumes ?? []).map(v => [v.name, { path: '/dev/null', readOnly: true }])),
  tearDown: async () => {},
  present: async () => [],
}

/** Makes, refreshes and removes the volumes of pods on this node. */
export class PodVolumes implements VolumeKeeper {
  readonly #o: PodVolumesOptions

  constructor(options: PodVolumesOptions) {
    this.#o = options
  }

  async setUp(inputs: VolumeInputs): Promise<ReadonlyMap<string, VolumePath>> {
    // Images come with the containers that mount them: their pulls and failures are those of containers.
    const volumes = (specOf(inputs.pod).volumes ?? []).filter(v => !v.image)
    const made = await Promise.allSettled(volumes.map(v => this.#setUpOne(v, inputs)))
    const paths = new Map<string, VolumePath>()
    for (const [i, result] of made.entries()) {
      const { name } = volumes[i] as VolumeView
      if (result.status === 'rejected') throw result.reason
      paths.set(name, result.value)
    }
    return paths
  }

  async #setUpOne(named: VolumeView, inputs: VolumeInputs): Promise<VolumePath> {
    const behind = await this.#o.claims.behind(inputs.pod, named)
    const volume = behind?.volume ?? named
    try {
      const { path, readOnly } = await this.#mount(volume, inputs, behind)
      return { path, readOnly: readOnly || (behind?.readOnly ?? false) }
    } catch (error) {
      throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  #mount(
    volume: VolumeView,
    { pod, references, place }: VolumeInputs,
    behind: Behind | undefined,
  ): Promise<VolumePath> {
    const type = VOLUME_TYPES.find(t => volume[t.field] !== undefined) ?? defaultType(volume)
    if (!type) {
      const [field = ''] = Object.entries(volume).find(([key, value]) => key !== 'name' && value !== undefined) ?? []
      throw new Error(`no volume plugin matched name: ${field}`)
    }
    return type.setUp({
      pod,
      volume,
      dir: new PodDir(this.#o.dataDir, podUidOf(pod)).volume(type.plugin, volume.name),
      references,
      place,
      tokens: this.#o.tokens,
      fsGroup: specOf(pod).securityContext?.fsGroup,
      fsUser: commonUser(pod),
      memoryLimitBytes: memoryLimit(pod),
      readOnly: behind?.readOnly ?? false,
      mountOptions: behind?.mountOptions ?? [],
      now: this.#o.clock.now(),
    })
  }

  async tearDown(uid: string): Promise<void> {
    this.#o.claims.release(uid)
    const { path } = new PodDir(this.#o.dataDir, uid)
    await unmountBelow(path)
    await rm(path, { recursive: true, force: true })
  }

  async present(): Promise<string[]> {
    return readdir(podsDir(this.#o.dataDir)).catch(() => [])
  }
}

/** A volume that names no type is an emptyDir. */
const defaultType = (volume: VolumeView): (typeof VOLUME_TYPES)[number] | undefined =>
  Object.keys(volume).length === 1 ? VOLUME_TYPES.find(t => t.field === 'emptyDir') : undefined

/** The user of all containers where they have one in common. */
function commonUser(pod: PodView): number | undefined {
  const podUser = specOf(pod).securityContext?.runAsUser
  const users = new Set(containersOf(pod).map(c => c.spec.securityContext?.runAsUser ?? podUser))
  return users.size === 1 ? [...users][0] : undefined
}

/** The memory that all containers together may use; 0 where one is without limit. */
function memoryLimit(pod: PodView): number {
  let sum = 0
  for (const c of containersOf(pod)) {
    const limit = c.spec.resources?.limits?.memory
    if (!limit && c.role === 'main') return 0
    if (limit) sum += scaledValue(parseQuantity(limit))
  }
  return sum
}

const PROPAGATION: Record<string, Mount['propagation']> = {
  None: 'private',
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
}

/** A container's mounts of the pod's volumes. Rejects with {@link ConfigError} for a sub-path that leaves its volume. */
export async function volumeMounts(
  container: ContainerView,
  volumes: ReadonlyMap<string, VolumePath>,
  env: ReadonlyMap<string, string>,
): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const m of container.volumeMounts ?? []) {
    const volume = volumes.get(m.name)
    if (!volume) throw new ConfigError(`cannot find volume "${m.name}" to mount into container "${container.name}"`)
    const subPath = m.subPathExpr ? expandSubPath(m.subPathExpr, env) : (m.subPath ?? '')
    mounts.push({
      source: subPath ? await subPathOf(volume, subPath, container.name, m.name) : volume.path,
      target: m.mountPath.startsWith('/') ? m.mountPath : `/${m.mountPath}`,
      readOnly: m.readOnly === true || volume.readOnly,
      propagation: PROPAGATION[m.mountPropagation ?? 'None'] ?? 'private',
    })
  }
  return mounts
}

/** A path inside a volume, made as a directory where it is missing, with all links followed and none leading out. */
async function subPathOf(volume: VolumePath, subPath: string, container: string, name: string): Promise<string> {
  const failed = `failed to prepare subPath for volumeMount "${name}" of container "${container}"`
  if (isAbsolute(subPath)) throw new ConfigError(`error SubPath \`${subPath}\` must not be an absolute path`)
  if (subPath.split('/').includes('..'))
    throw new ConfigError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`)
  const files = hostFiles()
  const root = files.realpath(volume.path)
  let at = root
  for (const part of normalize(subPath).split('/')) {
    if (!part || part === '.') continue
    const next = join(at, part)
    const here = files.reach(next)
    const found = await stat(here).catch(() => undefined)
    if (!found) await mkdir(here, { mode: 0o750 }).catch(() => Promise.reject(new ConfigError(failed)))
    at = files.realpath(next)
    if (at !== root && !at.startsWith(`${root}/`)) throw new ConfigError(failed)
  }
  return at
}
