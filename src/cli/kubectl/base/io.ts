import type { Clock } from '../../../base/clock.ts'

/** Where a command reads and writes: the process, or a test. */
export interface Io {
  readonly out: (data: string | Uint8Array) => void
  readonly err: (text: string) => void
  /** Everything on standard input. */
  readonly readInput: () => Promise<Buffer>
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Prints a line. */
export const say = (io: Io, line: string): void => io.out(`${line}\n`)
