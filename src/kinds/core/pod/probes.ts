import { forbidden, invalid, notSupported, required, tooMany } from '../../../base/field-error.ts'
import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../generated/types.ts'
import { isHttpHeaderName, isPortName, isPortNumber } from '../../validation/names.ts'
import { addInvalid, checkNonNegative, type Faults } from './faults.ts'

type Handler = Partial<Probe> & Partial<LifecycleHandler>

/** What can be asked of a probe or hook, in the order in which Kubernetes looks for them. */
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const

/** Exactly one handler. A grace period bounds how long a hook may sleep. */
function checkHandler(handler: Handler, gracePeriod: number | undefined, path: string, out: Faults): void {
  let first: string | undefined
  for (const name of HANDLERS) {
    if (handler[name] === undefined) continue
    if (first) {
      out.push(forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'))
      continue
    }
    first = name
    checkOneHandler(handler, name, gracePeriod, `${path}.${name}`, out)
  }
  if (!first) out.push(required(path, 'must specify a handler type'))
}

function checkOneHandler(
  handler: Handler,
  name: (typeof HANDLERS)[number],
  gracePeriod: number | undefined,
  path: string,
  out: Faults,
): void {
  if (name === 'exec' && !handler.exec?.command?.length) out.push(required(`${path}.command`))
  if (name === 'httpGet' && handler.httpGet) checkHttpGet(handler.httpGet, path, out)
  if (name === 'tcpSocket') checkPortNumOrName(handler.tcpSocket?.port, `${path}.port`, out)
  if (name === 'grpc') checkPortNumOrName(handler.grpc?.port, `${path}.port`, out)
  if (name === 'sleep' && gracePeriod !== undefined) {
    const seconds = handler.sleep?.seconds ?? 0
    if (seconds < 0 || seconds > gracePeriod) {
      const text = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`
      out.push(invalid(path, seconds, text))
    }
  }
}

function checkHttpGet(get: HTTPGetAction, path: string, out: Faults): void {
  if (!get.path) out.push(required(`${path}.path`))
  checkPortNumOrName(get.port, `${path}.port`, out)
  const scheme = get.scheme ?? ''
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') out.push(notSupported(`${path}.scheme`, scheme, ['HTTP', 'HTTPS']))
  for (const header of get.httpHeaders ?? []) {
    addInvalid(out, `${path}.httpHeaders`, header.name, isHttpHeaderName(header.name))
  }
}

/** A port by number, or by the name of a container port. */
export function checkPortNumOrName(port: number | string | undefined, path: string, out: Faults): void {
  if (typeof port === 'string') addInvalid(out, path, port, isPortName(port))
  else addInvalid(out, path, port ?? 0, isPortNumber(port ?? 0))
}

function checkProbe(probe: Probe, gracePeriod: number | undefined, path: string, out: Faults): void {
  checkHandler(probe, gracePeriod, path, out)
  checkNonNegative(probe.initialDelaySeconds, `${path}.initialDelaySeconds`, out)
  checkNonNegative(probe.timeoutSeconds, `${path}.timeoutSeconds`, out)
  checkNonNegative(probe.periodSeconds, `${path}.periodSeconds`, out)
  checkNonNegative(probe.successThreshold, `${path}.successThreshold`, out)
  checkNonNegative(probe.failureThreshold, `${path}.failureThreshold`, out)
  const grace = probe.terminationGracePeriodSeconds
  if (grace !== undefined && grace <= 0) {
    out.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'))
  }
}

interface Probed {
  readonly livenessProbe?: Probe | undefined
  readonly readinessProbe?: Probe | undefined
  readonly startupProbe?: Probe | undefined
}

/** All probes of a container. */
export function checkProbes(container: Probed, gracePeriod: number | undefined, path: string, out: Faults): void {
  const { livenessProbe, readinessProbe, startupProbe } = container
  if (livenessProbe) checkSingleSuccess(livenessProbe, gracePeriod, `${path}.livenessProbe`, out)
  if (readinessProbe) {
    checkProbe(readinessProbe, gracePeriod, `${path}.readinessProbe`, out)
    const grace = readinessProbe.terminationGracePeriodSeconds
    if (grace !== undefined) {
      const field = `${path}.readinessProbe.terminationGracePeriodSeconds`
      out.push(invalid(field, grace, 'must not be set for readinessProbes'))
    }
  }
  if (startupProbe) checkSingleSuccess(startupProbe, gracePeriod, `${path}.startupProbe`, out)
}

function checkSingleSuccess(probe: Probe, gracePeriod: number | undefined, path: string, out: Faults): void {
  checkProbe(probe, gracePeriod, path, out)
  if (probe.successThreshold !== 1)
    out.push(invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'))
}

/** Hooks. Stop signals are dropped before validation: their feature gate is off in 1.36. */
export function checkLifecycle(lifecycle: Lifecycle, gracePeriod: number | undefined, path: string, out: Faults): void {
  if (lifecycle.postStart) checkHandler(lifecycle.postStart, gracePeriod, `${path}.postStart`, out)
  if (lifecycle.preStop) checkHandler(lifecycle.preStop, gracePeriod, `${path}.preStop`, out)
}

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure']
const RULE_ACTIONS = ['Restart', 'RestartAllContainers']
const RULE_OPERATORS = ['In', 'NotIn']

/** A container's own restart policy and its rules by exit code. Init containers without a policy get one fault only. */
export function checkRestartRules(
  { restartPolicy: policy, restartPolicyRules: rules = [] }: Pick<Container, 'restartPolicy' | 'restartPolicyRules'>,
  isInit: boolean,
  path: string,
  out: Faults,
): void {
  if (policy === undefined) {
    if (rules.length === 0) return
    out.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'))
    if (isInit) return
  } else if (!RESTART_POLICIES.includes(policy)) {
    out.push(notSupported(`${path}.restartPolicy`, policy, RESTART_POLICIES))
  }
  if (rules.length > 20) out.push(tooMany(`${path}.restartPolicyRules`, rules.length, 20))
  rules.forEach((rule, i) => {
    const rulePath = `${path}.restartPolicyRules[${i}]`
    const action = rule.action ?? ''
    if (!RULE_ACTIONS.includes(action)) out.push(notSupported(`${rulePath}.action`, action, RULE_ACTIONS))
    const codes = rule.exitCodes
    if (!codes) {
      out.push(required(`${rulePath}.exitCodes`, 'must be specified'))
      return
    }
    const operator = codes.operator ?? ''
    if (!RULE_OPERATORS.includes(operator)) {
      out.push(notSupported(`${rulePath}.exitCodes.operator`, operator, RULE_OPERATORS))
    }
    const count = codes.values?.length ?? 0
    if (count > 255) out.push(tooMany(`${rulePath}.exitCodes.values`, count, 255))
  })
}
