import { forbidden, invalid, required } from '../../../base/field-error.ts'
import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../generated/types.ts'
import { validateLabelKey, validateLabelSelector } from '../../validation/labels.ts'
import { isDnsLabel, isDnsSubdomain, isLabelValue } from '../../validation/names.ts'
import { addInvalid, type Faults } from './faults.ts'
import type { PodRules } from './options.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

/** Where a pod wants to be, relative to nodes and other pods. */
export function checkAffinity(affinity: Affinity, path: string, rules: PodRules, out: Faults): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  if (nodeAffinity) {
    const at = `${path}.nodeAffinity`
    const selector = nodeAffinity[REQUIRED]
    if (selector) checkNodeSelector(selector, !rules.badNodeAffinityValues, `${at}.${REQUIRED}`, out)
    nodeAffinity[PREFERRED]?.forEach((term, i) => {
      checkWeight(term.weight, `${at}.${PREFERRED}[${i}]`, out)
      checkNodeTerm(term.preference, false, `${at}.${PREFERRED}[${i}].preference`, out)
    })
  }
  if (podAffinity) checkPodAffinity(podAffinity, `${path}.podAffinity`, rules, out)
  if (podAntiAffinity) checkPodAffinity(podAntiAffinity, `${path}.podAntiAffinity`, rules, out)
}

function checkWeight(weight: number | undefined, path: string, out: Faults): void {
  const value = weight ?? 0
  if (value <= 0 || value > 100) out.push(invalid(`${path}.weight`, value, 'must be in the range 1-100'))
}

/** Terms of which one must hold; also in volumes. */
export function checkNodeSelector(selector: NodeSelector, checkValues: boolean, path: string, out: Faults): void {
  const terms = selector.nodeSelectorTerms ?? []
  const at = `${path}.nodeSelectorTerms`
  if (terms.length === 0) out.push(required(at, 'must have at least one node selector term'))
  terms.forEach((term, i) => checkNodeTerm(term, checkValues, `${at}[${i}]`, out))
}

function checkNodeTerm(term: NodeSelectorTerm | undefined, checkValues: boolean, path: string, out: Faults): void {
  term?.matchExpressions?.forEach((requirement, i) => {
    checkNodeExpression(requirement, checkValues, `${path}.matchExpressions[${i}]`, out)
  })
  term?.matchFields?.forEach((requirement, i) => checkNodeField(requirement, `${path}.matchFields[${i}]`, out))
}

function checkNodeExpression(r: NodeSelectorRequirement, checkValues: boolean, path: string, out: Faults): void {
  const values = r.values ?? []
  const at = `${path}.values`
  switch (r.operator) {
    case 'In':
    case 'NotIn':
      if (!values.length) out.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length) out.push(forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        out.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      }
      break
    default:
      out.push(invalid(`${path}.operator`, r.operator, 'not a valid selector operator'))
  }
  out.push(...validateLabelKey(r.key, `${path}.key`))
  if (checkValues) values.forEach((value, i) => addInvalid(out, `${at}[${i}]`, value, isLabelValue(value)))
}

function checkNodeField(r: NodeSelectorRequirement, path: string, out: Faults): void {
  const values = r.values ?? []
  if (r.operator !== 'In' && r.operator !== 'NotIn') {
    out.push(invalid(`${path}.operator`, r.operator, 'not a valid selector operator'))
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    out.push(required(`${path}.values`, text))
  }
  if (r.key !== 'metadata.name') {
    out.push(invalid(`${path}.key`, r.key, 'not a valid field selector key'))
  } else {
    values.forEach((value, i) => addInvalid(out, `${path}.values[${i}]`, value, isDnsSubdomain(value)))
  }
}

function checkPodAffinity(affinity: PodAffinity, path: string, rules: PodRules, out: Faults): void {
  affinity[REQUIRED]?.forEach((term, i) => checkPodTerm(term, `${path}.${REQUIRED}[${i}]`, rules, out))
  affinity[PREFERRED]?.forEach((weighted, i) => {
    const at = `${path}.${PREFERRED}[${i}]`
    checkWeight(weighted.weight, at, out)
    checkPodTerm(weighted.podAffinityTerm, `${at}.podAffinityTerm`, rules, out)
  })
}

function checkPodTerm(term: PodAffinityTerm, path: string, rules: PodRules, out: Faults): void {
  const options = { checkValues: !rules.badSelectorValues }
  out.push(...validateLabelSelector(term.labelSelector, `${path}.labelSelector`, options))
  out.push(...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, options))
  for (const name of term.namespaces ?? []) addInvalid(out, `${path}.namespace`, name, isDnsLabel(name))
  checkLabelKeys(term, path, out)
  const key = term.topologyKey ?? ''
  if (!key) out.push(required(`${path}.topologyKey`, 'can not be empty'))
  out.push(...validateLabelKey(key, `${path}.topologyKey`))
}

interface LabelKeys {
  readonly matchLabelKeys?: readonly string[] | undefined
  readonly mismatchLabelKeys?: readonly string[] | undefined
  readonly labelSelector?: LabelSelector | undefined
}

/** Keys whose values are taken from the pod itself when it is created. */
export function checkLabelKeys(term: LabelKeys, path: string, out: Faults): void {
  const { matchLabelKeys: match = [], mismatchLabelKeys: mismatch = [], labelSelector } = term
  for (const [name, keys] of [
    ['matchLabelKeys', match],
    ['mismatchLabelKeys', mismatch],
  ] as const) {
    if (keys.length === 0) continue
    if (!labelSelector) out.push(forbidden(`${path}.${name}`, 'must not be specified when labelSelector is not set'))
    else keys.forEach((key, i) => out.push(...validateLabelKey(key, `${path}.${name}[${i}]`)))
  }
  checkKeysOnce(match, labelSelector, path, out)
  match.forEach((key, i) => {
    if (!mismatch.includes(key)) return
    out.push(invalid(`${path}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'))
  })
}

// A pod that was created carries each of its keys once as an expression: only a second mention is a fault.
function checkKeysOnce(match: readonly string[], selector: LabelSelector | undefined, path: string, out: Faults): void {
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}))
  for (const { key } of selector?.matchExpressions ?? []) {
    const i = match.lastIndexOf(key)
    if (i >= 0 && seen.has(key)) {
      out.push(invalid(`${path}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    }
    seen.add(key)
  }
}
