import { MemoryTrim } from '../../../src/app/memory-trim.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const MIB = 1024 * 1024

async function trimmer(heapUsed = 20 * MIB) {
  const clock = new FakeClock()
  let trims = 0
  let collect = (): void => {}
  const part = new MemoryTrim({
    clock,
    onCollection: heard => {
      collect = heard
      return { [Symbol.dispose]: () => (collect = () => {}) }
    },
    trim: () => trims++,
    heapUsed: () => heapUsed,
  })
  await part.start()
  return {
    clock,
    part,
    trims: () => trims,
    collections(count: number): void {
      for (let i = 0; i < count; i++) collect()
    },
  }
}

test('gives memory back once, ten seconds after the last collection of a busy time', async () => {
  const t = await trimmer()
  t.collections(10)
  await t.clock.advance(9000)
  t.collections(1)
  await t.clock.advance(9999)
  expect(t.trims()).toBe(0)
  await t.clock.advance(1)
  expect(t.trims()).toBe(1)
  await t.clock.advance(3_600_000)
  expect(t.trims()).toBe(1)
  t.collections(4)
  await t.clock.advance(10_000)
  expect(t.trims()).toBe(2)
})

test('some collections now and then are no busy time', async () => {
  const t = await trimmer()
  t.collections(3)
  await t.clock.advance(3_600_000)
  expect([t.trims(), t.clock.pending]).toEqual([0, 0])
})

test('leaves a large heap alone', async () => {
  const t = await trimmer(97 * MIB)
  t.collections(10)
  await t.clock.advance(10_000)
  expect(t.trims()).toBe(0)
})

test('nothing is left of it after its end', async () => {
  const t = await trimmer()
  t.collections(10)
  await t.part.stop()
  t.collections(10)
  expect(t.clock.pending).toBe(0)
})

test('V8 tells of its collections, and its memory can be asked back', async () => {
  const clock = new FakeClock()
  const part = new MemoryTrim({ clock })
  await part.start()
  const garbage: number[][] = []
  while (clock.pending === 0) {
    for (let i = 0; i < 10_000; i++) garbage[i % 100] = Array.from({ length: 100 }, () => i)
    await new Promise(resolve => setImmediate(resolve))
  }
  await clock.advance(10_000)
  await part.stop()
  expect(clock.pending).toBe(0)
})
