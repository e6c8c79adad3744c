import { type FieldError, forbidden, invalid } from '../../../base/field-error.ts'
import type { AppArmorProfile, ObjectMeta, PodSpec, SeccompProfile, Toleration } from '../../generated/types.ts'
import type { Faults } from './faults.ts'
import type { PodRules } from './options.ts'
import { checkDescendingPath } from './paths.ts'
import { checkTolerations } from './scheduling.ts'
import { containersWithPaths } from './security.ts'

export const MIRROR_POD = 'kubernetes.io/config.mirror'
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations'
export const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'
export const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/'

type Annotations = Readonly<Record<string, string>>

/** Annotations that mean something to Kubernetes. */
export function checkPodAnnotations(
  annotations: Annotations,
  spec: PodSpec,
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  const mirror = annotations[MIRROR_POD]
  if (mirror !== undefined && !spec.nodeName) {
    const text = 'must set spec.nodeName if mirror pod annotation is set'
    out.push(invalid(`${path}[${MIRROR_POD}]`, mirror, text))
  }
  if (annotations[TOLERATIONS]) checkTolerationsAnnotation(annotations[TOLERATIONS], path, out)
  const cost = annotations[DELETION_COST]
  if (!rules.badDeletionCost && cost !== undefined && !isDeletionCost(cost)) {
    out.push(invalid(`${path}[${DELETION_COST}]`, cost, 'must be a 32bit integer'))
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) checkSeccompName(value, `${path}.${key}`, out)
  }
  for (const [key, value] of Object.entries(annotations)) {
    if (key.startsWith(APP_ARMOR)) checkAppArmorName(key, value, spec, path, out)
  }
}

/** A 32-bit integer written without plus sign or leading zeros. */
export function isDeletionCost(text: string): boolean {
  return /^(0|-?[1-9][0-9]*)$/.test(text) && Math.abs(Number(text) + 0.5) < 2 ** 31
}

function checkTolerationsAnnotation(text: string, path: string, out: Faults): void {
  let tolerations: unknown
  try {
    tolerations = JSON.parse(text)
  } catch (e) {
    out.push(invalid(path, TOLERATIONS, String(e)))
    return
  }
  if (Array.isArray(tolerations)) checkTolerations(tolerations as Toleration[], `${path}.${TOLERATIONS}`, out)
}

const SECCOMP_NAMES = ['runtime/default', 'docker/default', 'unconfined']

function checkSeccompName(name: string, path: string, out: Faults): void {
  if (SECCOMP_NAMES.includes(name)) return
  if (name.startsWith('localhost/')) checkDescendingPath(name.slice('localhost/'.length), path, out)
  else out.push(invalid(path, name, 'must be a valid seccomp profile'))
}

function checkAppArmorName(key: string, profile: string, spec: PodSpec, path: string, out: Faults): void {
  const name = key.slice(APP_ARMOR.length)
  const known = [...containersWithPaths(spec, '')].some(({ container }) => container.name === name)
  if (!known) out.push(invalid(`${path}[${key}]`, name, 'container not found'))
  const good = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/')
  if (!good) {
    const text = `invalid AppArmor profile name: ${JSON.stringify(profile)}`
    out.push(invalid(`${path}[${key}]`, profile, text))
  }
}

/** Where both the old annotation and the field are given, they must say the same. */
export function checkProfileAnnotations(meta: ObjectMeta, spec: PodSpec, path: string, out: Faults): void {
  const annotations = meta.annotations
  if (!annotations) return
  const own = spec.securityContext?.seccompProfile
  const at = `${path}.securityContext.seccompProfile`
  push(out, mismatch('seccomp', annotations[SECCOMP_POD], own, at))
  for (const { container, at: where } of containersWithPaths(spec, path)) {
    const profile = container.securityContext?.seccompProfile
    const annotation = annotations[SECCOMP_CONTAINER + container.name]
    push(out, mismatch('seccomp', annotation, profile, `${where}.securityContext.seccompProfile`))
  }
  if (spec.os?.name === 'windows') return
  for (const { container, at: where } of containersWithPaths(spec, path)) {
    const profile = container.securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile
    const annotation = annotations[APP_ARMOR + container.name]
    push(out, mismatch('apparmor', annotation, profile, `${where}.securityContext.appArmorProfile`))
  }
}

const push = (out: Faults, fault: FieldError | undefined): void => {
  if (fault) out.push(fault)
}

function mismatch(
  what: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: SeccompProfile | AppArmorProfile | undefined,
  path: string,
): FieldError | undefined {
  if (annotation === undefined || !profile) return undefined
  const type = forbidden(`${path}.type`, `${what} type in annotation and field must match`)
  switch (profile.type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? undefined : type
    case 'RuntimeDefault':
      return annotation === 'runtime/default' || (what === 'seccomp' && annotation === 'docker/default')
        ? undefined
        : type
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) return type
      return annotation.slice('localhost/'.length) === profile.localhostProfile
        ? undefined
        : forbidden(`${path}.localhostProfile`, `${what} profile in annotation and field must match`)
    default:
      return undefined
  }
}

/** Annotations of mirror pods and AppArmor stay as they were made. */
export function checkAnnotationChanges(next: Annotations, old: Annotations, path: string, out: Faults): void {
  for (const [key, value] of Object.entries(old)) {
    if (next[key] === value) continue
    if (key.startsWith(APP_ARMOR))
      out.push(forbidden(`${path}[${key}]`, 'may not remove or update AppArmor annotations'))
    if (key === MIRROR_POD) out.push(forbidden(`${path}[${key}]`, 'may not remove or update mirror pod annotation'))
  }
  for (const key of Object.keys(next)) {
    if (Object.hasOwn(old, key)) continue
    if (key.startsWith(APP_ARMOR)) out.push(forbidden(`${path}[${key}]`, 'may not add AppArmor annotations'))
    if (key === MIRROR_POD) out.push(forbidden(`${path}[${key}]`, 'may not add mirror pod annotation'))
  }
}

const INIT_ANNOTATIONS = ['beta', 'alpha'].flatMap(stage => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
])

/** Init containers were annotations once; leftovers are taken out of pods and templates. May change `meta`. */
export function dropInitAnnotations(meta: ObjectMeta | undefined): void {
  if (!meta?.annotations || !INIT_ANNOTATIONS.some(key => key in (meta.annotations ?? {}))) return
  for (const key of INIT_ANNOTATIONS) delete meta.annotations[key]
}
