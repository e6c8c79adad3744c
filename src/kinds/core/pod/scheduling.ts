import { duplicate, invalid, notSupported, required } from '../../../base/field-error.ts'
import type {
  PodReadinessGate,
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
} from '../../generated/types.ts'
import { validateLabelKey, validateLabelSelector } from '../../validation/labels.ts'
import { isLabelValue, isQualifiedName } from '../../validation/names.ts'
import { checkLabelKeys } from './affinity.ts'
import { addInvalid, checkOptionalChoice, checkPositive, type Faults } from './faults.ts'
import type { PodRules } from './options.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function checkTolerations(tolerations: readonly Toleration[], path: string, out: Faults): void {
  tolerations.forEach((toleration, i) => {
    const { key = '', operator = '', effect = '', tolerationSeconds } = toleration
    const at = `${path}[${i}]`
    if (key) out.push(...validateLabelKey(key, `${at}.key`))
    else if (operator !== 'Exists') {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      out.push(invalid(`${at}.operator`, operator, text))
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      out.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    }
    checkTolerationValue(operator, toleration.value ?? '', `${at}.operator`, out)
    if (effect && !EFFECTS.includes(effect)) out.push(notSupported(`${at}.effect`, effect, EFFECTS))
  })
}

function checkTolerationValue(operator: string, value: string, path: string, out: Faults): void {
  switch (operator) {
    case '':
    case 'Equal': {
      const faults = isLabelValue(value)
      if (faults.length) out.push(invalid(path, value, faults.join(';')))
      break
    }
    case 'Exists':
      if (value) out.push(invalid(path, value, "value must be empty when `operator` is 'Exists'"))
      break
    case 'Lt':
    case 'Gt':
      // Numeric comparison is behind a gate that is off in 1.36, but its names are listed.
      out.push(notSupported(path, operator, ['Equal', 'Exists', 'Lt', 'Gt']))
      break
    default:
      out.push(notSupported(path, operator, ['Equal', 'Exists']))
  }
}

export function checkReadinessGates(gates: readonly PodReadinessGate[], path: string, out: Faults): void {
  gates.forEach(({ conditionType }, i) => {
    addInvalid(out, `${path}[${i}].conditionType`, conditionType, isQualifiedName(conditionType))
  })
}

export function checkSchedulingGates(gates: readonly PodSchedulingGate[], path: string, out: Faults): void {
  const seen = new Set<string>()
  gates.forEach(({ name }, i) => {
    addInvalid(out, `${path}[${i}]`, name, isQualifiedName(name))
    if (seen.has(name)) out.push(duplicate(`${path}[${i}]`, name))
    seen.add(name)
  })
}

/** How pods spread over zones, nodes or other domains. */
export function checkSpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  constraints.forEach((constraint, i) => {
    const at = `${path}[${i}]`
    const { topologyKey: key = '', whenUnsatisfiable: action = '' } = constraint
    checkPositive(constraint.maxSkew, `${at}.maxSkew`, out)
    if (!key) out.push(required(`${at}.topologyKey`, 'can not be empty'))
    const actions = ['DoNotSchedule', 'ScheduleAnyway']
    if (!actions.includes(action)) out.push(notSupported(`${at}.whenUnsatisfiable`, action, actions))
    const repeated = constraints.slice(i + 1).some(o => o.topologyKey === key && o.whenUnsatisfiable === action)
    if (repeated) out.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`))
    checkMinDomains(constraint.minDomains, action, `${at}.minDomains`, out)
    checkOptionalChoice(constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], `${at}.nodeAffinityPolicy`, out)
    checkOptionalChoice(constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], `${at}.nodeTaintsPolicy`, out)
    if (!rules.badSpreadLabelKeys) {
      checkLabelKeys({ matchLabelKeys: constraint.matchLabelKeys, labelSelector: constraint.labelSelector }, at, out)
    }
    if (!rules.badSpreadSelectors) {
      out.push(...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`))
    }
  })
}

function checkMinDomains(minDomains: number | undefined, action: string, path: string, out: Faults): void {
  if (minDomains === undefined) return
  checkPositive(minDomains, path, out)
  if (action === 'DoNotSchedule') return
  const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
  out.push(invalid(path, minDomains, text))
}
