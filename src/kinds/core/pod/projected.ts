import { forbidden, invalid, required } from '../../../base/field-error.ts'
import type { ProjectedVolumeSource, ServiceAccountTokenProjection } from '../../generated/types.ts'
import { checkMode, type Faults } from './faults.ts'
import type { PodRules } from './options.ts'
import { checkUnreservedPath } from './paths.ts'
import { checkDownwardFile, checkKeyToPath } from './volume-files.ts'

/**
 * A volume made of several sources, whose files may not meet. Cluster trust bundles and pod certificates are
 * dropped before validation: their gates are off in 1.36.
 */
export function checkProjected(projected: ProjectedVolumeSource, path: string, rules: PodRules, out: Faults): void {
  checkMode(projected.defaultMode, `${path}.defaultMode`, out)
  const taken = new Set<string>()
  const take = (file: string, shown: string): void => {
    if (!file) return
    if (taken.has(file)) out.push(invalid(path, shown, 'conflicting duplicate paths'))
    taken.add(file)
  }
  projected.sources?.forEach((source, i) => {
    const at = `${path}.sources[${i}]`
    for (const kind of ['secret', 'configMap'] as const) {
      const keyed = source[kind]
      if (!keyed) continue
      const name = keyed.name ?? ''
      if (!name) out.push(required(`${at}.${kind}.name`))
      keyed.items?.forEach((item, k) => {
        checkKeyToPath(item, `${at}.${kind}.items[${k}]`, out)
        take(item.path, name)
      })
    }
    for (const file of source.downwardAPI?.items ?? []) {
      checkDownwardFile(file, `${at}.downwardAPI`, out)
      take(file.path, file.path)
    }
    if (source.serviceAccountToken) checkToken(source.serviceAccountToken, at, path, rules, out)
    const given = [source.secret, source.configMap, source.downwardAPI, source.serviceAccountToken]
    if (given.filter(Boolean).length > 1) {
      out.push(forbidden(at, 'may not specify more than 1 volume type per source'))
    }
  })
}

const MIN_SECONDS = 600

function checkToken(
  token: ServiceAccountTokenProjection,
  at: string,
  volumePath: string,
  rules: PodRules,
  out: Faults,
): void {
  const seconds = token.expirationSeconds ?? 0
  const field = `${at}.serviceAccountToken.expirationSeconds`
  if (seconds < MIN_SECONDS) out.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > 2 ** 32) out.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'))
  if (!token.path) out.push(required(`${volumePath}.path`))
  else if (!rules.nonLocalTokenPath) checkUnreservedPath(token.path, `${volumePath}.path`, out)
}
