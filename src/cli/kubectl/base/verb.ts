import type { FlagSpec, Flags } from './flags.ts'
import type { Io } from './io.ts'
import type { Session } from './session.ts'

/** One parsed command line of a verb. */
export interface Call {
  /** `kubectl get`. */
  readonly command: string
  readonly flags: Flags
  readonly args: readonly string[]
  /** How many arguments stand before `--`; -1 where there is none. */
  readonly dash: number
  readonly session: Session
  readonly io: Io
}

/** A verb of kubectl: one file each. */
export interface Verb {
  readonly name: string
  readonly aliases?: readonly string[]
  /** What follows `kubectl` in the usage line. */
  readonly use: string
  readonly short: string
  readonly long?: string
  /** Lines of examples. */
  readonly examples?: readonly string[]
  readonly flags?: readonly FlagSpec[]
  readonly verbs?: readonly Verb[]
  /** Resolves with the exit code; 0 where it resolves with nothing. Absent where only its own verbs do something. */
  readonly run?: (call: Call) => Promise<number | void>
}
