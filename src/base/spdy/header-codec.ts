import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { SPDY_DICTIONARY } from './dictionary.ts'

/** Headers larger than this are refused: a few bytes of zlib can mean gigabytes. */
const MAX_HEADER_BYTES = 64 * 1024

/**
 * Compresses and decompresses header blocks. Each direction of a connection is one zlib stream, so calls must not
 * overlap: the connection makes them one after the other.
 */
export class HeaderCodec {
  readonly #inflate: Inflate = createInflate({ dictionary: SPDY_DICTIONARY })
  readonly #deflate: Deflate = createDeflate({ dictionary: SPDY_DICTIONARY })

  decompress(block: Buffer): Promise<Buffer> {
    return through(this.#inflate, block)
  }

  compress(block: Buffer): Promise<Buffer> {
    return through(this.#deflate, block)
  }

  close(): void {
    this.#inflate.close()
    this.#deflate.close()
  }
}

function through(stream: Inflate | Deflate, input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_HEADER_BYTES) end(new Error('SPDY headers are too large'))
    }
    const end = (error?: Error | null): void => {
      stream.off('data', onData)
      stream.off('error', end)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    stream.on('data', onData)
    stream.once('error', end)
    stream.write(input)
    stream.flush(constants.Z_SYNC_FLUSH, () => end())
  })
}
