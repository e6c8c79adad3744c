import { invalid, required } from '../../base/field-error.ts'
import { selectorFromObject } from '../../base/selector.ts'
import { age, durationText, name, selectorText, text, wide } from '../columns.ts'
import type { Faults } from '../core/pod/faults.ts'
import {
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  selectorMismatch,
  setTemplateDefaults,
  sortedMap,
  templateRules,
} from '../core/pod/template.ts'
import { hostnameWarnings, templateWarnings } from '../core/pod/warnings.ts'
import type { Job, JobSpec, PodSpec, PodTemplateSpec } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { validateLabelSelector } from '../validation/labels.ts'
import { validateImmutable, validateMetadata } from '../validation/metadata.ts'
import { isDnsLabel, isLabelValue } from '../validation/names.ts'
import { checkJobSpec } from './job-spec.ts'
import { checkJobStatus, isTrue } from './job-status.ts'

type Whole = ObjectOf<Job>

export const job = defineKind<Whole>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.Job',
  generation: 'spec',
  defaultPropagation: 'Orphan',
  ownFieldLabels: true,
  defaults: draft => {
    draft.spec ??= { template: {} }
    setJobDefaults(draft.spec)
    const labels = draft.spec.template?.metadata?.labels
    // One map for both, so that what is added to the template's labels later shows in the job's own.
    if (labels && !Object.keys(draft.metadata.labels ?? {}).length) draft.metadata.labels = labels
  },
  prepareForCreate: draft => {
    const spec = (draft.spec ??= { template: {} })
    if (!spec.manualSelector) generateSelector(draft, spec)
    draft.status = {}
    prepareTemplate(spec.template)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(draft.spec?.template, old.spec?.template)
  },
  validate: j => faultsOf(out => checkJob(j, undefined, out)),
  validateUpdate: (j, old) => faultsOf(out => checkChange(j, old, out)),
  warnings: (j, old) => [
    ...(old ? [] : hostnameWarnings(j.metadata.name)),
    ...jobWarnings(j.spec, 'spec', old && { spec: old.spec }),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: (j, old) => faultsOf(out => checkJobStatus(j, old, out)),
  },
  columns: [
    name(),
    text('Status', statusText),
    text('Completions', completionsText),
    text('Duration', durationCell),
    age(),
    wide('Containers', j => containerNames(j.spec?.template)),
    wide('Images', j => containerImages(j.spec?.template)),
    wide('Selector', j => selectorText(j.spec?.selector)),
  ],
  selectableFields: { 'status.successful': j => `${j.status?.succeeded ?? 0}` },
})

/** Defaults of a job's spec, also of the template of a cron job but for what {@link setTemplateJobDefaults} leaves. */
function setJobDefaults(spec: JobSpec): void {
  if (spec.parallelism === undefined) {
    spec.completions ??= 1
    spec.parallelism = 1
  }
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
  spec.manualSelector ??= false
  setTemplateJobDefaults(spec)
}

/** A cron job keeps its jobs' spec as it was written, apart from the pod template. */
export function setTemplateJobDefaults(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  }
  setTemplateDefaults((spec.template ??= {}))
}

const NAME_LABELS = ['job-name', 'batch.kubernetes.io/job-name']
const UID_LABELS = ['controller-uid', 'batch.kubernetes.io/controller-uid']
const UID_LABEL = 'batch.kubernetes.io/controller-uid'

/** Pods carry the name and UID of their job, and are found by the UID. */
function generateSelector(draft: Whole, spec: JobSpec): void {
  const { name: jobName = '', uid = '' } = draft.metadata
  const meta = (spec.template.metadata ??= {})
  const shared = draft.metadata.labels !== undefined && draft.metadata.labels === meta.labels
  // A job without labels gets those of its template by default, which Kubernetes does on reading: after validation.
  const later = !Object.keys(draft.metadata.labels ?? {}).length && isLabelValue(jobName).length === 0
  const labels = { ...meta.labels }
  for (const key of NAME_LABELS) labels[key] ??= jobName
  for (const key of UID_LABELS) labels[key] ??= uid
  meta.labels = labels
  if (shared || later) draft.metadata.labels = { ...labels }
  spec.selector = { ...spec.selector, matchLabels: sortedMap({ [UID_LABEL]: uid, ...spec.selector?.matchLabels }) }
}

/** Warnings about a job's spec, also of the template of a cron job. */
export function jobWarnings(
  spec: JobSpec | undefined,
  path: string,
  old: { readonly spec: unknown } | undefined,
): string[] {
  if (!spec || (old && semanticEqual(spec, old.spec))) return []
  const huge =
    spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 100_000 && (spec.parallelism ?? 0) > 10_000
  const text =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail'
  return [
    ...(huge ? [`${path}: ${text}`] : []),
    ...templateWarnings(spec.template, `${path}.template`, spec, undefined),
  ]
}

function checkJob(j: Whole, old: Whole | undefined, out: Faults): void {
  const spec = j.spec ?? { template: {} }
  const before = old?.spec?.template
  const oldLabels = before?.metadata?.labels
  const prefixed =
    !before || (oldLabels?.['batch.kubernetes.io/job-name'] !== undefined && oldLabels[UID_LABEL] !== undefined)
  checkGenerated(j, spec, prefixed, out)
  checkSpec(spec, before, out)
  if (spec.completionMode !== 'Indexed' || !spec.completions || spec.completions < 1) return
  const host = `${j.metadata.name}-${spec.completions - 1}`
  if (isDnsLabel(host).length) {
    const text = `will not able to create pod with invalid DNS label: ${host}`
    out.push(invalid('metadata.name', j.metadata.name, text))
  }
}

function checkGenerated(j: Whole, spec: JobSpec, prefixed: boolean, out: Faults): void {
  if (spec.manualSelector || !spec.selector) return
  const { uid = '', name: jobName = '' } = j.metadata
  if (!uid) out.push(required('metadata.uid'))
  const expected: Record<string, string> = { 'controller-uid': uid, 'job-name': jobName }
  if (prefixed) Object.assign(expected, { [UID_LABEL]: uid, 'batch.kubernetes.io/job-name': jobName })
  const labels = spec.template.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) out.push(required(field, `must be '${value}'`))
    else if (labels[key] !== value) out.push(invalid(field, sortedMap(labels), `must be '${value}'`))
  }
  const known = validateLabelSelector(spec.selector, '').length === 0
  if (known && !selectorFromObject(spec.selector).matches(expected)) {
    out.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
  }
}

function checkSpec(spec: JobSpec, oldTemplate: PodTemplateSpec | undefined, out: Faults): void {
  checkJobSpec(spec, 'spec', templateRules(oldTemplate), out)
  const faults = validateLabelSelector(spec.selector, 'spec.selector')
  if (!spec.selector) out.push(required('spec.selector'))
  out.push(...faults)
  const labels = spec.template.metadata?.labels
  if (faults.length === 0 && !selectorFromObject(spec.selector).matches(labels)) {
    out.push(selectorMismatch(labels, 'spec.template'))
  }
}

function checkChange(j: Whole, old: Whole, out: Faults): void {
  const [spec, before] = [j.spec ?? { template: {} }, old.spec ?? { template: {} }]
  // Kubernetes checks the job as a whole and as a change: what both find is told twice.
  out.push(...validateMetadata(j.metadata, { namespaced: true }))
  checkJob(j, old, out)
  checkSpec(spec, before.template, out)
  checkCompletions(spec, before, out)
  const same = (field: keyof JobSpec) => out.push(...validateImmutable(spec[field], before[field], `spec.${field}`))
  same('selector')
  checkTemplateChange(spec.template, before.template, old, out)
  for (const field of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const) {
    same(field)
  }
}

/** Indexed jobs scale by changing both numbers together. */
function checkCompletions(spec: JobSpec, old: JobSpec, out: Faults): void {
  const path = 'spec.completions'
  if (spec.completionMode !== 'Indexed') out.push(...validateImmutable(spec.completions, old.completions, path))
  else if (spec.completions === undefined || spec.completions === old.completions) return
  else if (spec.completions !== spec.parallelism) {
    out.push(invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism'))
  }
}

/** A suspended job that has no pods may still be sent elsewhere, and get other amounts. */
function checkTemplateChange(next: PodTemplateSpec, old: PodTemplateSpec, oldJob: Whole, out: Faults): void {
  const { suspend } = oldJob.spec ?? {}
  const { status } = oldJob
  const idle = status?.startTime === undefined || isTrue(status, 'Suspended')
  const open = suspend === true && idle && !status?.active
  const base = open ? redirected(old, next) : old
  if (!open) out.push(...validateImmutable(next, base, 'spec.template'))
  else out.push(...validateImmutable(next.spec, withAmounts(base.spec, next.spec), 'spec.template.spec'))
}

/** The old template with the scheduling directives of the new one. */
function redirected(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates } = next.spec ?? {}
  const affinity = { ...old.spec?.affinity, nodeAffinity: next.spec?.affinity?.nodeAffinity }
  const spec: PodSpec = { ...(old.spec ?? { containers: [] }), nodeSelector, tolerations, schedulingGates }
  spec.affinity = Object.values(affinity).some(Boolean) || next.spec?.affinity ? affinity : undefined
  return { ...old, metadata: { ...old.metadata, ...pick(next) }, spec }
}

const pick = (t: PodTemplateSpec) => ({ annotations: t.metadata?.annotations, labels: t.metadata?.labels })

function withAmounts(old: PodSpec | undefined, next: PodSpec | undefined): PodSpec | undefined {
  if (!old) return old
  const paired = (list: 'containers' | 'initContainers') => {
    const [before, now] = [old[list], next?.[list]]
    if (!before || before.length !== now?.length) return before
    return before.map((c, i) => (c.name === now[i]?.name ? { ...c, resources: now[i]?.resources } : c))
  }
  return { ...old, containers: paired('containers') ?? [], initContainers: paired('initContainers') }
}

function statusText(j: Whole): string {
  const { status } = j
  if (isTrue(status, 'Complete')) return 'Complete'
  if (isTrue(status, 'Failed')) return 'Failed'
  if (j.metadata.deletionTimestamp) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(type => isTrue(status, type)) ?? 'Running'
}

function completionsText({ spec, status }: Whole): string {
  const done = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${done}/${spec.completions}`
  const parallel = spec?.parallelism ?? 0
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`
}

function durationCell({ status }: Whole, now: number): string {
  if (!status?.startTime) return ''
  const end = status.completionTime ? Date.parse(status.completionTime) : now
  return durationText(end - Date.parse(status.startTime))
}
