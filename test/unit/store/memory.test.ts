import { MemoryStore } from '../../../src/store/memory.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { type Doc, storeContract } from './contract.ts'

storeContract('The store in memory', async () => {
  const clock = new FakeClock()
  const store = new MemoryStore<Doc>({ clock })
  await store.start()
  return { store, clock }
})
