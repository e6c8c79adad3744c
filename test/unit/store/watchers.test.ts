import { type Change, CompactedError } from '../../../src/store/store.ts'
import { type HistoryPage, Watchers } from '../../../src/store/watchers.ts'

const change = (revision: number): Change<string> => ({
  key: `k${revision}`,
  type: 'create',
  revision,
  value: 'x',
})

/** A source whose pages the test gives or refuses, one at a time. */
class Source {
  newest = 0
  readonly asked: PromiseWithResolvers<HistoryPage<string>>[] = []
  readonly position = (): number => this.newest
  readonly page = (): Promise<HistoryPage<string>> => {
    const answer = Promise.withResolvers<HistoryPage<string>>()
    this.asked.push(answer)
    return answer.promise
  }
}

/** Lets the watcher take its next turn: a page ends in promises and one turn of the event loop. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(() => setImmediate(resolve)))

describe('A watcher that catches up', () => {
  let source: Source
  let watchers: Watchers<string>
  let seen: number[]
  let closed: Error[]
  let watch: Disposable
  beforeEach(() => {
    source = new Source()
    source.newest = 4
    watchers = new Watchers(source)
    seen = []
    closed = []
    watch = watchers.add('', {
      after: 0,
      onChanges: changes => void seen.push(...changes.map(c => c.revision)),
      onClosed: reason => void closed.push(reason),
    })
  })
  afterEach(() => watch[Symbol.dispose]())

  test('is told when its history is compacted between two pages, and sees nothing after that', async () => {
    source.asked[0]?.resolve({ changes: [change(1), change(2)], upTo: 2 })
    await turn()
    source.asked[1]?.reject(new CompactedError(2, 3))
    await turn()
    watchers.publish([change(5)])
    expect(seen).toEqual([1, 2])
    expect(closed).toEqual([expect.any(CompactedError)])
  })

  test('sees a change that happens meanwhile once, in its place', async () => {
    source.asked[0]?.resolve({ changes: [change(1), change(2)], upTo: 2 })
    source.newest = 5
    watchers.publish([change(5)])
    await turn()
    source.asked[1]?.resolve({ changes: [change(3), change(4), change(5)], upTo: 5 })
    await turn()
    watchers.publish([change(6)])
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
    expect(source.asked).toHaveLength(2)
  })

  test('asks for nothing more once it is disposed', async () => {
    watch[Symbol.dispose]()
    source.asked[0]?.resolve({ changes: [change(1)], upTo: 1 })
    await turn()
    expect([seen, closed, source.asked.length]).toEqual([[], [], 1])
  })
})
