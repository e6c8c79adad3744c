import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../../base/field-error.ts'
import { addInvalid, checkNonNegative, type Faults } from '../core/pod/faults.ts'
import type { PodRules } from '../core/pod/options.ts'
import { checkPodTemplate } from '../core/pod/validate.ts'
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../generated/types.ts'
import { byteLength, isDomainPrefixedPath, isQualifiedName } from '../validation/names.ts'
import { countIndexes } from './indexes.ts'

const MAX_PARALLELISM = 100_000
const MANY_COMPLETIONS = 100_000
const LIMIT_FOR_MANY = 10_000
const MAX_RULES = 20
const MAX_EXIT_CODES = 255
const MAX_MANAGED_BY = 63
const MAX_INDEXES_BYTES = 64 * 1024

/** A fault that prints no value. */
const wrong = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
})

/** Go's list of quoted words. */
const quoted = (words: readonly string[]): string => `[${words.map(w => JSON.stringify(w)).join(' ')}]`

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

/** Faults of a job's spec that do not concern its selector: also of the template of a cron job. */
export function checkJobSpec(spec: JobSpec, path: string, rules: PodRules, out: Faults): void {
  for (const field of COUNTS) checkNonNegative(spec[field], `${path}.${field}`, out)
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    out.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  }
  if (spec.managedBy !== undefined) {
    addInvalid(out, `${path}.managedBy`, spec.managedBy, isDomainPrefixedPath(spec.managedBy))
    if (byteLength(spec.managedBy) > MAX_MANAGED_BY) out.push(tooLong(`${path}.managedBy`, MAX_MANAGED_BY))
  }
  checkMode(spec, path, out)
  const indexed = spec.completionMode === 'Indexed'
  if (spec.podFailurePolicy) checkFailurePolicy(spec, `${path}.podFailurePolicy.rules`, out)
  if (spec.successPolicy) {
    if (indexed) checkSuccessPolicy(spec, `${path}.successPolicy.rules`, out)
    else out.push(invalid(`${path}.successPolicy`, spec.successPolicy, 'requires indexed completion mode'))
  }
  checkReplacement(spec, `${path}.podReplacementPolicy`, out)
  checkPodTemplate(spec.template ?? {}, `${path}.template`, rules, out)
  checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`, out)
}

function checkMode(spec: JobSpec, path: string, out: Faults): void {
  const { completionMode: mode } = spec
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    out.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']))
  }
  if (mode === 'Indexed') checkIndexed(spec, path, out)
  if (mode !== undefined && mode !== 'NonIndexed') return
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[field] !== undefined)
      out.push(invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode'))
  }
}

function checkIndexed(spec: JobSpec, path: string, out: Faults): void {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec
  if (completions === undefined) out.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  if (parallelism > MAX_PARALLELISM) {
    const text = `must be less than or equal to ${MAX_PARALLELISM} when completion mode is Indexed`
    out.push(invalid(`${path}.parallelism`, parallelism, text))
  }
  if (completions !== undefined && failed !== undefined && failed > completions) {
    out.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'))
  }
  if (failed !== undefined && failed > MAX_PARALLELISM) {
    out.push(invalid(`${path}.maxFailedIndexes`, failed, `must be less than or equal to ${MAX_PARALLELISM}`))
  }
  if ((completions ?? 0) <= MANY_COMPLETIONS || spec.backoffLimitPerIndex === undefined) return
  if (failed === undefined) {
    const text = `must be specified when completions is above ${MANY_COMPLETIONS}`
    out.push(required(`${path}.maxFailedIndexes`, text))
  }
  const text = `must be less than or equal to ${LIMIT_FOR_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`
  if (parallelism > LIMIT_FOR_MANY) out.push(invalid(`${path}.parallelism`, parallelism, text))
  if ((failed ?? 0) > LIMIT_FOR_MANY) out.push(invalid(`${path}.maxFailedIndexes`, failed, text))
}

function checkReplacement(spec: JobSpec, path: string, out: Faults): void {
  const policy = spec.podReplacementPolicy
  if (policy === undefined) return
  const supported = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  if (!supported.includes(policy)) out.push(notSupported(path, policy, supported))
}

function checkRestartPolicy(spec: JobSpec, path: string, out: Faults): void {
  const policy = spec.template?.spec?.restartPolicy ?? ''
  const supported = ['OnFailure', 'Never']
  if (policy === '' || policy === 'Always') out.push(required(path, 'valid values: "OnFailure", "Never"'))
  else if (!supported.includes(policy)) out.push(notSupported(path, policy, supported))
  else if (spec.podFailurePolicy && policy !== 'Never') {
    out.push(invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified'))
  }
}

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']

function checkFailurePolicy(spec: JobSpec, path: string, out: Faults): void {
  const rules = spec.podFailurePolicy?.rules ?? []
  if (rules.length > MAX_RULES) out.push(tooMany(path, rules.length, MAX_RULES))
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = new Set([...containers, ...initContainers].map(c => c.name))
  rules.forEach((rule, i) => checkFailureRule(rule, spec, names, `${path}[${i}]`, out))
}

function checkFailureRule(
  rule: PodFailurePolicyRule,
  spec: JobSpec,
  containers: ReadonlySet<string>,
  path: string,
  out: Faults,
): void {
  const at = `${path}.action`
  if (!rule.action) out.push(required(at, `valid values: ${quoted(ACTIONS)}`))
  else if (rule.action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      out.push(invalid(at, rule.action, 'requires the backoffLimitPerIndex to be set'))
    }
  } else if (!ACTIONS.includes(rule.action)) out.push(notSupported(at, rule.action, ACTIONS))
  const conditions = rule.onPodConditions ?? []
  if (rule.onExitCodes) checkExitCodes(rule.onExitCodes, containers, `${path}.onExitCodes`, out)
  if (conditions.length) checkConditions(conditions, `${path}.onPodConditions`, out)
  if (rule.onExitCodes && conditions.length) {
    out.push(wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  }
  if (!rule.onExitCodes && !conditions.length) {
    out.push(wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
}

function checkConditions(patterns: readonly PodFailurePolicyOnPodConditionsPattern[], path: string, out: Faults): void {
  if (patterns.length > MAX_RULES) out.push(tooMany(path, patterns.length, MAX_RULES))
  const supported = ['False', 'True', 'Unknown']
  patterns.forEach(({ type, status = '' }, i) => {
    const at = `${path}[${i}].status`
    addInvalid(out, `${path}[${i}].type`, type, isQualifiedName(type))
    if (!status) out.push(required(at, `valid values: ${quoted(supported)}`))
    else if (!supported.includes(status)) out.push(notSupported(at, status, supported))
  })
}

function checkExitCodes(
  codes: PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  path: string,
  out: Faults,
): void {
  const { operator, containerName: name } = codes
  // A list that was left out comes as null: the field is not optional.
  const values = codes.values ?? []
  const operators = ['In', 'NotIn']
  if (!operator) out.push(required(`${path}.operator`, `valid values: ${quoted(operators)}`))
  else if (!operators.includes(operator)) out.push(notSupported(`${path}.operator`, operator, operators))
  if (name !== undefined && !containers.has(name)) {
    const text = 'must be one of the container or initContainer names in the pod template'
    out.push(invalid(`${path}.containerName`, name, text))
  }
  const at = `${path}.values`
  if (values.length === 0) out.push(invalid(at, values, 'at least one value is required'))
  else if (values.length > MAX_EXIT_CODES) out.push(tooMany(at, values.length, MAX_EXIT_CODES))
  values.forEach((value, i) => {
    if (operator === 'In' && value === 0) out.push(invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'))
    if (values.indexOf(value) < i) out.push(duplicate(`${at}[${i}]`, value))
  })
  if (values.some((value, i) => i > 0 && (values[i - 1] ?? value) > value))
    out.push(invalid(at, values, 'must be ordered'))
}

function checkSuccessPolicy(spec: JobSpec, path: string, out: Faults): void {
  const rules = spec.successPolicy?.rules ?? []
  if (rules.length === 0) {
    out.push(required(path, 'at least one rules must be specified when the successPolicy is specified'))
  }
  if (rules.length > MAX_RULES) out.push(tooMany(path, rules.length, MAX_RULES))
  rules.forEach((rule, i) => checkSuccessRule(rule, spec.completions ?? 0, `${path}[${i}]`, out))
}

function checkSuccessRule(rule: SuccessPolicyRule, completions: number, path: string, out: Faults): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule
  if (count === undefined && indexes === undefined) {
    out.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'))
  }
  let total = 0
  if (indexes !== undefined) {
    const at = `${path}.succeededIndexes`
    if (byteLength(indexes) > MAX_INDEXES_BYTES) out.push(tooLong(at, MAX_INDEXES_BYTES))
    const counted = countIndexes(indexes, completions)
    if (typeof counted === 'string') out.push(invalid(at, indexes, `error parsing succeededIndexes: ${counted}`))
    else total = counted
  }
  if (count === undefined) return
  const at = `${path}.succeededCount`
  checkNonNegative(count, at, out)
  const most = 'must be less than or equal to'
  if (count > completions) {
    out.push(invalid(at, count, `${most} ${completions} (the number of specified completions)`))
  }
  if (indexes !== undefined && count > total) {
    const text = `${most} ${total} (the number of indexes in the specified succeededIndexes field)`
    out.push(invalid(at, count, text))
  }
}
