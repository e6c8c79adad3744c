import { WorkQueue } from '../../../src/base/work-queue.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const setup = () => {
  const clock = new FakeClock()
  return { clock, queue: new WorkQueue({ clock, baseDelayMs: 10, maxDelayMs: 80 }) }
}

describe('work queue', () => {
  test('a key added twice before a worker takes it comes once', async () => {
    const { queue } = setup()
    queue.add('a')
    queue.add('a')
    queue.add('b')
    expect([await queue.get(), await queue.get(), queue.length]).toEqual(['a', 'b', 0])
  })

  test('a key added while a worker holds it waits for done, then comes again', async () => {
    const { queue } = setup()
    queue.add('a')
    const held = await queue.get()
    queue.add('a')
    expect([held, queue.length, queue.idle]).toEqual(['a', 0, false])
    queue.done('a')
    expect(await queue.get()).toBe('a')
    queue.done('a')
    expect(queue.idle).toBe(true)
  })

  test('a waiting worker gets the next key and holds it', async () => {
    const { queue } = setup()
    const first = queue.get()
    queue.add('a')
    queue.add('a')
    expect([await first, queue.length]).toEqual(['a', 0])
    queue.done('a')
    expect(queue.length).toBe(1)
  })

  test('a delayed key keeps the earliest time', async () => {
    const { clock, queue } = setup()
    queue.addAfter('a', 100)
    queue.addAfter('a', 30)
    queue.addAfter('a', 60)
    await clock.advance(29)
    expect(queue.length).toBe(0)
    await clock.advance(1)
    expect([queue.length, clock.pending]).toEqual([1, 0])
  })

  test('failures double the delay up to the longest, and forget starts anew', () => {
    const { queue } = setup()
    const delays = [1, 2, 3, 4, 5].map(() => queue.addRateLimited('a'))
    queue.forget('a')
    expect([...delays, queue.addRateLimited('a')]).toEqual([10, 20, 40, 80, 80, 10])
  })

  test('close ends waiting workers and timers, and later additions are dropped', async () => {
    const { clock, queue } = setup()
    const waiting = queue.get()
    queue.addAfter('a', 100)
    queue.close()
    queue.add('b')
    expect([await waiting, await queue.get(), clock.pending, queue.length]).toEqual([undefined, undefined, 0, 0])
  })
})
