import type { Client } from '../../../src/client/client.ts'
import { SchedulerEvents } from '../../../src/scheduler/events.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { podOf } from '../../support/scheduler-cluster.ts'

/** Gives what was written, in words. */
function setUp() {
  const clock = new FakeClock()
  const written: string[] = []
  const client = {
    create: async () => void written.push('new'),
    patch: async (_kind: unknown, _ns: string, _name: string, _how: string, body: { series: { count: number } }) =>
      void written.push(`x${body.series.count}`),
  } as unknown as Client
  const events = new SchedulerEvents({ client, clock, log: silentLogger })
  const say = async (note = 'no room'): Promise<void> => {
    events.event(podOf('p'), { type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note })
    await events.stop()
  }
  return { clock, written, say }
}

describe('SchedulerEvents', () => {
  test('the second of equal events becomes a series, the others are counted and written once in a minute', async () => {
    const { clock, written, say } = setUp()
    for (let i = 0; i < 5; i++) await say()
    expect(written).toEqual(['new', 'x2'])
    await clock.advance(60_000)
    await say()
    await say()
    expect(written).toEqual(['new', 'x2', 'x6'])
  })

  test('another text is another event', async () => {
    const { written, say } = setUp()
    await say()
    await say('still no room')
    expect(written).toEqual(['new', 'new'])
  })

  test('after six quiet minutes it is a new event', async () => {
    const { clock, written, say } = setUp()
    await say()
    await clock.advance(6 * 60_000)
    await say()
    expect(written).toEqual(['new', 'new'])
  })
})
