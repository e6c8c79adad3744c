import { isOld } from '../../../src/store/retention.ts'
import { type CeilingState, JUMP, planStart } from '../../../src/store/sqlite-ceiling.ts'
import { checkVersion } from '../../../src/store/sqlite-open.ts'

describe('checkVersion()', () => {
  const cases: [string, boolean][] = [
    ['3.7.0', false],
    ['3.50.4', false],
    ['3.51.2', false],
    ['3.51.3', true],
    ['3.54.1', true],
    ['4.0.0', true],
    ['unknown', false],
  ]
  for (const [version, good] of cases) {
    test(`SQLite ${version} is ${good ? 'free of' : 'refused for'} the WAL-reset bug`, () => {
      if (good) expect(() => checkVersion(version)).not.toThrow()
      else expect(() => checkVersion(version)).toThrow(/WAL-reset/)
    })
  }
})

describe('planStart()', () => {
  const clean = (ceiling: number): CeilingState => ({ ceiling, clean: true })
  const unclean = (ceiling: number): CeilingState => ({ ceiling, clean: false })
  const cases: { name: string; newest: number; fresh?: boolean; found?: CeilingState; used: number; warns: boolean }[] =
    [
      { name: 'a first start begins at the beginning', newest: 1, fresh: true, used: 1, warns: false },
      { name: 'an orderly stop leaves no gap', newest: 70, found: clean(70), used: 70, warns: false },
      {
        name: 'an unclean stop skips what was reserved',
        newest: 70,
        found: unclean(10_000),
        used: 10_000,
        warns: false,
      },
      {
        name: 'an unclean stop at the very ceiling skips nothing',
        newest: 70,
        found: unclean(70),
        used: 70,
        warns: false,
      },
      {
        name: 'an older database than the orderly stop left warns',
        newest: 50,
        found: clean(70),
        used: 70,
        warns: true,
      },
      {
        name: 'a new database beside an old ceiling warns',
        newest: 1,
        fresh: true,
        found: unclean(70),
        used: 70,
        warns: true,
      },
      {
        name: 'a ceiling below the database does not count',
        newest: 90,
        found: clean(70),
        used: 90 + JUMP,
        warns: true,
      },
      { name: 'a missing ceiling makes for a long jump', newest: 90, used: 90 + JUMP, warns: true },
    ]
  for (const { name, newest, fresh = false, found, used, warns } of cases) {
    test(name, () => {
      const start = planStart(newest, fresh, found)
      expect([start.used, start.warning !== undefined]).toEqual([used, warns])
    })
  }
})

describe('isOld()', () => {
  const cases: { name: string; time: number; old: boolean }[] = [
    { name: 'a change of just now stays', time: 1_000_000, old: false },
    { name: 'a change not yet old enough stays', time: 1_000_000 - 299_999, old: false },
    { name: 'a change of five minutes ago may go', time: 1_000_000 - 300_000, old: true },
    { name: 'a change from slightly in the future stays', time: 1_000_000 + 300_000, old: false },
    { name: 'a change from a future that a wrong clock made may go', time: 1_000_000 + 300_001, old: true },
  ]
  for (const { name, time, old } of cases) {
    test(name, () => expect(isOld(time, 1_000_000, { minAgeMs: 300_000, minRevisions: 1000 })).toBe(old))
  }
})
