import { existsSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { assetFile } from '../base/assets.ts'
import type { Clock } from '../base/clock.ts'
import { errorText, type Logger } from '../base/log.ts'
import { planBatch, type Step } from './plan.ts'
import { DEFAULT_RETENTION, type Retention } from './retention.ts'
import { pack, unpack } from './sqlite-protocol.ts'
import { KIND } from './sqlite-schema.ts'
import {
  type Change,
  type Codec,
  type Entry,
  type Listing,
  type ListOptions,
  type Store,
  StoreError,
  type WatchOptions,
  type Write,
} from './store.ts'
import { Timeline, type Undo } from './timeline.ts'
import type { HistoryPage } from './watchers.ts'
import { WriterThread } from './writer-thread.ts'

/** Changes that stay in memory for watchers that resume and for lists in pages; up to twice as many do. */
const KEPT_CHANGES = 256
/** A transaction takes no more writes when it has this many, or this many bytes of values. */
const BATCH_WRITES = 1024
const BATCH_BYTES = 8 * 2 ** 20

interface Waiting<V> {
  readonly write: Write<V>
  readonly resolve: (change: Change<V>) => void
  readonly reject: (error: unknown) => void
}

export interface SqliteStoreOptions<V> {
  /** The database file; its directory must exist. Beside it come `-wal`, `-shm` and `-ceiling` files. */
  readonly path: string
  readonly codec: Codec<V>
  readonly clock: Clock
  readonly log: Logger
  readonly retention?: Retention
  /** Where the single binary puts SQLite's library. Defaults to the database's directory. */
  readonly nativeDir?: string
}

/**
 * The store in a SQLite file (docs/store.md). This side plans batches and shows what is durable; the writer thread
 * does all that waits for the disk.
 */
export class SqliteStore<V> implements Store<V> {
  readonly #options: SqliteStoreOptions<V>
  readonly #timeline: Timeline<V>
  #starting: Promise<void> | undefined
  #writer: WriterThread | undefined
  #waiting: Waiting<V>[] = []
  /** The commit under way: the next one is planned on its outcome. */
  #committing: Promise<void> | undefined
  #scheduled = false
  /** The last answer of the writer said that there is something to trim or to give back. */
  #untidy = false
  #maintaining = false
  #closing: Promise<void> | undefined

  constructor(options: SqliteStoreOptions<V>) {
    this.#options = options
    this.#timeline = new Timeline<V>({
      keep: KEPT_CHANGES,
      older: {
        undo: (revision, prefix) => this.#undo(revision, prefix),
        page: (after, upTo, prefix) => this.#page(after, upTo, prefix),
      },
    })
  }

  get revision(): number {
    return this.#timeline.revision
  }

  get compacted(): number {
    return this.#timeline.compacted
  }

  get fault(): Error | undefined {
    return this.#closing ? undefined : this.#writer?.fault
  }

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { clock, log, nativeDir, retention = DEFAULT_RETENTION } = this.#options
    const path = resolve(this.#options.path)
    const native = assetFile('better_sqlite3.node', nativeDir ?? dirname(path))
    const writer = new WriterThread({ path, native, retention, now: clock.now() })
    try {
      const opened = await writer.ask('open', {})
      if (opened.warning) log.warn('Revisions skipped', { reason: opened.warning, revision: opened.revision })
      await this.#load(writer)
      this.#timeline.begin(opened)
    } catch (error) {
      await writer.terminate()
      throw new StoreError(`Cannot open the store: ${(error as Error).message}`, { cause: error })
    }
    this.#writer = writer
  }

  async #load(writer: WriterThread): Promise<void> {
    const { codec } = this.#options
    let page = writer.ask('load', { after: 0 })
    for (;;) {
      const { keys, created, modified, packed, next } = await page
      // The thread reads the next rows while this one decodes.
      if (next !== undefined) {
        page = writer.ask('load', { after: next })
        // Where decoding throws, nobody waits for it any more.
        page.catch(() => {})
      }
      unpack(packed).forEach((bytes, i) => {
        const key = keys[i] as string
        const modRevision = modified[i] as number
        const value = codec.decode(bytes ?? NOTHING, key, modRevision)
        this.#timeline.load({ key, value, createRevision: created[i] as number, modRevision })
      })
      if (next === undefined) return
    }
  }

  append(write: Write<V>): Promise<Change<V>> {
    return new Promise((resolve, reject) => {
      if (!this.#writer || this.#closing) return reject(closed())
      this.#waiting.push({ write, resolve, reject })
      this.#schedule()
    })
  }

  /** At the end of this turn of the event loop, so that all requests that have just arrived share the commit. */
  #schedule(): void {
    if (this.#scheduled || this.#committing || this.#waiting.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#startCommit()
    })
  }

  #startCommit(): void {
    if (this.#committing || this.#waiting.length === 0) return
    this.#committing = this.#commit(this.#waiting.splice(0, BATCH_WRITES)).then(() => {
      this.#committing = undefined
      this.#schedule()
      if (this.#untidy) void this.#maintain()
    })
  }

  async #commit(batch: readonly Waiting<V>[]): Promise<void> {
    const { clock } = this.#options
    const first = this.revision + 1
    const blobs: (Uint8Array | null)[] = []
    let bytes = 0
    const planned = planBatch(
      batch.map(w => w.write),
      this.revision,
      key => this.#timeline.present(key),
      step => {
        const blob = this.#encode(step)
        blobs.push(blob)
        bytes += blob?.byteLength ?? 0
        return bytes >= BATCH_BYTES ? 'full' : undefined
      },
    )
    this.#waiting.unshift(...batch.slice(planned.length))
    const steps: Step<V>[] = []
    for (const plan of planned) if ('step' in plan) steps.push(plan.step)
    let failure: StoreError | undefined
    if (steps.length > 0) {
      const rows = steps.map(({ change, before, after }) => {
        return { key: change.key, previous: before?.modRevision, removes: !after }
      })
      try {
        const done = await this.#ask('commit', { first, now: clock.now(), rows, packed: pack(blobs) })
        this.#timeline.apply(steps)
        this.#timeline.compact(done.compacted)
        this.#untidy = done.more
      } catch (error) {
        failure = new StoreError(`The store cannot write: ${errorText(error)}`, { cause: error })
      }
    }
    planned.forEach((plan, i) => {
      const waiting = batch[i] as Waiting<V>
      if ('step' in plan && !failure) waiting.resolve(plan.step.change)
      else if ('step' in plan) waiting.reject(failure)
      else waiting.reject(plan.settled ? plan.error : (failure ?? plan.error))
    })
  }

  #encode(step: Step<V>): Uint8Array | null {
    const { codec } = this.#options
    if (step.after) return codec.encode(step.after.value)
    return step.ownLastState ? codec.encode(step.change.value) : null
  }

  /** Trims and shrinks in small steps while nobody writes; what remains waits for the next commit. */
  async #maintain(): Promise<void> {
    if (this.#maintaining) return
    this.#maintaining = true
    try {
      while (this.#untidy && !this.#closing && !this.#committing && this.#waiting.length === 0) {
        const done = await this.#ask('maintain', { now: this.#options.clock.now() })
        this.#timeline.compact(done.compacted)
        this.#untidy = done.more
      }
    } catch (error) {
      this.#untidy = false
      this.#options.log.warn('Store cannot be tidied', { error })
    } finally {
      this.#maintaining = false
    }
  }

  get(key: string, revision?: number): Promise<Entry<V> | undefined> {
    return this.#timeline.get(key, revision)
  }

  list(prefix: string, options?: ListOptions): Promise<Listing<V>> {
    return this.#timeline.list(prefix, options)
  }

  watch(prefix: string, options: WatchOptions<V>): Disposable {
    if (!this.#writer || this.#closing) throw closed()
    return this.#timeline.watch(prefix, options)
  }

  async #undo(revision: number, prefix: string): Promise<Undo<V>> {
    const { keys, created, modified, packed } = await this.#ask('undo', { revision, prefix })
    const blobs = unpack(packed)
    const undo: Undo<V> = new Map()
    keys.forEach((key, i) => {
      const modRevision = modified[i]
      const bytes = blobs[i]
      if (typeof modRevision !== 'number' || !bytes) return undo.set(key, undefined)
      const value = this.#options.codec.decode(bytes ?? NOTHING, key, modRevision)
      return undo.set(key, { key, value, createRevision: created[i] as number, modRevision })
    })
    return undo
  }

  async #page(after: number, upTo: number, prefix: string): Promise<HistoryPage<V>> {
    const { rows, packed } = await this.#ask('page', { after, upTo, prefix })
    const blobs = unpack(packed)
    /** The last value seen of each key, so that a change's `previous` is the value of the change before. */
    const seen = new Map<string, { revision: number; value: V }>()
    const valueAt = (key: string, revision: number, bytes: Buffer | null | undefined): V => {
      const known = seen.get(key)
      if (known?.revision === revision) return known.value
      const live = this.#timeline.present(key)
      if (live?.modRevision === revision) return live.value
      return this.#options.codec.decode(bytes ?? NOTHING, key, revision)
    }
    const changes = rows.map(({ revision, kind, key, previous }, i): Change<V> => {
      const [after, before] = [blobs[2 * i], blobs[2 * i + 1]]
      const replaced = previous === null ? undefined : { previous: valueAt(key, previous, before) }
      const value = !after && replaced ? replaced.previous : valueAt(key, revision, after)
      seen.set(key, { revision, value })
      const type = kind === KIND.create ? 'create' : kind === KIND.update ? 'update' : 'delete'
      return { key, revision, type, value, ...replaced }
    })
    return { changes, upTo }
  }

  async compact(revision: number): Promise<void> {
    const upTo = Math.min(revision, this.revision)
    let more = true
    while (more) {
      const done = await this.#ask('compact', { upTo })
      this.#timeline.compact(done.compacted)
      more = done.more
    }
  }

  async check(): Promise<string[]> {
    // The thread answers in order: a commit that is under way is in the database before the check.
    await this.#committing
    const keys: string[] = []
    const modified: number[] = []
    for (const entry of this.#timeline.entries()) {
      keys.push(entry.key)
      modified.push(entry.modRevision)
    }
    const faults = this.#timeline.check()
    return [...faults, ...(await this.#ask('check', { keys, modified, revision: this.revision }))]
  }

  async backup(path: string): Promise<void> {
    const target = resolve(path)
    if (existsSync(target)) throw new StoreError(`${target} exists already`)
    const partial = join(dirname(target), `.${basename(target)}.partial`)
    try {
      // An attempt that a crash cut short may have left one.
      rmSync(partial, { force: true })
      await this.#ask('backup', { path: partial })
      renameSync(partial, target)
    } finally {
      rmSync(partial, { force: true })
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // One that is still starting has a thread that must end.
    await this.#starting?.catch(() => {})
    while (this.#committing || this.#waiting.length > 0) {
      this.#startCommit()
      await this.#committing
    }
    this.#timeline.close(closed())
    if (!this.#writer) return
    try {
      await this.#writer.ask('close', {})
    } finally {
      await this.#writer.terminate()
    }
  }

  #ask: WriterThread['ask'] = (name, ask) => {
    return this.#writer ? this.#writer.ask(name, ask) : Promise.reject(closed())
  }
}

const closed = (): StoreError => new StoreError('The store is closed')

const NOTHING = Buffer.alloc(0)
