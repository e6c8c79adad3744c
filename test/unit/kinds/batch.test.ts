import { scheduleFault } from '../../../src/kinds/batch/cron-syntax.ts'
import { countIndexes, firstCommonIndex } from '../../../src/kinds/batch/indexes.ts'
import { job } from '../../../src/kinds/batch/job.ts'
import type { JobStatus } from '../../../src/kinds/generated/types.ts'

const schedules: [string, string | undefined][] = [
  ['*/5 * * * *', undefined],
  ['0 0 1 jan-mar mon', undefined],
  ['@every 1h30m', undefined],
  ['@daily', undefined],
  ['', 'empty spec string'],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@often', 'unrecognized descriptor: @often'],
  ['TZ=Nowhere/At 0 0 * * *', 'provided bad location Nowhere/At: unknown time zone Nowhere/At'],
]
test.each(schedules)('the schedule %j: %s', (text, want) => {
  expect(scheduleFault(text)).toBe(want)
})

const lists: [string, number | string][] = [
  ['', 0],
  ['1,3-5', 4],
  ['3,1', 'non-increasing order, previous: 3, current: 1'],
  ['9', 'too large index: "9"'],
  ['a', 'cannot convert string to integer for index: "a"'],
  ['2-2', 'non-increasing order, previous: 2, current: 2'],
]
test.each(lists)('of 8 completions the indexes %j are %j', (text, want) => {
  expect(countIndexes(text, 8)).toBe(want)
})

test('the first index of two lists is found, and parts that cannot be read are passed over', () => {
  expect(firstCommonIndex('0-2,5', '3-4,x,5', 8)).toBe(5)
  expect(firstCommonIndex('0-2', '3-4', 8)).toBeUndefined()
})

const CONTEXT = { now: 0, user: { name: 'a', groups: [] }, dryRun: false }
const statuses: { name: string; next: JobStatus; want: string[] }[] = [
  {
    name: 'a job is not complete before its criteria were met',
    next: {
      conditions: [condition('Complete')],
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:01Z',
    },
    want: [
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
  },
  {
    name: 'the failed counter does not shrink',
    next: { failed: 1 },
    want: ['status.failed: Invalid value: 1: cannot decrease the failed counter'],
  },
  {
    name: 'no more pods are ready than active',
    next: { failed: 2, active: 1, ready: 2 },
    want: ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
  },
  {
    name: 'a running job counts up',
    next: { failed: 3, active: 2, ready: 1, startTime: '2026-01-01T00:00:00Z' },
    want: [],
  },
]
test.each(statuses)('$name', ({ next, want }) => {
  const base = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'a' }, spec: { template: {}, completions: 1 } }
  const faults =
    job.status?.validateUpdate?.({ ...base, status: next }, { ...base, status: { failed: 2 } }, CONTEXT) ?? []
  expect(faults.map(f => `${f.field}: ${f.message}`)).toEqual(next.failed === undefined ? [...want, ...FEWER] : want)
})

const FEWER = ['status.failed: Invalid value: 0: cannot decrease the failed counter']

function condition(type: string) {
  return { type, status: 'True' }
}
