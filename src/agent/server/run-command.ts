import { pipeline } from 'node:stream/promises'
import type { Readable, Writable } from 'node:stream'
import type { ProcessStreams } from '../runtime/runtime.ts'
import { type CommandStatus, type CommandStreams, errorStatus, exitStatus, SUCCESS } from './command-streams.ts'

/**
 * Connects a process with a client until it ends or the client goes; then tells how it ended. An attached container's
 * end is no matter of the connection: the pod's status tells its exit code.
 */
export async function connectCommand(
  client: CommandStreams,
  start: () => Promise<ProcessStreams>,
  verb: 'exec' | 'attach' = 'exec',
): Promise<void> {
  let process: ProcessStreams
  try {
    process = await start()
  } catch (error) {
    await client.finish(failed(verb, error as Error))
    return
  }
  client.onGone(() => process.close())
  client.onResize((columns, rows) => void process.resize(columns, rows).catch(() => {}))
  // Input ends when the client ends it; it never ends the command by itself.
  if (client.stdin) void pipeline(client.stdin, process.stdin).catch(() => {})
  else process.stdin.end()
  try {
    await Promise.all([copy(process.stdout, client.stdout), copy(process.stderr, client.stderr)])
    const code = await process.exited
    await client.finish(verb === 'attach' ? SUCCESS : exitStatus(code))
  } catch (error) {
    await client.finish(failed(verb, error as Error))
  } finally {
    process.close()
  }
}

/** A command or container that could not be reached, in the kubelet's words. */
const failed = (verb: 'exec' | 'attach', { message }: Error): CommandStatus =>
  errorStatus(
    verb === 'exec' ? `error executing command in container: ${message}` : `error attaching to container: ${message}`,
  )

async function copy(from: Readable, to: Writable | undefined): Promise<void> {
  if (!to) {
    from.resume()
    return
  }
  // A client that goes in the middle is no failure of the command.
  await pipeline(from, to, { end: false }).catch(() => from.resume())
}
