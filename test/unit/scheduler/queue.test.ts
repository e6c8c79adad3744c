import type { FilterPlugin, WakeEvent } from '../../../src/scheduler/framework.ts'
import { SchedulingQueue } from '../../../src/scheduler/queue.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { podOf } from '../../support/scheduler-cluster.ts'

const plugin = (name: string, ...wakesOn: WakeEvent[]): FilterPlugin => ({ name, wakesOn, prepare: () => undefined })
const filters = [plugin('Room', 'pod-removed', 'node-added'), plugin('Taints', 'node-taints', 'node-added')]
const ranked = (name: string, priority: number): ReturnType<typeof podOf> => podOf(name, { spec: { priority } })

function setUp(): { clock: FakeClock; queue: SchedulingQueue; ready: () => number; take: () => string | undefined } {
  const clock = new FakeClock()
  let ready = 0
  const queue = new SchedulingQueue({ clock, filters, onReady: () => void ready++ })
  return { clock, queue, ready: () => ready, take: () => queue.take()?.metadata.name }
}

describe('the scheduling queue', () => {
  test('gives the highest priority first, then the longest wait', () => {
    const { queue, take } = setUp()
    for (const p of [ranked('a', 0), ranked('b', 5), ranked('c', 0), ranked('d', 9), ranked('e', 5)])
      queue.put(p, false)
    expect([take(), take(), take(), take(), take(), take()]).toEqual(['d', 'b', 'e', 'a', 'c', undefined])
  })

  test(`keeps that order whatever comes and goes (random, KUBELITE_SEED=${SEED})`, () => {
    const random = randomFrom(SEED)
    const { queue, take } = setUp()
    let model: { name: string; priority: number }[] = []
    for (let i = 0; i < 500; i++) {
      const act = random(4)
      if (act < 2) {
        model.push({ name: `p${i}`, priority: random(4) })
        queue.put(ranked(`p${i}`, model.at(-1)?.priority ?? 0), false)
      } else if (act === 2 && model.length > 0) {
        const [gone] = model.splice(random(model.length), 1)
        queue.remove(`ns/${gone?.name}`)
      } else {
        const first = model.reduce<(typeof model)[0] | undefined>(
          (a, b) => (a && a.priority >= b.priority ? a : b),
          undefined,
        )
        model = model.filter(p => p !== first)
        const taken = take()
        if (taken !== first?.name) throw new Error(`seed ${SEED}, step ${i}: ${taken} instead of ${first?.name}`)
        queue.remove(`ns/${taken}`)
      }
    }
  })

  test.each<[string, readonly string[], WakeEvent, boolean]>([
    ['a change that its plugin cares for', ['Room'], 'pod-removed', true],
    ['a change that its plugin does not care for', ['Room'], 'node-taints', false],
    ['a change that one of its plugins cares for', ['Room', 'Taints'], 'node-taints', true],
    ['any change where no plugin rejected it: there were no nodes', [], 'node-added', true],
  ])('wakes a pod on %s', async (_, plugins, event, woken) => {
    const { clock, queue, take } = setUp()
    queue.put(podOf('p'), false)
    take()
    queue.rest('ns/p', new Set(plugins))
    await clock.advance(60_000)
    queue.wake(event)
    expect(take()).toBe(woken ? 'p' : undefined)
    queue.close()
  })

  test('does not try again because time passes', async () => {
    const { clock, queue, take, ready } = setUp()
    queue.put(podOf('p'), false)
    take()
    queue.rest('ns/p', new Set(['Room']))
    expect(clock.pending).toBe(0)
    await clock.advance(24 * 3_600_000)
    expect([take(), ready()]).toEqual([undefined, 1])
  })

  test('holds a woken pod back while others are ready: 1, 2, 4, 8, then always 10 seconds after it failed', async () => {
    const { clock, queue, take } = setUp()
    let others = 0
    queue.put(ranked('p', 1), false)
    take()
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      queue.rest('ns/p', new Set(['Room']))
      queue.wake('pod-removed')
      await clock.advance(seconds * 1000 - 1)
      queue.put(podOf(`other${++others}`), false)
      expect(take()).toBe(`other${others}`)
      await clock.advance(1)
      queue.put(podOf(`other${++others}`), false)
      expect([take(), take()]).toEqual(['p', `other${others}`])
    }
    expect(clock.pending).toBe(0)
  })

  test('a woken pod need not wait where nobody else is ready; the one whose time comes first goes first', async () => {
    const { clock, queue, take, ready } = setUp()
    for (const name of ['early', 'late', 'boss']) queue.put(ranked(name, name === 'boss' ? 9 : 0), false)
    expect([take(), take(), take()]).toEqual(['boss', 'early', 'late'])
    queue.rest('ns/early', new Set(['Room']))
    await clock.advance(1000)
    for (const name of ['late', 'boss']) queue.rest(`ns/${name}`, new Set(['Room']))
    const before = ready()
    await clock.advance(500)
    queue.wake('pod-removed')
    expect(ready()).toBeGreaterThan(before)
    expect([take(), take(), take(), take()]).toEqual(['early', 'boss', 'late', undefined])
    expect(clock.pending).toBe(0)
  })

  test('a pod that was looked at in vain goes behind its equals', () => {
    const { queue, take } = setUp()
    for (const name of ['a', 'b']) queue.put(podOf(name), false)
    expect(take()).toBe('a')
    queue.rest('ns/a', new Set(['Room']))
    queue.put(podOf('c'), false)
    queue.wake('pod-removed')
    expect([take(), take(), take()]).toEqual(['b', 'c', 'a'])
  })

  test('a pod that failed otherwise comes again after its back-off, without any change', async () => {
    const { clock, queue, take } = setUp()
    queue.put(podOf('p'), false)
    take()
    queue.retry('ns/p')
    expect(take()).toBeUndefined()
    await clock.advance(1000)
    expect(take()).toBe('p')
  })

  test('a change of the pod itself wakes it, news about it do not', async () => {
    const { clock, queue, take } = setUp()
    queue.put(podOf('p'), false)
    take()
    queue.rest('ns/p', new Set(['Room']))
    await clock.advance(5000)
    queue.put(podOf('p', { labels: { news: 'yes' } }), false)
    expect(take()).toBeUndefined()
    const changed = podOf('p', { labels: { changed: 'yes' } })
    queue.put(changed, true)
    expect(queue.take()).toBe(changed)
  })

  test('a pod that is gone is not given any more, and leaves no timer', () => {
    const { clock, queue, take } = setUp()
    queue.put(podOf('p'), false)
    queue.remove('ns/p')
    expect([take(), queue.size]).toEqual([undefined, 0])
    queue.put(podOf('q'), false)
    take()
    queue.retry('ns/q')
    expect(clock.pending).toBe(1)
    queue.close()
    expect([clock.pending, queue.size]).toEqual([0, 0])
  })

  test('a pod that goes and comes again under its name is given once', () => {
    const { queue, take } = setUp()
    queue.put(podOf('p'), false)
    queue.remove('ns/p')
    queue.put(podOf('p'), false)
    expect([take(), take()]).toEqual(['p', undefined])
  })
})
