import { podUidOf } from './docker-config.ts'
import type { RuntimeListener } from './runtime.ts'

/** Tells of each event until the stream ends. */
export async function readEvents(stream: NodeJS.ReadableStream, listener: RuntimeListener): Promise<void> {
  for await (const line of jsonLines(stream)) {
    const event = JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: Record<string, string> } }
    const { ID: id, Attributes: labels } = event.Actor
    listener.onChange({ id, podUid: podUidOf(labels), gone: event.Action === 'destroy' })
  }
}

/** Reads a pull's progress to its end; the error, where there is one, is one of its lines. */
export async function pullError(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  let failed: string | undefined
  for await (const line of jsonLines(stream)) {
    if (line.includes('"error"')) failed = (JSON.parse(line) as { error?: string }).error ?? failed
  }
  return failed
}

async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim()) yield line
  }
}
