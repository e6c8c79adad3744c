import { Heap } from '../../../src/scheduler/heap.ts'
import { randomFrom, SEED } from '../../support/random.ts'

test(`a heap gives the least first whatever comes and goes (random, KUBELITE_SEED=${SEED})`, () => {
  const random = randomFrom(SEED)
  const heap = new Heap<number>((a, b) => a < b)
  const model: number[] = []
  for (let i = 0; i < 2000; i++) {
    if (random(3) < 2) {
      const n = random(100)
      heap.push(n)
      model.push(n)
      model.sort((a, b) => a - b)
    } else if (heap.pop() !== model.shift()) throw new Error(`seed ${SEED}, step ${i}`)
  }
  heap.clear()
  expect(heap.pop()).toBeUndefined()
})
