import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { RuntimeError } from './runtime.ts'

/**
 * Starts `program dial PID PORT` (scripts/generate/pause/pause.c) and gives its standard streams as one connection,
 * once it says that it is connected. Rejects with {@link RuntimeError} where nobody listens.
 */
export function dialWith(program: string, pid: number, port: number): Promise<Duplex> {
  const child = spawn(program, ['dial', String(pid), String(port)], { stdio: ['pipe', 'pipe', 'ignore'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code =>
      reject(
        new RuntimeError(
          `dial tcp4 127.0.0.1:${port}: connect: ${REASONS[code ?? 0] ?? 'connection refused'}`,
          code ?? 0,
        ),
      ),
    )
    child.stdout.once('readable', () => {
      // Null at the end, which comes without the sign where there is no connection: the exit code says why.
      if (child.stdout.read(1) === null) return
      const connection = Duplex.from({ writable: child.stdin, readable: child.stdout } as unknown as Iterable<never>)
      connection.on('close', () => child.kill('SIGKILL'))
      // A cut connection is the end of the stream, which its reader sees; it must not end the node.
      connection.on('error', () => {})
      resolve(connection)
    })
  })
}

/** By exit code of the dialler. */
const REASONS: Readonly<Record<number, string>> = { 2: 'no such network namespace' }
