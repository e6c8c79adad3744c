import { isDeepStrictEqual } from 'node:util'
import { controllerRevision } from '../../../src/kinds/apps/controller-revision.ts'
import { daemonSet } from '../../../src/kinds/apps/daemon-set.ts'
import { deployment } from '../../../src/kinds/apps/deployment.ts'
import { replicaSet } from '../../../src/kinds/apps/replica-set.ts'
import { statefulSet } from '../../../src/kinds/apps/stateful-set.ts'
import { cronJob } from '../../../src/kinds/batch/cron-job.ts'
import { job } from '../../../src/kinds/batch/job.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { podTemplate } from '../../../src/kinds/core/pod-template.ts'
import { replicationController } from '../../../src/kinds/core/replication-controller.ts'
import type { PodSpec, Toleration } from '../../../src/kinds/generated/types.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'
import { createByRules, faultsText, type RuleOutcome, UID } from '../../support/kind-rules.ts'
import {
  causeLines,
  haveRecordings,
  isRecord,
  type RecordedWrite,
  recordedWrites,
} from '../../support/recorded-rules.ts'

/**
 * Every recorded create of a pod or workload: our rules find the faults, the wording, the defaults and the warnings
 * of a real API server.
 */
const KINDS = [
  pod,
  podTemplate,
  replicationController,
  replicaSet,
  deployment,
  statefulSet,
  daemonSet,
  controllerRevision,
  job,
  cronJob,
] as unknown as Kind<never>[]

/** Admission decides these, not the rules of the kind. */
const ADMISSION = /pod-priority-and-runtime-class|service-account-mount|pod-nulls-and-empties|limit-range|admission/

if (!haveRecordings) console.info('Left out: recorded creates of workloads need ../shared/oracle')

const describeRecorded = haveRecordings ? describe : describe.skip

describeRecorded('recorded creates', () => {
  const fits = (file: string) => /^(core|groups)\//.test(file) && !ADMISSION.test(file)
  const creates = haveRecordings ? recordedWrites(fits, ['POST']).filter(w => !w.subresource && !w.name) : []
  for (const kind of KINDS) {
    const own = creates.filter(w => w.plural === kind.plural && w.group === kind.group && isDecided(w))
    test(`${kind.plural}: ${own.length} answers are equal`, () => {
      expect(own.length).toBeGreaterThan(5)
      expect(own.flatMap(write => differences(kind, write))).toEqual([])
    })
  }
})

/** Answers about the object itself: not about names that are taken or bodies that cannot be read. */
function isDecided(write: RecordedWrite): boolean {
  return [201, 422].includes(write.code) && (write.answer !== null || write.parts !== undefined)
}

function differences(kind: Kind<never>, write: RecordedWrite): string[] {
  const admit = kind.plural === 'pods' ? (object: AnyObject) => admitPod(object['spec'] as PodSpec) : undefined
  const outcome = createByRules(kind, write.body, write.namespace, admit)
  const found = write.code === 422 ? refusalDifferences(write, outcome) : objectDifferences(write, outcome)
  return found.map(text => `${write.at}: ${text}`)
}

function refusalDifferences(write: RecordedWrite, { faults }: RuleOutcome): string[] {
  if (write.parts) return faults.length ? [] : ['was not refused']
  if (!isRecord(write.answer)) return []
  const [got, want] = [linesOf(faults), linesOf(write.causes)]
  if (!isDeepStrictEqual(got, want)) return [`causes ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`]
  const message = String(write.answer['message'])
  const text = message.slice(message.indexOf(' is invalid: ') + ' is invalid: '.length)
  const order = (message: string) => withoutNumbers(message).replace(/value: (null|[[{].*?[\]}])(?=: )/g, 'value')
  return order(faultsText(faults)) === order(text) ? [] : [`message ${faultsText(faults)} instead of ${text}`]
}

/** Causes in order; those told twice stand twice. */
const linesOf = (causes: RecordedWrite['causes']): string[] =>
  causes.flatMap(cause => causeLines([cause]).map(withoutNumbers)).sort()

/** Objects made here all have one UID. */
const withoutNumbers = (text: string): string => text.replace(/<uid:\d+>/g, UID)

const SERVER_SET = new Set(['metadata', 'apiVersion', 'kind'])

function objectDifferences(write: RecordedWrite, { object, faults, warnings }: RuleOutcome): string[] {
  if (faults.length) return [`refused: ${faultsText(faults)}`]
  const parts = write.parts ?? (isRecord(write.answer) ? asParts(write.answer) : {})
  const wrong = Object.entries(parts).filter(([pointer, want]) => {
    const keys = pointer
      .split('/')
      .slice(1)
      .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (
      keys[0] === undefined ||
      SERVER_SET.has(keys[0]) ||
      keys[0] === 'rows' ||
      keys[0] === 'code' ||
      keys[0] === 'reason' ||
      keys[0] === 'message'
    )
      return false
    return !isDeepStrictEqual(withoutTimes(valueAt(object, keys)), withoutTimes(want))
  })
  const texts = wrong.map(([pointer, want]) => `${pointer} is not ${JSON.stringify(want)}`)
  // Unknown fields are the decoder's to warn of.
  const told = write.warnings.filter(text => !/^(unknown|duplicate) field /.test(text))
  if (!isDeepStrictEqual([...warnings].sort(), told.sort())) {
    texts.push(`warnings ${JSON.stringify(warnings)} instead of ${JSON.stringify(told)}`)
  }
  return texts
}

const asParts = (answer: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(answer).map(([key, value]) => [`/${key}`, value]))

function valueAt(object: unknown, keys: readonly string[]): unknown {
  let value = object
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key]
  return value ?? null
}

/** Times and numbered UIDs are placeholders in recorded answers. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (key, v) => (/Time$/.test(key) ? undefined : v)).replace(/<uid:\d+>/g, UID))

/** What the admission plugins that are always on do to a pod. */
function admitPod(spec: PodSpec): void {
  spec.priority ??= spec.priorityClassName?.startsWith('system-') ? systemPriority(spec.priorityClassName) : 0
  spec.preemptionPolicy ??= 'PreemptLowerPriority'
  spec.serviceAccountName ||= 'default'
  spec.serviceAccount = spec.serviceAccountName
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'])
    tolerate((spec.tolerations ??= []), key)
}

const systemPriority = (name: string): number => (name === 'system-node-critical' ? 2000001000 : 2000000000)

function tolerate(tolerations: Toleration[], key: string): void {
  const tolerated = tolerations.some(t => (!t.key || t.key === key) && (!t.effect || t.effect === 'NoExecute'))
  if (!tolerated) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
}
