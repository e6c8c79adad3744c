import { duplicate, type FieldError, forbidden, invalid, required } from '../../../base/field-error.ts'
import { ownOf } from '../../../base/json.ts'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from '../../../base/quantity.ts'
import type {
  Container,
  ContainerResizePolicy,
  PodSpec,
  ResourceClaim,
  ResourceRequirements,
} from '../../generated/types.ts'
import { wasGivenEmpty } from '../../schema/decode.ts'
import { isDnsLabel } from '../../validation/names.ts'
import { addInvalid, checkChoice, type Faults } from './faults.ts'
import type { PodRules } from './options.ts'
import {
  checkContainerResourceName,
  checkPodResourceName,
  checkResourceAmount,
  isHugePages,
  isOvercommitAllowed,
  isWholePages,
} from './resource-names.ts'

type NameCheck = (name: string, path: string, out: Faults) => void
/** Amounts by resource, as they stand in objects. */
export type ResourceList = Readonly<Record<string, string>>

/** Requests, limits and claims of a container, or of the pod as a whole. */
export function checkRequirements(
  requirements: ResourceRequirements | undefined,
  claimNames: ReadonlySet<string>,
  path: string,
  rules: PodRules,
  out: Faults,
  checkName: NameCheck = checkContainerResourceName,
): void {
  if (!requirements) return
  const { limits = {}, requests = {}, claims = [] } = requirements
  checkAmounts(limits, `${path}.limits`, rules, checkName, out)
  for (const name of sortedNames(requests)) {
    checkAmount(name, requests[name] ?? '0', `${path}.requests[${name}]`, rules, checkName, out)
    checkAgainstLimit(name, requests[name] ?? '0', ownOf(limits, name), path, out)
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    out.push(forbidden(path, 'HugePages require cpu or memory'))
  }
  checkClaims(claims, claimNames, `${path}.claims`, out)
}

const sortedNames = (list: ResourceList): string[] => Object.keys(list).sort()

/** The overhead of a runtime class is checked as limits are. */
export function checkOverhead(overhead: ResourceList, path: string, rules: PodRules, out: Faults): void {
  checkRequirements({ limits: { ...overhead } }, new Set(), path, rules, out)
}

function checkAmounts(list: ResourceList, path: string, rules: PodRules, checkName: NameCheck, out: Faults): void {
  for (const name of sortedNames(list)) checkAmount(name, list[name] ?? '0', `${path}[${name}]`, rules, checkName, out)
}

function checkAmount(
  name: string,
  text: string,
  path: string,
  rules: PodRules,
  checkName: NameCheck,
  out: Faults,
): void {
  checkName(name, path, out)
  const amount = parseQuantity(text)
  checkResourceAmount(name, amount, text, path, out)
  if (isHugePages(name) && !rules.unevenHugePages && !isWholePages(name, amount)) {
    out.push(invalid(path, text, `${text} is not positive integer multiple of ${name}`))
  }
}

function checkAgainstLimit(name: string, request: string, limit: string | undefined, path: string, out: Faults): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name)) {
      out.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    }
    return
  }
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit))
  if (order !== 0 && !isOvercommitAllowed(name)) {
    out.push(invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`))
  } else if (order > 0) {
    out.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`))
  }
}

function checkClaims(claims: readonly ResourceClaim[], known: ReadonlySet<string>, path: string, out: Faults): void {
  const seen = new Set<string>()
  claims.forEach((claim, i) => {
    const at = `${path}[${i}]`
    if (!claim.name) {
      out.push(required(at))
      return
    }
    checkClaimOnce(claim, seen, at, out)
    if (known.has(claim.name)) return
    const choices = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`
    out.push(unknownClaim(at, claim.name, `must be one of the names in pod.spec.resourceClaims${choices}`))
  })
}

function checkClaimOnce(claim: ResourceClaim, seen: Set<string>, at: string, out: Faults): void {
  if (seen.has(claim.name)) {
    out.push(duplicate(at, claim.name))
    return
  }
  if (claim.request) addInvalid(out, `${at}.request`, claim.request, isDnsLabel(claim.request))
  const key = claim.request ? `${claim.name}/${claim.request}` : claim.name
  const overlaps = claim.request ? [] : [...seen].filter(other => other.startsWith(`${claim.name}/`))
  if (seen.has(key)) out.push(duplicate(at, key))
  else for (const _ of overlaps) out.push(duplicate(at, claim.name))
  seen.add(key)
}

const unknownClaim = (field: string, name: string, detail: string): FieldError => ({
  reason: 'FieldValueNotFound',
  field,
  message: `Not found: ${JSON.stringify(name)}: ${detail}`,
})

/** What a container's resize of cpu or memory means for its process. */
export function checkResizePolicy(
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string | undefined,
  path: string,
  out: Faults,
): void {
  const seen = new Set<string>()
  policies.forEach((policy, i) => {
    if (seen.has(policy.resourceName)) out.push(duplicate(`${path}[${i}]`, policy.resourceName))
    seen.add(policy.resourceName)
    checkChoice(policy.resourceName, ['cpu', 'memory'], path, out)
    checkChoice(policy.restartPolicy, ['NotRequired', 'RestartContainer'], path, out)
    if (podRestartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired') {
      out.push(invalid(path, policy.restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"))
    }
  })
}

/** Amounts for the pod as a whole, and how its containers fit into them. */
export function checkPodResources(
  spec: PodSpec,
  claimNames: ReadonlySet<string>,
  specPath: string,
  rules: PodRules,
  out: Faults,
): void {
  const { resources } = spec
  if (!resources) return
  const path = `${specPath}.resources`
  if (spec.os?.name === 'windows') {
    out.push(forbidden(path, 'may not be set for a windows pod'))
    return
  }
  if (resources.claims || wasGivenEmpty(resources, 'claims'))
    out.push(forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level'))
  checkRequirements(resources, claimNames, path, rules, out, checkPodResourceName)
  checkAggregate(resources.requests ?? {}, sumOfContainers(spec, 'requests'), 'requests', () => true, path, out)
  checkAggregate(resources.limits ?? {}, sumOfContainers(spec, 'limits'), 'limits', isHugePages, path, out)
  const podLimits = resources.limits ?? {}
  spec.containers.forEach((container, i) => {
    const limits = container.resources?.limits ?? {}
    for (const name of sortedNames(limits)) {
      const [own, pod] = [limits[name], ownOf(podLimits, name)]
      if (own === undefined || pod === undefined) continue
      if (compareQuantities(parseQuantity(own), parseQuantity(pod)) > 0) {
        const field = `${path}.containers[${i}][${name}].limits`
        out.push(invalid(field, own, `must be less than or equal to pod limits of ${pod}`))
      }
    }
  })
}

function checkAggregate(
  pod: ResourceList,
  sums: ReadonlyMap<string, Quantity>,
  what: 'requests' | 'limits',
  applies: (name: string) => boolean,
  path: string,
  out: Faults,
): void {
  for (const [name, sum] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = ownOf(pod, name)
    if (text === undefined || !applies(name)) continue
    if (compareQuantities(sum, parseQuantity(text)) > 0) {
      const detail = `must be greater than or equal to aggregate container ${what} of ${formatQuantity(sum)}`
      out.push(invalid(`${path}.${what}[${name}]`, text, detail))
    }
  }
}

/**
 * What the containers need together: the running ones at once, or an init container beside the
 * sidecars started before it, whichever is more.
 */
export function sumOfContainers(
  spec: Pick<PodSpec, 'containers' | 'initContainers'>,
  what: 'requests' | 'limits',
): Map<string, Quantity> {
  const total = new Map<string, Quantity>()
  const sidecars = new Map<string, Quantity>()
  const init = new Map<string, Quantity>()
  for (const container of spec.containers ?? []) addList(total, container.resources?.[what])
  for (const container of spec.initContainers ?? []) {
    const list = container.resources?.[what]
    if (isSidecar(container)) {
      addList(total, list)
      addList(sidecars, list)
      raise(init, sidecars)
    } else {
      const during = new Map<string, Quantity>()
      addList(during, list)
      for (const [name, amount] of sidecars) add(during, name, amount)
      raise(init, during)
    }
  }
  raise(total, init)
  return total
}

/** An init container that keeps running. */
export const isSidecar = (container: Pick<Container, 'restartPolicy'> | undefined): boolean =>
  container?.restartPolicy === 'Always'

function addList(to: Map<string, Quantity>, list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) add(to, name, parseQuantity(text))
}

function add(to: Map<string, Quantity>, name: string, amount: Quantity): void {
  const before = to.get(name)
  to.set(name, before ? addQuantities(before, amount) : amount)
}

function raise(to: Map<string, Quantity>, other: ReadonlyMap<string, Quantity>): void {
  for (const [name, amount] of other) {
    const before = to.get(name)
    if (!before || compareQuantities(amount, before) > 0) to.set(name, amount)
  }
}
