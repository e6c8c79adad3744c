import { MemoryStore } from '../../../src/store/memory.ts'
import { type Change, CompactedError, GuardError, type Store } from '../../../src/store/store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import { type Doc, put, remove, type Subject, sentence, Seen } from './contract.ts'
import { openSubject } from './sqlite-subject.ts'

const ROUNDS = 300
const KEYS = Array.from({ length: 30 }, (_, i) => `${'abc'[i % 3]}/${i}`)

type State = Map<string, { text: string; created: number; modified: number }>

const show = (state: State, prefix: string): string[] =>
  [...state.keys()]
    .filter(key => key.startsWith(prefix))
    .sort()
    .map(key => `${key} ${JSON.stringify(state.get(key))}`)

/** Does random things to the store and to a plain Map, and compares what both show. */
class Model {
  readonly #pick: (below: number) => number
  readonly #subject: Subject
  store: Store<Doc>
  #state: State = new Map()
  /** The state after each revision, and each change. */
  readonly #states = new Map<number, State>()
  readonly #changes: Change<Doc>[] = []
  readonly #live = new Seen()
  #watch: Disposable
  /** Where the live watcher began: it begins again after a reopen. */
  #watchedFrom: number

  constructor(subject: Subject, seed: number) {
    this.#pick = randomFrom(seed)
    this.#subject = subject
    this.store = subject.store
    this.#states.set(this.store.revision, new Map())
    this.#watchedFrom = this.store.revision
    this.#watch = this.store.watch('', { after: this.store.revision, ...this.#live })
  }

  async round(): Promise<void> {
    const dice = this.#pick(100)
    if (dice < 60) await this.#write()
    else if (dice < 75) await this.#readPast()
    else if (dice < 90) await this.#replay()
    else if (dice < 94) await this.store.compact(this.#someRevision())
    else if (dice < 96) await this.#subject.clock.advance(60_000)
    else if (dice < 98 && this.#subject.reopen) await this.#reopen()
    await this.#compareNow()
  }

  #someRevision(): number {
    const known = [...this.#states.keys()]
    return known[this.#pick(known.length)] as number
  }

  async #write(): Promise<void> {
    const batch = Array.from({ length: 1 + this.#pick(12) }, () => {
      const key = KEYS[this.#pick(KEYS.length)] as string
      const present = this.#state.get(key)
      const guards = ['any', 'any', 'absent', present?.modified ?? 'absent', this.#someRevision()] as const
      const guard = guards[this.#pick(guards.length)] as 'any' | 'absent' | number
      const text = `${this.#pick(1e6)}${'-'.repeat(this.#pick(20) ? 0 : 30_000)}`
      return this.#pick(4) === 0 ? remove(key, guard) : put(key, text, guard)
    })
    const results = await Promise.allSettled(batch.map(write => this.store.append(write)))
    results.forEach((result, i) => {
      const { key, guard, value } = batch[i] as (typeof batch)[number]
      const present = this.#state.get(key)
      const holds = guard === 'any' || (guard === 'absent' ? !present : present?.modified === guard)
      const accepted = holds && (value !== undefined || present !== undefined)
      expect([key, guard, result.status]).toEqual([key, guard, accepted ? 'fulfilled' : 'rejected'])
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(GuardError)
      else this.#learn(result.value)
    })
  }

  #learn(change: Change<Doc>): void {
    const { key, revision, type, value } = change
    const next = new Map(this.#state)
    if (type === 'delete') next.delete(key)
    else next.set(key, { text: value.text, created: next.get(key)?.created ?? revision, modified: revision })
    this.#state = next
    this.#states.set(revision, next)
    this.#changes.push(change)
  }

  async #shown(prefix: string, revision?: number): Promise<string[]> {
    const shown: State = new Map()
    let after: string | undefined
    const limit = 1 + this.#pick(40)
    for (;;) {
      const page = await this.store.list(prefix, {
        limit,
        ...(revision === undefined ? {} : { revision }),
        ...(after === undefined ? {} : { after }),
      })
      for (const e of page.entries) {
        shown.set(e.key, { text: e.value.text, created: e.createRevision, modified: e.modRevision })
      }
      if (page.remaining === 0) return show(shown, prefix)
      after = page.entries.at(-1)?.key
    }
  }

  async #compareNow(): Promise<void> {
    expect(await this.#shown('')).toEqual(show(this.#state, ''))
    const wanted = this.#changes.filter(c => c.revision > this.#watchedFrom)
    expect(this.#live.changes.map(c => c.revision)).toEqual(wanted.map(c => c.revision))
  }

  async #readPast(): Promise<void> {
    const revision = this.#someRevision()
    const prefix = ['', 'a/', 'b/1'][this.#pick(3)] as string
    if (revision < this.store.compacted) {
      await expect(this.store.list(prefix, { revision })).rejects.toThrow(CompactedError)
      return
    }
    expect(await this.#shown(prefix, revision)).toEqual(show(this.#states.get(revision) as State, prefix))
  }

  async #replay(): Promise<void> {
    const after = this.#someRevision()
    const prefix = ['', 'a/', 'b/1'][this.#pick(3)] as string
    const seen = new Seen()
    const watch = (): Disposable => this.store.watch(prefix, { after, ...seen })
    if (after < this.store.compacted) {
      expect(watch).toThrow(CompactedError)
      return
    }
    using _ = watch()
    const wanted = this.#changes.filter(c => c.revision > after && c.key.startsWith(prefix))
    await until('the replay', () => seen.changes.length >= wanted.length || seen.closed.length > 0)
    expect(seen.closed).toEqual([])
    expect(seen.changes.map(c => `${c.revision} ${sentence(c)}`)).toEqual(
      wanted.map(c => `${c.revision} ${sentence(c)}`),
    )
  }

  async #reopen(): Promise<void> {
    this.#watch[Symbol.dispose]()
    const { revision } = this.store
    this.store = (await this.#subject.reopen?.()) as Store<Doc>
    expect(this.store.revision).toBe(revision)
    this.#watchedFrom = revision
    this.#live.changes.length = 0
    this.#watch = this.store.watch('', { after: revision, ...this.#live })
  }
}

const backends: { name: string; make: () => Promise<Subject> }[] = [
  {
    name: 'the store in memory',
    make: async () => {
      const clock = new FakeClock()
      return { store: new MemoryStore<Doc>({ clock, retention: { minAgeMs: 60_000, minRevisions: 200 } }), clock }
    },
  },
  { name: 'the SQLite store', make: () => openSubject({ retention: { minAgeMs: 60_000, minRevisions: 200 } }) },
]

for (const { name, make } of backends) {
  test(`${name} does what a plain Map does, whatever happens (KUBELITE_SEED=${SEED})`, async () => {
    const subject = await make()
    const model = new Model(subject, SEED)
    try {
      for (let i = 0; i < ROUNDS; i++) await model.round()
      expect(await model.store.check()).toEqual([])
    } finally {
      await model.store.close()
      subject.dispose?.()
    }
  })
}
