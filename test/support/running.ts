import { type ChildProcess, spawn } from 'node:child_process'
import { end } from './hosts.ts'
import { waitUntil } from './wait.ts'
import { witness } from './witness.ts'

/** A program that goes on until it is ended, with what it has said so far. */
export interface Running {
  readonly child: ChildProcess
  out(): string
  err(): string
  /** Ends it and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a program. */
export function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  return started(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } }))
}

/** What a program that was started says from now on. */
export function started(child: ChildProcess): Running {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (c: Buffer) => out.push(c))
  child.stderr?.on('data', (c: Buffer) => err.push(c))
  child.stdin?.on('error', () => {})
  // A program that cannot be started closes too, without an exit code.
  child.on('error', error => err.push(Buffer.from(error.message)))
  const said = witness(`what ${child.spawnargs.slice(0, 8).join(' ').slice(0, 200)} says`, () =>
    Buffer.concat([...out.slice(-20), ...err.slice(-20)])
      .toString()
      .slice(-2_000),
  )
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  return {
    child,
    out: () => Buffer.concat(out).toString(),
    err: () => Buffer.concat(err).toString(),
    [Symbol.asyncDispose]: async () => {
      said[Symbol.dispose]()
      await end(child)
      await ended
    },
  }
}

/** Waits for the end of a program and gives its exit code. */
export async function exitCode({ child }: Running): Promise<number> {
  await waitUntil('the end of a program', () => child.exitCode !== null || child.signalCode !== null)
  return child.exitCode ?? -1
}
