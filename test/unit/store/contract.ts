import {
  type Change,
  type Codec,
  CompactedError,
  FutureRevisionError,
  GuardError,
  type Store,
  StoreError,
  type Write,
} from '../../../src/store/store.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'

/** The values that store tests write. */
export interface Doc {
  readonly text: string
  readonly revision: number
}

export const docCodec: Codec<Doc> = {
  encode: doc => Buffer.from(JSON.stringify(doc)),
  decode: bytes => JSON.parse(Buffer.from(bytes).toString('utf8')) as Doc,
}

export interface Subject {
  readonly store: Store<Doc>
  readonly clock: FakeClock
  /** Stops the store and starts another one on the same data; missing where nothing outlasts the store. */
  readonly reopen?: () => Promise<Store<Doc>>
  /** Removes what the test left on disk. */
  readonly dispose?: () => void
}

export const put = (key: string, text: string, guard: Write<Doc>['guard'] = 'any'): Write<Doc> => ({
  key,
  guard,
  value: revision => ({ text, revision }),
})
export const remove = (key: string, guard: Write<Doc>['guard'] = 'any'): Write<Doc> => ({
  key,
  guard,
  value: undefined,
})

/** A watcher that collects; `sentences` is what it saw, readable. */
export class Seen {
  readonly changes: Change<Doc>[] = []
  readonly closed: Error[] = []
  readonly onChanges = (changes: readonly Change<Doc>[]): void => void this.changes.push(...changes)
  readonly onClosed = (reason: Error): void => void this.closed.push(reason)
  get sentences(): string[] {
    return this.changes.map(sentence)
  }
}

export const sentence = (c: Change<Doc>): string =>
  `${c.type} ${c.key} ${c.previous ? `${c.previous.text}→` : ''}${c.value.text}`

/** What every store guarantees: the suite that each backend runs. */
export function storeContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name} keeps the store's contract:`, () => {
    let subject: Subject
    let store: Store<Doc>
    let closed: boolean
    beforeEach(async () => {
      subject = await make()
      store = subject.store
      closed = false
    })
    afterEach(async () => {
      const faults = closed ? [] : await store.check()
      await store.close()
      subject.dispose?.()
      expect(faults).toEqual([])
      expect(subject.clock.pending).toBe(0)
    })
    const texts = async (prefix: string, revision?: number): Promise<string> => {
      const { entries } = await store.list(prefix, revision === undefined ? {} : { revision })
      return entries.map(e => `${e.key}=${e.value.text}`).join(' ')
    }

    test('an empty store has a revision above 0, for clients give 0 a meaning of its own', async () => {
      expect(store.revision).toBeGreaterThan(0)
      expect(await store.list('')).toEqual({ entries: [], revision: store.revision, remaining: 0 })
    })

    test('each write gets the next revision and its value is made from it', async () => {
      const start = store.revision
      const a = await store.append(put('a', '1'))
      const b = await store.append(put('b', '1'))
      expect([a.revision, b.revision, store.revision]).toEqual([start + 1, start + 2, start + 2])
      expect(a.value).toEqual({ text: '1', revision: start + 1 })
      expect(await store.get('a')).toEqual({
        key: 'a',
        value: a.value,
        createRevision: a.revision,
        modRevision: a.revision,
      })
    })

    test('writes that arrive together keep their order and get dense revisions', async () => {
      const start = store.revision
      const changes = await Promise.all(Array.from({ length: 50 }, (_, i) => store.append(put(`k${i % 7}`, `${i}`))))
      expect(changes.map(c => c.revision)).toEqual(changes.map((_, i) => start + 1 + i))
      expect(await texts('')).toBe('k0=49 k1=43 k2=44 k3=45 k4=46 k5=47 k6=48')
    })

    test('an update keeps the create revision and tells the value before', async () => {
      const a = await store.append(put('a', '1'))
      const b = await store.append(put('a', '2', a.revision))
      expect(b).toEqual({ key: 'a', type: 'update', revision: b.revision, value: b.value, previous: a.value })
      expect(await store.get('a')).toMatchObject({ createRevision: a.revision, modRevision: b.revision })
    })

    const refused: { name: string; write: (at: number) => Write<Doc>; actual: (at: number) => number | undefined }[] = [
      { name: 'a create of a key that is there', write: () => put('a', 'x', 'absent'), actual: at => at },
      { name: 'an update at an old revision', write: at => put('a', 'x', at - 1), actual: at => at },
      { name: 'an update of an absent key', write: at => put('b', 'x', at), actual: () => undefined },
      { name: 'a removal at an old revision', write: at => remove('a', at - 1), actual: at => at },
      { name: 'a removal of an absent key', write: () => remove('b'), actual: () => undefined },
    ]
    for (const c of refused) {
      test(`${c.name} is refused, uses no revision and tells the actual one`, async () => {
        const { revision } = await store.append(put('a', '1'))
        const error = await store.append(c.write(revision)).catch((e: unknown) => e)
        expect(error).toBeInstanceOf(GuardError)
        expect((error as GuardError).actual).toBe(c.actual(revision))
        expect(store.revision).toBe(revision)
      })
    }

    test('of writes that race with one guard exactly one succeeds', async () => {
      const race = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => store.append(put('a', `${i}`, 'absent'))),
      )
      expect(race.map(r => r.status).join()).toBe(['fulfilled', ...Array(9).fill('rejected')].join())
      for (const r of race.slice(1)) {
        expect((r as PromiseRejectedResult).reason).toMatchObject({ name: 'GuardError', actual: store.revision })
      }
    })

    test('a value that cannot be made fails only its own write', async () => {
      const fault = new Error('no value')
      const bad = store.append({
        key: 'bad',
        guard: 'any',
        value: () => {
          throw fault
        },
      })
      const good = store.append(put('good', '1'))
      await expect(bad).rejects.toBe(fault)
      expect((await good).revision).toBe(store.revision)
    })

    test('a removed key is gone, may come back, and then has a new create revision', async () => {
      await store.append(put('a', '1'))
      const gone = await store.append(remove('a'))
      expect(gone).toMatchObject({ type: 'delete', value: { text: '1' }, previous: { text: '1' } })
      expect(await store.get('a')).toBeUndefined()
      const again = await store.append(put('a', '2', 'absent'))
      expect(await store.get('a')).toMatchObject({ createRevision: again.revision })
      expect(await texts('')).toBe('a=2')
    })

    test('a removal shows the last state that its writer makes', async () => {
      await store.append(put('a', '1'))
      const gone = await store.append({ ...remove('a'), lastState: revision => ({ text: 'last', revision }) })
      expect(gone).toMatchObject({ value: { text: 'last', revision: gone.revision }, previous: { text: '1' } })
    })

    test('a list has the keys below its prefix in byte order', async () => {
      for (const key of ['b/2', 'a/9', 'b/10', 'b', 'c/1', 'b/é', 'b/\u{1F600}', 'b/\uFF5E'])
        await store.append(put(key, '1'))
      const { entries } = await store.list('b/')
      expect(entries.map(e => e.key)).toEqual(['b/10', 'b/2', 'b/é', 'b/\uFF5E', 'b/\u{1F600}'])
    })

    test('pages of a list at one revision make up the whole list while others write', async () => {
      for (let i = 0; i < 10; i++) await store.append(put(`k${i}`, '1'))
      const first = await store.list('k', { limit: 4 })
      expect(first).toMatchObject({ remaining: 6, revision: store.revision })
      await store.append(put('k5', 'changed'))
      await store.append(remove('k7'))
      await store.append(put('k55', 'new'))
      const rest = await store.list('k', { revision: first.revision, after: 'k3', limit: 100 })
      expect(rest.entries.map(e => `${e.key}=${e.value.text}`)).toEqual([
        'k4=1',
        'k5=1',
        'k6=1',
        'k7=1',
        'k8=1',
        'k9=1',
      ])
      expect(rest).toMatchObject({ remaining: 0, revision: first.revision })
    })

    test('every past state can be read until it is compacted', async () => {
      const states: [number, string][] = []
      const writes = [
        put('a', '1'),
        put('b', '1'),
        put('a', '2'),
        remove('b'),
        put('b', '3'),
        remove('a'),
        put('c', '1'),
      ]
      for (const write of writes) {
        await store.append(write)
        states.push([store.revision, await texts('')])
      }
      for (const [revision, state] of states) expect(await texts('', revision)).toBe(state)
      const [second] = states[1] as [number, string]
      expect(await store.get('a', second)).toMatchObject({ value: { text: '1' }, modRevision: second - 1 })
      expect(await store.get('c', second)).toBeUndefined()
      await store.compact(second)
      expect(store.compacted).toBe(second)
      expect(await texts('', second)).toBe('a=1 b=1')
      await expect(store.list('', { revision: second - 1 })).rejects.toThrow(CompactedError)
      await expect(store.get('a', second - 1)).rejects.toThrow(CompactedError)
    })

    test('a revision that is not there yet cannot be read or watched', async () => {
      const revision = store.revision + 1
      await expect(store.list('', { revision })).rejects.toThrow(FutureRevisionError)
      await expect(store.get('a', revision)).rejects.toThrow(FutureRevisionError)
      expect(() => store.watch('', { after: revision, onChanges: () => {} })).toThrow(FutureRevisionError)
    })

    test('a watcher sees each change below its prefix once, before the write is answered', async () => {
      const seen = new Seen()
      using _ = store.watch('a/', { after: store.revision, onChanges: seen.onChanges })
      await store.append(put('a/1', '1'))
      expect(seen.sentences).toEqual(['create a/1 1'])
      await store.append(put('b/1', '1'))
      await store.append(put('a/1', '2'))
      await store.append(remove('a/1'))
      expect(seen.sentences).toEqual(['create a/1 1', 'update a/1 1→2', 'delete a/1 2→2'])
    })

    test('a watcher gets the very change that the writer gets, and readers the very value', async () => {
      const seen = new Seen()
      using _ = store.watch('', { after: store.revision, onChanges: seen.onChanges })
      const change = await store.append(put('a', '1'))
      expect(seen.changes[0]).toBe(change)
      expect((await store.get('a'))?.value).toBe(change.value)
      expect((await store.append(put('a', '2'))).previous).toBe(change.value)
    })

    test('a watcher from an old revision gets history first and then goes on without a gap', async () => {
      const after = store.revision
      const written: string[] = []
      for (let i = 0; i < 1300; i++) written.push(`k${i % 100}`)
      await Promise.all(written.map((key, i) => store.append(put(key, `${i}`))))
      const seen = new Seen()
      using _ = store.watch('', { after, ...seen })
      expect(seen.changes).toEqual([])
      for (let i = 0; i < 20; i++) await store.append(put('during', `${i}`))
      await until('all changes', () => seen.changes.length >= 1320)
      expect(seen.changes.map(c => c.revision)).toEqual(Array.from({ length: 1320 }, (_, i) => after + 1 + i))
      expect(seen.sentences[1299]).toBe('update k99 1199→1299')
      await store.append(put('last', '1'))
      expect(seen.sentences.at(-1)).toBe('create last 1')
    })

    test('history tells the same changes as they happened', async () => {
      const after = store.revision
      const live = new Seen()
      using _live = store.watch('', { after, onChanges: live.onChanges })
      await store.append(put('a', '1'))
      await store.append(put('a', '2'))
      await store.append(remove('a'))
      await store.append(put('a', '3'))
      await store.append({ ...remove('a'), lastState: revision => ({ text: 'last', revision }) })
      const replayed = new Seen()
      using _ = store.watch('', { after, onChanges: replayed.onChanges })
      await until('the replay', () => replayed.changes.length === 5)
      expect(replayed.changes).toEqual(live.changes)
    })

    test('watching from before compacted history is refused, and from its end allowed', async () => {
      const after = store.revision
      await store.append(put('a', '1'))
      await store.append(put('a', '2'))
      await store.compact(after + 1)
      expect(() => store.watch('', { after, onChanges: () => {} })).toThrow(CompactedError)
      const seen = new Seen()
      using _ = store.watch('', { after: after + 1, onChanges: seen.onChanges })
      await until('the change', () => seen.changes.length === 1)
      expect(seen.sentences).toEqual(['update a 1→2'])
    })

    test('all history can be compacted, and the store goes on', async () => {
      await store.append(put('a', '1'))
      await store.compact(store.revision)
      expect(store.compacted).toBe(store.revision)
      const seen = new Seen()
      using _ = store.watch('', { after: store.revision, onChanges: seen.onChanges })
      await store.append(put('a', '2'))
      expect(seen.sentences).toEqual(['update a 1→2'])
      expect(await texts('')).toBe('a=2')
    })

    test('history stays five minutes and a thousand revisions, and then goes by itself', async () => {
      const after = store.revision
      const write = (count: number): Promise<unknown> =>
        Promise.all(Array.from({ length: count }, (_, i) => store.append(put(`k${i}`, 'x'))))
      await write(2000)
      await subject.clock.advance(5 * 60_000 - 1)
      await write(10)
      expect(store.compacted).toBe(after)
      await subject.clock.advance(2)
      for (let i = 0; i < 10; i++) await write(300)
      expect(store.compacted).toBeGreaterThan(after)
      expect(store.compacted).toBeLessThanOrEqual(after + 2000)
    })

    test('a disposed watcher sees nothing more', async () => {
      const seen = new Seen()
      const watch = store.watch('', { after: store.revision, ...seen })
      await store.append(put('a', '1'))
      watch[Symbol.dispose]()
      await store.append(put('a', '2'))
      expect([seen.changes.length, seen.closed.length]).toEqual([1, 0])
    })

    test('a watcher that throws is ended and harms nobody', async () => {
      const fault = new Error('bad watcher')
      const bad = new Seen()
      const good = new Seen()
      const options = { after: store.revision, onClosed: bad.onClosed }
      using _bad = store.watch('', {
        ...options,
        onChanges: () => {
          throw fault
        },
      })
      using _good = store.watch('', { after: store.revision, onChanges: good.onChanges })
      await store.append(put('a', '1'))
      await store.append(put('a', '2'))
      expect(bad.closed).toEqual([fault])
      expect(good.sentences).toEqual(['create a 1', 'update a 1→2'])
    })

    test('a watcher that throws even when it is ended fails no write', async () => {
      const good = new Seen()
      const fault = (): never => {
        throw new Error('bad watcher')
      }
      using _bad = store.watch('', { after: store.revision, onChanges: fault, onClosed: fault })
      using _good = store.watch('', { after: store.revision, onChanges: good.onChanges })
      await expect(store.append(put('a', '1'))).resolves.toMatchObject({ key: 'a' })
      await expect(store.append(put('a', '2'))).resolves.toMatchObject({ key: 'a' })
      expect(good.sentences).toEqual(['create a 1', 'update a 1→2'])
    })

    test('a watcher that writes keeps the order for the others', async () => {
      const seen = new Seen()
      const writes: Promise<unknown>[] = []
      using _writer = store.watch('a', {
        after: store.revision,
        onChanges: () => void writes.push(store.append(put('b', '1'))),
      })
      using _ = store.watch('', { after: store.revision, onChanges: seen.onChanges })
      await store.append(put('a', '1'))
      await Promise.all(writes)
      expect(seen.sentences).toEqual(['create a 1', 'create b 1'])
    })

    test('closing finishes accepted writes, ends watchers once and refuses new ones', async () => {
      const seen = new Seen()
      store.watch('', { after: store.revision, ...seen })
      const accepted = store.append(put('a', '1'))
      await store.close()
      closed = true
      await accepted
      expect(seen.sentences).toEqual(['create a 1'])
      expect(seen.closed.map(e => e.message)).toEqual(['The store is closed'])
      await expect(store.append(put('b', '1'))).rejects.toThrow(StoreError)
      expect(() => store.watch('', { after: store.revision, onChanges: () => {} })).toThrow(StoreError)
    })
  })
}
