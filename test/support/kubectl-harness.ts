import { Readable, Writable } from 'node:stream'
import { runKubectl } from '../../src/cli/kubectl-command.ts'
import { type Clock, SystemClock } from '../../src/base/clock.ts'

export interface KubectlResult {
  readonly out: string
  readonly err: string
  readonly code: number
}

export interface KubectlOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly clock?: Clock
  /** Hears what goes to standard output as it comes. */
  readonly onOut?: (text: string) => void
}

/** Runs command lines of our own kubectl in this process, against one server. */
export function kubectlFor(kubeconfig: string, { env, clock = new SystemClock(), onOut }: KubectlOptions = {}) {
  return async (line: string | readonly string[], input = ''): Promise<KubectlResult> => {
    const words = typeof line === 'string' ? line.split(' ') : line
    const out: Buffer[] = []
    const err: string[] = []
    const code = await runKubectl(words, {
      out: data => {
        out.push(Buffer.from(data))
        onOut?.(Buffer.from(data).toString())
      },
      err: text => void err.push(text),
      readInput: async () => Buffer.from(input),
      input: Readable.from([]) as unknown as NodeJS.ReadStream,
      output: new Writable() as unknown as NodeJS.WriteStream,
      clock,
      // Nothing else of whoever runs the tests: no editor, no proxy.
      env: { PATH: process.env['PATH'], KUBECONFIG: kubeconfig, ...env },
      signal: new AbortController().signal,
    })
    return { out: Buffer.concat(out).toString(), err: err.join(''), code }
  }
}
