import { PassThrough, type Readable, type Writable } from 'node:stream'

const HEADER_BYTES = 8
const STDERR = 2

/**
 * Takes apart the engine's stream of frames (1 byte stream, 3 zero, 4 length, then data). Waits where a reader is
 * slow, so that a process which writes much does not fill the memory. Ends both outputs with the source.
 */
export async function demultiplex(source: Readable, stdout: Writable, stderr: Writable): Promise<void> {
  let rest: Buffer = Buffer.alloc(0)
  let failure: Error | undefined
  try {
    for await (const chunk of source) {
      rest = rest.length ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer)
      while (rest.length >= HEADER_BYTES) {
        const end = HEADER_BYTES + rest.readUInt32BE(4)
        if (rest.length < end) break
        await write(rest[0] === STDERR ? stderr : stdout, rest.subarray(HEADER_BYTES, end))
        rest = rest.subarray(end)
      }
    }
  } catch (error) {
    failure = error as Error
  }
  for (const output of new Set([stdout, stderr])) {
    if (failure && !isHangUp(failure)) output.destroy(failure)
    else output.end()
  }
}

/** A connection that the other side, or we, cut: the stream is over, nothing is wrong. */
function isHangUp(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return (
    code === 'ECONNRESET' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code === 'ABORT_ERR' ||
    error.name === 'AbortError'
  )
}

function write(output: Writable, bytes: Buffer): Promise<void> | void {
  if (output.destroyed || output.write(bytes)) return
  return new Promise(resolve => {
    const done = (): void => {
      output.off('drain', done).off('close', done).off('error', done)
      resolve()
    }
    output.on('drain', done).on('close', done).on('error', done)
  })
}

/** A stream that is at its end. */
export function emptyStream(): Readable {
  const stream = new PassThrough()
  stream.end()
  return stream
}
