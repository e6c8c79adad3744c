import { MILLI, parseQuantity, scaledValue } from '../../../base/quantity.ts'
import type { PersistentVolumeClaimSpec, Volume, VolumeProjection } from '../../generated/types.ts'

const GONE = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['ephemeral', '', ''],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const satisfies readonly (readonly [keyof Volume, string, string])[]

/** Volume types that no kubelet mounts any more, and files that would overwrite each other. */
export function volumeWarnings(volumes: readonly Volume[], path: string): string[] {
  return [
    ...volumes.flatMap((volume, i) =>
      GONE.flatMap(([field, shown, text]) => {
        if (volume[field] === undefined) return []
        if (field !== 'ephemeral') return [`${path}[${i}].${shown}: ${text}`]
        const spec = volume.ephemeral?.volumeClaimTemplate?.spec
        return spec ? claimSpecWarnings(spec, `${path}[${i}].ephemeral.volumeClaimTemplate.spec`) : []
      }),
    ),
    ...volumes.flatMap(overlaps),
  ]
}

/** Amounts of storage that are no whole number of bytes. */
export function claimSpecWarnings(spec: PersistentVolumeClaimSpec, path: string): string[] {
  return (['requests', 'limits'] as const).flatMap(list => {
    const text = spec.resources?.[list]?.['storage']
    if (text === undefined || scaledValue(parseQuantity(text), MILLI) % 1000 === 0) return []
    const value = JSON.stringify(text)
    return [`${path}.resources.${list}[storage]: fractional byte value ${value} is invalid, must be an integer`]
  })
}

interface Placed {
  readonly path: string
  readonly source: string
}

/** Files of one volume whose paths are equal or lie within each other. */
function overlaps(volume: Volume): string[] {
  const { configMap, secret, downwardAPI, projected } = volume
  const say = (what: string, text: string) =>
    `volume ${JSON.stringify(volume.name)} (${what}): overlapping paths: ${text}`
  const own = (what: string, items: readonly { path: string }[] | undefined) =>
    collisions((items ?? []).map(item => ({ path: item.path, source: '' }))).map(text => say(what, text))
  return [
    ...own(`ConfigMap ${JSON.stringify(configMap?.name ?? '')}`, configMap?.items),
    ...own(`Secret ${JSON.stringify(secret?.secretName ?? '')}`, secret?.items),
    ...own('DownwardAPI', downwardAPI?.items),
    ...(projected?.sources ?? [])
      .filter(source => Object.keys(source).length === 0)
      .map(() => `volume ${JSON.stringify(volume.name)} (Projected) has no sources provided`),
    ...collisions((projected?.sources ?? []).flatMap(placedBy)).map(text => say('Projected', text)),
  ]
}

function placedBy({ configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection): Placed[] {
  const all = (items: readonly { path: string }[], source: string) => items.map(({ path }) => ({ path, source }))
  if (configMap?.items) return all(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`)
  if (secret?.items) return all(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`)
  if (downwardAPI?.items) return all(downwardAPI.items, 'DownwardAPI')
  return serviceAccountToken ? [{ path: serviceAccountToken.path, source: 'ServiceAccountToken' }] : []
}

function collisions(files: readonly Placed[]): string[] {
  const known: Placed[] = []
  return files.flatMap(file => {
    const here = { ...file, path: file.path.replace(/\/+$/, '') }
    const found = here.path ? known.filter(other => other.path && meets(here.path, other.path)) : []
    known.push(here)
    return found.map(other => `${placedText(here)} with ${placedText(other)}`)
  })
}

const meets = (a: string, b: string): boolean => `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`)

const placedText = ({ path, source }: Placed): string => JSON.stringify(path) + (source ? ` (${source})` : '')
