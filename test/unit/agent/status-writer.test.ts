import { StatusWriter } from '../../../src/agent/status-writer.ts'
import type { PodView } from '../../../src/agent/pods.ts'
import { notFound } from '../../../src/base/errors.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Client } from '../../../src/client/client.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { container, podOf } from '../../support/pod-builder.ts'

/** A writer whose server answers by hand. */
function writing() {
  const clock = new FakeClock(0)
  let pod: PodView = podOf({ containers: [container('c')] })
  let phase = 'Pending'
  const written: string[] = []
  const answers: { resolve: () => void; reject: (e: Error) => void }[] = []
  const client = {
    update: (_kind: unknown, wanted: PodView) =>
      new Promise((resolve, reject) => {
        written.push(wanted.status?.phase ?? '')
        answers.push({ resolve: () => resolve(wanted), reject })
      }),
  } as unknown as Client
  const writer = new StatusWriter({
    client,
    clock,
    log: silentLogger,
    pod: () => pod,
    onNewer: newer => (pod = newer),
    compute: () => ({ phase }),
  })
  const want = (next: string): void => {
    phase = next
    writer.want()
  }
  return { writer, want, written, answers, clock }
}

/** Runs `fn` after so many turns of the microtask queue. */
async function after(turns: number, fn: () => void): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve()
  fn()
}

test.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
  'what changes %i turns after the answer of the last write is written too',
  async turns => {
    const w = writing()
    w.want('Running')
    await settle(5)
    w.answers.shift()?.resolve()
    await after(turns, () => w.want('Succeeded'))
    await settle(20)
    expect(w.written).toEqual(['Running', 'Succeeded'])
    w.answers.shift()?.resolve()
    await w.writer.flush()
  },
)

test('what changes while one write is under way is written once, the newest', async () => {
  const w = writing()
  w.want('Running')
  await settle(5)
  w.want('Failed')
  w.want('Succeeded')
  w.answers.shift()?.resolve()
  await settle(5)
  expect(w.written).toEqual(['Running', 'Succeeded'])
  w.answers.shift()?.resolve()
  await w.writer.flush()
})

test('after an error it is written again, after a stop and for a pod that is gone it is not', async () => {
  const w = writing()
  w.want('Running')
  await settle(5)
  w.answers.shift()?.reject(new Error('away'))
  await w.clock.advance(1000)
  expect(w.written).toEqual(['Running', 'Running'])
  w.answers.shift()?.reject(notFound({ group: '', resource: 'pods' }, 'p'))
  await w.writer.flush()
  w.writer.stop()
  w.want('Failed')
  await w.writer.flush()
  expect(w.written).toEqual(['Running', 'Running'])
})
