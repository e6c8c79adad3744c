import { forbidden, invalid } from '../../../base/field-error.ts'
import type { PodSpec, WindowsSecurityContextOptions } from '../../generated/types.ts'
import { byteLength, isDnsSubdomain } from '../../validation/names.ts'
import { addInvalid, type Faults } from './faults.ts'

const MAX_SPEC_KIB = 64
const MAX_DOMAIN = 256
const MAX_USER = 104
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`)

/** Options that only containers on Windows nodes obey. */
export function checkWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
  out: Faults,
): void {
  if (!options) return
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName: user } = options
  if (name !== undefined) addInvalid(out, `${path}.gmsaCredentialSpecName`, name, isDnsSubdomain(name))
  if (spec === '') {
    out.push(invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'))
  } else if (spec !== undefined && byteLength(spec) > MAX_SPEC_KIB * 1024) {
    const text = `gmsaCredentialSpec size must be under ${MAX_SPEC_KIB} KiB`
    out.push(invalid(`${path}.gmsaCredentialSpec`, spec, text))
  }
  if (user !== undefined) addInvalid(out, `${path}.runAsUserName`, user, windowsUserFaults(user))
}

function windowsUserFaults(text: string): string[] {
  if (text === '') return ['runAsUserName cannot be an empty string']
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\x00-\x1f\x7f]/.test(text)) return ['runAsUserName cannot contain control characters']
  const parts = text.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const [domain, user] = parts.length === 2 ? [parts[0] ?? '', parts[1] ?? ''] : [undefined, text]
  const faults: string[] = []
  if (domain !== undefined) {
    if (byteLength(domain) >= MAX_DOMAIN) {
      faults.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`)
    }
    if (!NETBIOS.test(domain) && !DNS_DOMAIN.test(domain)) {
      faults.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    }
  }
  if (user === '') faults.push("runAsUserName's User cannot be empty")
  else if (byteLength(user) > MAX_USER) {
    faults.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`)
  }
  if (/^[. ]+$/.test(user)) faults.push("runAsUserName's User cannot contain only periods or spaces")
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    faults.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]')
  }
  return faults
}

/** Host process containers: all of them or none, and on the host's network. */
export function checkHostProcess(spec: PodSpec, path: string, out: Faults): void {
  const pod = spec.securityContext?.windowsOptions?.hostProcess
  let all = 0
  let hostProcess = 0
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach((container, i) => {
      all++
      const own = container.securityContext?.windowsOptions?.hostProcess
      if (pod !== undefined && own !== undefined && pod !== own) {
        const field = `${path}.${list}[${i}].securityContext.windowsOptions.hostProcess`
        out.push(invalid(field, own, `pod hostProcess value must be identical if both are specified, was ${pod}`))
      }
      if (own ?? pod) hostProcess++
    })
  }
  if (hostProcess === 0) return
  if (hostProcess !== all) {
    const text = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    out.push(invalid(path, '', text))
  }
  if (!spec.hostNetwork) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers'
    out.push(invalid(`${path}.hostNetwork`, false, text))
  }
}

const POD_FIELDS = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const
const POD_SECURITY = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const
const CONTAINER_SECURITY = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

/** Fields that the named operating system does not know. */
export function checkOsFields(spec: PodSpec, path: string, out: Faults): void {
  const windows = spec.os?.name === 'windows'
  const podSecurity = windows ? POD_SECURITY : (['windowsOptions'] as const)
  const containerSecurity = windows ? CONTAINER_SECURITY : (['windowsOptions'] as const)
  const text = windows ? 'cannot be set for a windows pod' : 'windows options cannot be set for a linux pod'
  if (windows) {
    for (const field of POD_FIELDS) {
      const value = spec[field]
      // Plain booleans count when true; the two that may be absent count as soon as they are given.
      const set = field === 'hostPID' || field === 'hostIPC' ? value === true : value !== undefined
      if (set) out.push(forbidden(`${path}.${field}`, text))
    }
  }
  for (const field of podSecurity) {
    const value = spec.securityContext?.[field]
    if (value !== undefined) out.push(forbidden(`${path}.securityContext.${field}`, text))
  }
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach((container, i) => {
      for (const field of containerSecurity) {
        if (container.securityContext?.[field] === undefined) continue
        out.push(forbidden(`${path}.${list}[${i}].securityContext.${field}`, text))
      }
    })
  }
}
