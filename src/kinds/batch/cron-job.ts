import { invalid, notSupported, required } from '../../base/field-error.ts'
import { age, boolean, integer, name, selectorText, sinceText, text, wide } from '../columns.ts'
import { checkChoice, checkNonNegative, type Faults } from '../core/pod/faults.ts'
import { containerImages, containerNames, faultsOf, prepareTemplate, templateRules } from '../core/pod/template.ts'
import { hostnameWarnings } from '../core/pod/warnings.ts'
import type { CronJob } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { isTimeZone, scheduleFault } from './cron-syntax.ts'
import { jobWarnings, setTemplateJobDefaults } from './job.ts'
import { checkJobSpec } from './job-spec.ts'

type Whole = ObjectOf<CronJob>

/** Eleven bytes are left for the time that its jobs get behind the name. */
const MAX_NAME = 52

export const cronJob = defineKind<Whole>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.CronJob',
  generation: 'spec',
  defaults: setDefaults,
  prepareForCreate: draft => {
    draft.status = {}
    prepareTemplate(templateOf(draft))
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(templateOf(draft), templateOf(old))
  },
  validate: c =>
    faultsOf(out => {
      checkSpec(c, undefined, out)
      const own = c.metadata.name ?? ''
      if (own.length > MAX_NAME) out.push(invalid('metadata.name', own, `must be no more than ${MAX_NAME} characters`))
    }),
  validateUpdate: (c, old) => faultsOf(out => checkSpec(c, old, out)),
  warnings: (c, old) => [
    ...(old ? [] : hostnameWarnings(c.metadata.name)),
    ...jobWarnings(c.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec', old && { spec: old.spec?.jobTemplate?.spec }),
    ...(old && c.spec?.schedule?.includes('TZ') ? [ZONE_IN_SCHEDULE] : []),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
  },
  columns: [
    name(),
    text('Schedule', c => c.spec?.schedule ?? ''),
    text('Timezone', c => c.spec?.timeZone ?? '<none>'),
    boolean('Suspend', c => (c.spec?.suspend === undefined ? '<unset>' : c.spec.suspend ? 'True' : 'False')),
    integer('Active', c => (c.status?.active ?? []).length),
    text('Last Schedule', (c, now) =>
      c.status?.lastScheduleTime ? sinceText(c.status.lastScheduleTime, now) : '<none>',
    ),
    age(),
    wide('Containers', c => containerNames(templateOf(c))),
    wide('Images', c => containerImages(templateOf(c))),
    wide('Selector', c => selectorText(c.spec?.jobTemplate?.spec?.selector)),
  ],
})

const ZONE_IN_SCHEDULE =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details'

const templateOf = (c: Whole) => c.spec?.jobTemplate?.spec?.template

function setDefaults(draft: Whole): void {
  const spec = (draft.spec ??= { schedule: '', jobTemplate: {} })
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  const jobTemplate = (spec.jobTemplate ??= {})
  setTemplateJobDefaults((jobTemplate.spec ??= { template: {} }))
}

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  const schedule = spec?.schedule ?? ''
  if (!schedule) out.push(required('spec.schedule'))
  else checkSchedule(schedule, spec?.timeZone, old?.spec?.schedule.includes('TZ') ?? false, out)
  checkNonNegative(spec?.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', out)
  const zone = spec?.timeZone
  if (zone !== undefined && (!old || old.spec?.timeZone !== zone)) checkTimeZone(zone, 'spec.timeZone', out)
  checkChoice(spec?.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy', out)
  const job = spec?.jobTemplate?.spec ?? { template: {} }
  const path = 'spec.jobTemplate.spec'
  checkJobSpec(job, path, templateRules(old && templateOf(old)), out)
  if (job.selector) out.push(invalid(`${path}.selector`, job.selector, '`selector` will be auto-generated'))
  if (job.manualSelector) out.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']))
  checkNonNegative(spec?.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', out)
  checkNonNegative(spec?.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', out)
}

function checkSchedule(schedule: string, zone: string | undefined, hadZone: boolean, out: Faults): void {
  const path = 'spec.schedule'
  const fault = scheduleFault(schedule)
  if (fault) out.push(invalid(path, schedule, fault))
  if (!schedule.includes('TZ')) return
  if (!hadZone) {
    out.push(invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  } else if (zone !== undefined) {
    out.push(invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'))
  }
}

const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/

function checkTimeZone(zone: string, path: string, out: Faults): void {
  if (zone === '') {
    out.push(invalid(path, zone, 'timeZone must be nil or non-empty string'))
    return
  }
  const odd = zone.split('/').some(p => p === '.' || p === '..' || p.startsWith('-') || !ZONE_PART.test(p))
  if (odd) {
    out.push(invalid(path, zone, `unknown time zone ${zone}`))
    return
  }
  const local = zone.toLowerCase() === 'local'
  const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
  if (local) out.push(invalid(path, zone, text))
  if (zone !== 'Local' && !isTimeZone(zone)) out.push(invalid(path, zone, `unknown time zone ${zone}`))
}
