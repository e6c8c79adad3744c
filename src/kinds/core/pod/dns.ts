import { forbidden, invalid, required, tooLong } from '../../../base/field-error.ts'
import type { HostAlias, PodDNSConfig, PodSpec } from '../../generated/types.ts'
import { validateLegacyIp } from '../../validation/ip.ts'
import { isDnsSubdomain, maxLengthError, regexError } from '../../validation/names.ts'
import { addInvalid, type Faults } from './faults.ts'

const MAX_NAMESERVERS = 3
const MAX_SEARCHES = 32
const MAX_SEARCH_BYTES = 2048
const MAX_HOSTNAME = 64

const SEARCH_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SEARCH = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`
const SEARCH_SHAPE = new RegExp(`^${SEARCH}$`)
const SEARCH_TEXT = regexError(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  SEARCH,
  'example.com',
)

/** Resolver settings of the pod. */
export function checkDnsConfig(spec: PodSpec, path: string, out: Faults): void {
  const config = spec.dnsConfig
  if (spec.dnsPolicy === 'None') {
    if (!config) {
      out.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'))
      return
    }
    if (!config.nameservers?.length) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      out.push(required(`${path}.nameservers`, text))
      return
    }
  }
  if (config) checkConfig(config, path, out)
}

function checkConfig(config: PodDNSConfig, path: string, out: Faults): void {
  const { nameservers = [], searches = [], options = [] } = config
  if (nameservers.length > MAX_NAMESERVERS) {
    const text = `must not have more than ${MAX_NAMESERVERS} nameservers`
    out.push(invalid(`${path}.nameservers`, nameservers, text))
  }
  nameservers.forEach((server, i) => out.push(...validateLegacyIp(`${path}.nameservers[${i}]`, server)))
  if (searches.length > MAX_SEARCHES) {
    out.push(invalid(`${path}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`))
  }
  if (searches.join(' ').length > MAX_SEARCH_BYTES) {
    const text = `must not have more than ${MAX_SEARCH_BYTES} characters (including spaces) in the search list`
    out.push(invalid(`${path}.searches`, searches, text))
  }
  searches.forEach((search, i) => {
    if (search !== '.') checkSearch(search.replace(/\.$/, ''), `${path}.searches[${i}]`, out)
  })
  options.forEach((option, i) => {
    if (!option.name) out.push(required(`${path}.options[${i}]`, 'must not be empty'))
  })
}

function checkSearch(search: string, path: string, out: Faults): void {
  if (search.length > 253) out.push(invalid(path, search, maxLengthError(253)))
  if (!SEARCH_SHAPE.test(search)) out.push(invalid(path, search, SEARCH_TEXT))
}

/** Lines of the pod's hosts file. */
export function checkHostAliases(aliases: readonly HostAlias[], path: string, out: Faults): void {
  aliases.forEach((alias, i) => {
    out.push(...validateLegacyIp(`${path}[${i}].ip`, alias.ip ?? ''))
    alias.hostnames?.forEach((name, j) => addInvalid(out, `${path}[${i}].hostnames[${j}]`, name, isDnsSubdomain(name)))
  })
}

/** A host name instead of the pod's own. */
export function checkHostnameOverride(spec: PodSpec, path: string, out: Faults): void {
  const name = spec.hostnameOverride
  if (name === undefined) return
  const at = `${path}.hostnameOverride`
  if (spec.setHostnameAsFQDN) out.push(forbidden(at, 'may not be specified when setHostnameAsFQDN is true'))
  if (spec.hostNetwork) out.push(forbidden(at, 'may not be specified when hostNetwork is true'))
  if (name.length > MAX_HOSTNAME) out.push(tooLong(at, MAX_HOSTNAME))
  addInvalid(out, at, name, isDnsSubdomain(name))
}
