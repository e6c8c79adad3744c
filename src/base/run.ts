import { spawn } from 'node:child_process'

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string
  /** Kills the command (SIGKILL) when aborted. */
  readonly signal?: AbortSignal
}

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Thrown by {@link run} when a command ends with another code than 0, or cannot start (code -1). */
export class RunError extends Error {
  readonly result: RunResult
  constructor(command: string, result: RunResult) {
    super(`Command ${command} failed with code ${result.code}: ${result.stderr.trim() || result.stdout.trim()}`)
    this.name = 'RunError'
    this.result = result
  }
}

/** Runs a command without a shell and collects what it prints, whatever code it ends with. */
export function runResult(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.signal ? { signal: options.signal, killSignal: 'SIGKILL' as const } : {}),
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
    const done = (code: number, extra = ''): void =>
      resolve({
        code,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8') + extra,
      })
    child.on('error', error => done(-1, error.message))
    child.on('close', code => done(code ?? -1))
    // A command that ends without reading its input: the exit code tells what is wrong.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}

/** Runs a command and gives its standard output. Rejects with {@link RunError} unless it ends with code 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await runResult(command, args, options)
  if (result.code !== 0) throw new RunError([command, ...args].join(' '), result)
  return result.stdout
}
