import { duplicate, type FieldError, invalid, required } from '../../base/field-error.ts'
import type { Faults } from '../core/pod/faults.ts'
import { checkCounts } from '../core/pod/template.ts'
import type { Job, JobSpec, JobStatus } from '../generated/types.ts'
import { semanticEqual } from '../validation/equal.ts'
import { countIndexes, firstCommonIndex } from './indexes.ts'

/** Whether a condition holds. */
export const isTrue = (status: JobStatus | undefined, type: string): boolean =>
  (status?.conditions ?? []).some(c => c.type === type && c.status === 'True')

const isFinished = (status: JobStatus): boolean => isTrue(status, 'Complete') || isTrue(status, 'Failed')

/** A fault that prints no value. */
const wrong = (field: string, detail: string): FieldError => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
})
const CONDITIONS = 'status.conditions'

/** Faults of a job's status. Most rules hold only for what this write changes: older controllers wrote otherwise. */
export function checkJobStatus(job: Job, oldJob: Job, out: Faults): void {
  const [status, old] = [job.status ?? {}, oldJob.status ?? {}]
  const spec: JobSpec = job.spec ?? { template: {} }
  checkCounts(status, ['active', 'succeeded', 'failed', 'ready', 'terminating'], out)
  checkUncounted(status, out)
  checkTerminal(status, old, out)
  checkTimes(status, old, spec, out)
  checkFinished(status, old, spec, out)
  checkIndexes(status, old, spec, out)
  checkSuccess(status, old, spec, out)
  checkMonotone(status, old, spec, out)
}

function checkUncounted({ uncountedTerminatedPods: pods }: JobStatus, out: Faults): void {
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const) {
    pods?.[list]?.forEach((uid, i) => {
      const path = `status.uncountedTerminatedPods.${list}[${i}]`
      if (uid === '') out.push(invalid(path, uid, 'must not be empty'))
      else if (seen.has(uid)) out.push(duplicate(path, uid))
      seen.add(uid)
    })
  }
}

const turned = (status: JobStatus, old: JobStatus, type: string): boolean => isTrue(status, type) !== isTrue(old, type)
const changed = (status: JobStatus, old: JobStatus, field: keyof JobStatus): boolean =>
  !semanticEqual(status[field], old[field])

function checkTerminal(status: JobStatus, old: JobStatus, out: Faults): void {
  const [complete, failed] = [isTrue(status, 'Complete'), isTrue(status, 'Failed')]
  const completeTurned = turned(status, old, 'Complete')
  const failedTurned = turned(status, old, 'Failed')
  if ((completeTurned || failedTurned) && complete && failed) {
    out.push(wrong(CONDITIONS, 'cannot set Complete=True and Failed=true conditions'))
  }
  if ((completeTurned || turned(status, old, 'FailureTarget')) && complete && isTrue(status, 'FailureTarget')) {
    out.push(wrong(CONDITIONS, 'cannot set Complete=True and FailureTarget=true conditions'))
  }
  if ((failedTurned || changed(status, old, 'failedIndexes')) && failed && !isTrue(status, 'FailureTarget')) {
    out.push(wrong(CONDITIONS, 'cannot set Failed=True condition without the FailureTarget=true condition'))
  }
  const met = isTrue(status, 'SuccessCriteriaMet')
  if ((completeTurned || turned(status, old, 'SuccessCriteriaMet')) && complete && !met) {
    out.push(wrong(CONDITIONS, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  }
}

function checkTimes(status: JobStatus, old: JobStatus, spec: JobSpec, out: Faults): void {
  const { startTime: start, completionTime: end } = status
  const complete = isTrue(status, 'Complete')
  const endChanged = changed(status, old, 'completionTime')
  const startChanged = changed(status, old, 'startTime')
  const path = 'status.completionTime'
  if (endChanged || turned(status, old, 'Complete')) {
    if (end !== undefined && !complete) {
      out.push(invalid(path, end, 'cannot set completionTime when there is no Complete=True condition'))
    }
    if (end === undefined && complete) out.push(required(path, 'completionTime is required for Complete jobs'))
  }
  if ((startChanged || endChanged) && start !== undefined && end !== undefined && Date.parse(end) < Date.parse(start)) {
    out.push(invalid(path, end, 'must be equal to or after `startTime`'))
  }
  if (end !== undefined && old.completionTime !== undefined && endChanged) {
    out.push(invalid(path, end, 'field is immutable'))
  }
  const resumed =
    isTrue(old, 'Suspended') && (status.conditions ?? []).some(c => c.type === 'Suspended' && c.status === 'False')
  if (startChanged && !resumed && old.startTime !== undefined && !spec.suspend) {
    out.push(invalid('status.startTime', start ?? null, 'field is immutable for unsuspended job once set'))
  }
}

function checkFinished(status: JobStatus, old: JobStatus, spec: JobSpec, out: Faults): void {
  const finished = isFinished(status)
  const turnedNow = finished !== isFinished(old)
  const { active = 0, terminating = 0, ready, uncountedTerminatedPods: pods } = status
  const activeChanged = changed(status, old, 'active')
  if (finished && active > 0 && (turnedNow || activeChanged)) {
    out.push(invalid('status.active', active, 'active>0 is invalid for finished job'))
  }
  const neverStarted = spec.suspend === true && spec.completions === 0
  if (finished && status.startTime === undefined && !neverStarted && (turnedNow || changed(status, old, 'startTime'))) {
    out.push(required('status.startTime', 'startTime is required for finished job'))
  }
  const uncounted = (pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0)
  if (finished && uncounted > 0 && (turnedNow || changed(status, old, 'uncountedTerminatedPods'))) {
    out.push(invalid('status.uncountedTerminatedPods', pods, 'must be empty for finished job'))
  }
  if (finished && terminating > 0 && (turnedNow || changed(status, old, 'terminating'))) {
    out.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'))
  }
  if (ready !== undefined && ready > active && (activeChanged || changed(status, old, 'ready'))) {
    out.push(invalid('status.ready', ready, 'cannot set more ready pods than active'))
  }
}

function checkIndexes(status: JobStatus, old: JobStatus, spec: JobSpec, out: Faults): void {
  const { completions } = spec
  const { completedIndexes: done = '', failedIndexes: failed } = status
  const doneChanged = changed(status, old, 'completedIndexes')
  const failedChanged = changed(status, old, 'failedIndexes')
  const check = (field: 'completedIndexes' | 'failedIndexes', text: string) => {
    const counted = countIndexes(text, completions ?? 0)
    if (typeof counted === 'string') {
      out.push(invalid(`status.${field}`, text, `error parsing ${field}: ${counted}`))
    }
  }
  if (doneChanged && completions !== undefined) check('completedIndexes', done)
  const perIndex = spec.backoffLimitPerIndex !== undefined
  if (failedChanged && completions !== undefined && perIndex && failed !== undefined) check('failedIndexes', failed)
  if (doneChanged && done !== '' && spec.completionMode !== 'Indexed') {
    const text = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    out.push(invalid('status.completedIndexes', done, text))
  }
  if (failedChanged && !perIndex && failed !== undefined) {
    const text = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    out.push(invalid('status.failedIndexes', failed, text))
  }
  if ((doneChanged || failedChanged) && completions !== undefined && failed && done) {
    const common = firstCommonIndex(done, failed, completions)
    if (common === undefined) return
    const text = `failedIndexes and completedIndexes overlap at index: ${common}`
    out.push(invalid('status.failedIndexes', failed, text))
  }
}

function checkSuccess(status: JobStatus, old: JobStatus, spec: JobSpec, out: Faults): void {
  const met = isTrue(status, 'SuccessCriteriaMet')
  if (met && isTrue(status, 'Failed')) {
    out.push(wrong(CONDITIONS, 'cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  }
  if (met && isTrue(status, 'FailureTarget')) {
    out.push(wrong(CONDITIONS, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  }
  if (spec.successPolicy && !met && isTrue(status, 'Complete')) {
    const text = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'
    out.push(wrong(CONDITIONS, text))
  }
  const was = isTrue(old, 'SuccessCriteriaMet')
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (isTrue(old, type) && !isTrue(status, type)) {
      out.push(wrong(CONDITIONS, `cannot disable the terminal ${type}=True condition`))
    }
  }
  if (was && !met) out.push(wrong(CONDITIONS, 'cannot disable the SuccessCriteriaMet=True condition'))
  if (isTrue(old, 'Complete') && !was && met) {
    const text = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'
    out.push(wrong(CONDITIONS, text))
  }
}

/** Counters only grow, but for elastic indexed jobs, which forget what they no longer need. */
function checkMonotone(status: JobStatus, old: JobStatus, spec: JobSpec, out: Faults): void {
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  for (const counter of ['failed', 'succeeded'] as const) {
    const now = status[counter] ?? 0
    if (now >= (old[counter] ?? 0) || (counter === 'succeeded' && elastic)) continue
    out.push(invalid(`status.${counter}`, now, `cannot decrease the ${counter} counter`))
  }
}
