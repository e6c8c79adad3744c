import { type Change, type Entry, GuardError, type Write } from './store.ts'

/** One change with what it makes of its key: the unit of the log in memory. */
export interface Step<V> {
  readonly change: Change<V>
  /** The key's entry before; undefined where it was absent. */
  readonly before: Entry<V> | undefined
  /** The key's entry after; undefined where it is removed. */
  readonly after: Entry<V> | undefined
  /** For a removal: whether the change shows something else than `before.value`. */
  readonly ownLastState: boolean
}

/** What became of one write of a batch. */
export type Planned<V> =
  | { readonly step: Step<V> }
  /** `settled` is false where the refusal rests on a write of the same batch that may yet fail. */
  | { readonly error: unknown; readonly settled: boolean }

/**
 * Decides a batch: checks guards against the present state and the batch's earlier writes, gives each accepted write
 * the next revision after `revision`, and makes its value. Refused writes use no revision. `prepare` is called with each
 * accepted step: it may throw to refuse it, or say that the batch is full, and then the writes after it get no answer.
 */
export function planBatch<V>(
  writes: readonly Write<V>[],
  revision: number,
  present: (key: string) => Entry<V> | undefined,
  prepare?: (step: Step<V>) => 'full' | undefined,
): Planned<V>[] {
  const touched = new Map<string, Entry<V> | undefined>()
  const planned: Planned<V>[] = []
  let next = revision + 1
  for (const write of writes) {
    const pending = touched.has(write.key)
    const before = pending ? touched.get(write.key) : present(write.key)
    try {
      const step = planStep(write, before, next)
      const full = prepare?.(step) === 'full'
      touched.set(write.key, step.after)
      next++
      planned.push({ step })
      if (full) break
    } catch (error) {
      planned.push({ error, settled: !pending })
    }
  }
  return planned
}

function planStep<V>(write: Write<V>, before: Entry<V> | undefined, revision: number): Step<V> {
  const { key, guard } = write
  const holds = guard === 'any' || (guard === 'absent' ? !before : before?.modRevision === guard)
  if (!holds || (!before && !write.value)) throw new GuardError(key, before?.modRevision)
  if (write.value) {
    const value = write.value(revision)
    const after = { key, value, createRevision: before?.createRevision ?? revision, modRevision: revision }
    const change: Change<V> = before
      ? { key, revision, type: 'update', value, previous: before.value }
      : { key, revision, type: 'create', value }
    return { change, before, after, ownLastState: false }
  }
  const gone = before as Entry<V>
  const value = write.lastState ? write.lastState(revision) : gone.value
  const change: Change<V> = { key, revision, type: 'delete', value, previous: gone.value }
  return { change, before, after: undefined, ownLastState: write.lastState !== undefined }
}
