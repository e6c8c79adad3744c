import { createHash, randomBytes } from 'node:crypto'
import { type Duplex, duplexPair } from 'node:stream'
import { deflateSync } from 'node:zlib'
import { SpdyConnection, type SpdyStream } from '../../../src/base/spdy/connection.ts'
import { SPDY_DICTIONARY } from '../../../src/base/spdy/dictionary.ts'
import {
  CANCEL,
  controlFrame,
  dataFrame,
  decodeHeaders,
  encodeHeaders,
  FLAG_FIN,
  FrameSplitter,
  GOAWAY,
  HEADERS,
  INVALID_STREAM,
  SETTINGS,
  SYN_STREAM,
  uint32,
} from '../../../src/base/spdy/frames.ts'
import { HeaderCodec } from '../../../src/base/spdy/header-codec.ts'
import { randomFrom, SEED } from '../../support/random.ts'
import { SpdyClient } from '../../support/spdy-client.ts'

describe('frames', () => {
  const bytes = Buffer.concat([
    dataFrame(5, Buffer.from('hello'), true),
    controlFrame(SETTINGS, 1, Buffer.from([1, 2, 3])),
    dataFrame(7, Buffer.alloc(0), false),
  ])
  const frames = [
    { type: 'data', stream: 5, flags: FLAG_FIN, payload: Buffer.from('hello') },
    { type: 'control', kind: SETTINGS, flags: 1, payload: Buffer.from([1, 2, 3]) },
    { type: 'data', stream: 7, flags: 0, payload: Buffer.alloc(0) },
  ]

  test('have the bytes of the draft', () => {
    expect(dataFrame(5, Buffer.from('hi'), true).toString('hex')).toBe('00000005010000026869')
    expect(controlFrame(6, 0, uint32(1)).toString('hex')).toBe('800300060000000400000001')
  })

  test.each([1, 2, 3, 7, 8, 9, 1000])('are the same whether they come in pieces of %d bytes', size => {
    const splitter = new FrameSplitter()
    const found = []
    for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)))
    expect(found).toEqual(frames)
  })

  test('of another version are refused', () => {
    expect(() => new FrameSplitter().push(Buffer.from('8002000100000000', 'hex'))).toThrow('SPDY version 2')
    expect(() => new FrameSplitter().push(Buffer.from(`\x90${'GET / HTTP/1.1\r\n\r\n'}`, 'latin1'))).toThrow(
      'SPDY version',
    )
  })
})

describe('headers', () => {
  test('come back as they went, with names in lower case', () => {
    expect(decodeHeaders(encodeHeaders({ StreamType: 'error', port: '80', empty: '' }))).toEqual({
      streamtype: 'error',
      port: '80',
      empty: '',
    })
  })

  test('with several values count once: the first', () => {
    expect(decodeHeaders(encodeHeaders({ a: 'one\0two' }))).toEqual({ a: 'one' })
  })

  test.each([
    ['that say nothing', Buffer.alloc(0)],
    ['that are shorter than they say', encodeHeaders({ a: 'b' }).subarray(0, -1)],
    ['that count more than there are', Buffer.concat([uint32(3), encodeHeaders({ a: 'b' }).subarray(4)])],
    ['of gigantic lengths', Buffer.concat([uint32(1), uint32(0xffffffff)])],
  ])('%s are refused', (_what, block) => {
    expect(() => decodeHeaders(block)).toThrow()
  })

  test('are compressed with the dictionary of the draft, as one stream for each direction', async () => {
    // adler32 of the dictionary in the zlib header (RFC 1950) is what a peer checks it by.
    const block = encodeHeaders({ streamtype: 'data' })
    expect(deflateSync(block, { dictionary: SPDY_DICTIONARY }).subarray(2, 6).toString('hex')).toBe('e3c6a7c2')
    const [there, here] = [new HeaderCodec(), new HeaderCodec()]
    const first = await there.compress(block)
    const second = await there.compress(block)
    expect(second.length).toBeLessThan(first.length)
    expect(await here.decompress(first)).toEqual(block)
    expect(await here.decompress(second)).toEqual(block)
    there.close()
    here.close()
  })

  test('that grow beyond measure when decompressed are refused', async () => {
    const codec = new HeaderCodec()
    const bomb = deflateSync(Buffer.alloc(10_000_000), { dictionary: SPDY_DICTIONARY })
    await expect(codec.decompress(bomb)).rejects.toThrow('too large')
    codec.close()
  })
})

describe('a connection', () => {
  let streams: SpdyStream[]
  let client: SpdyClient
  let connection: SpdyConnection
  let transport: Duplex

  beforeEach(() => {
    streams = []
    const [here, there] = duplexPair()
    transport = here
    connection = new SpdyConnection(here, { onStream: s => streams.push(s) })
    client = new SpdyClient(there)
  })
  afterEach(async () => {
    connection.close()
    client.transport.destroy()
    transport.destroy()
    await connection.closed
  })
  const opened = async (...headers: Record<string, string>[]): Promise<number[]> => {
    const ids: number[] = []
    for (const h of headers) ids.push(await client.open(h))
    await client.until('the replies', () => ids.every(id => client.replies.has(id)))
    return ids
  }
  /** All bytes; leaves the other way open, as an iterator would not. */
  const read = (stream: SpdyStream): Promise<Buffer> =>
    new Promise(resolve => {
      const parts: Buffer[] = []
      stream.on('data', (c: Buffer) => parts.push(c)).once('end', () => resolve(Buffer.concat(parts)))
    })

  test('accepts streams with their headers', async () => {
    await opened({ streamtype: 'data', port: '80' }, { streamtype: 'error', port: '80' })
    expect(streams.map(s => [s.id, s.headers])).toEqual([
      [1, { streamtype: 'data', port: '80' }],
      [3, { streamtype: 'error', port: '80' }],
    ])
  })

  test('carries bytes both ways, each way to its own end', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    const [stream] = streams
    if (!stream) throw new Error('no stream')
    client.send(id, 'to the server', true)
    expect(String(await read(stream))).toBe('to the server')
    stream.end('and back')
    await client.until('the end', () => client.ended(id))
    expect(client.text(id)).toBe('and back')
    expect(client.resets.size).toBe(0)
  })

  test('cuts large writes into frames of 32 KiB, and loses nothing', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    for (const size of [1, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 1_000_000]) {
      const bytes = randomBytes(size)
      const before = client.bytes(id).length
      streams[0]?.write(bytes)
      await client.until('all bytes', () => client.bytes(id).length === before + size)
      expect(sum(client.bytes(id).subarray(before))).toBe(sum(bytes))
    }
  })

  test('holds the sender up while nobody reads, and loses nothing', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    const bytes = randomBytes(3_000_000)
    let sent = 0
    for (let at = 0; at < bytes.length; at += 30_000) {
      client.transport.write(dataFrame(id, bytes.subarray(at, at + 30_000), at + 30_000 >= bytes.length), () => sent++)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(sent).toBeLessThan(40)
    expect(streams[0]?.readableLength).toBeLessThan(1_000_000)
    const [stream] = streams
    if (stream) expect(sum(await read(stream))).toBe(sum(bytes))
    expect(sent).toBe(100)
  })

  test('a stream that is given up while the connection waits for it lets the others go on', async () => {
    const [one = 0, two = 0] = await opened({ streamtype: 'data' }, { streamtype: 'data' })
    for (let i = 0; i < 20; i++) client.send(one, Buffer.alloc(30_000))
    await client.until('a pause', () => (streams[0]?.readableLength ?? 0) >= 256 * 1024)
    client.send(two, 'through', true)
    streams[0]?.destroy()
    const [, second] = streams
    if (second) expect(String(await read(second))).toBe('through')
    await client.until('the reset', () => client.resets.get(one) === CANCEL)
  })

  test('a stream that the client resets is over on both sides', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    client.reset(id)
    await client.until('its end', () => streams[0]?.destroyed === true)
    client.send(id, 'late')
    await opened({ streamtype: 'data' })
    expect(streams).toHaveLength(2)
  })

  test('a stream may be opened closed, or closed by headers', async () => {
    await client.open({ streamtype: 'error' }, 1, FLAG_FIN)
    await client.until('the reply', () => client.replies.has(1))
    const [first] = streams
    if (first) expect(await read(first)).toHaveLength(0)
  })

  test('a number that is taken is refused, and the first stream goes on', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    await client.open({ streamtype: 'data' }, id)
    await client.until('the refusal', () => client.resets.get(id) === INVALID_STREAM)
    expect(streams).toHaveLength(1)
  })

  test('answers the client’s pings and no others, ignores settings and farewells', async () => {
    client.ping(1)
    client.ping(2)
    client.raw(controlFrame(SETTINGS, 0, Buffer.alloc(12)))
    client.raw(controlFrame(GOAWAY, 0, Buffer.alloc(8)))
    client.raw(controlFrame(77, 0, Buffer.alloc(3)))
    client.ping(3)
    await client.until('the answers', () => client.pings.length === 2)
    expect(client.pings).toEqual([1, 3])
  })

  test('data for nobody, data after the end: nothing happens', async () => {
    const [id = 0] = await opened({ streamtype: 'data' })
    client.send(99, 'hello?')
    client.send(id, 'a', true)
    client.send(id, 'b', true)
    client.ping(1)
    await client.until('the answer', () => client.pings.length === 1)
  })

  test.each([
    ['another version of SPDY', Buffer.from('8002000100000000', 'hex')],
    ['an HTTP request', Buffer.from('\x80GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1')],
    ['a SYN_STREAM without content', controlFrame(SYN_STREAM, 0, Buffer.alloc(0))],
    ['headers that are not compressed', controlFrame(SYN_STREAM, 0, Buffer.alloc(50, 0x61))],
    ['a HEADERS frame without content', controlFrame(HEADERS, 0, Buffer.alloc(2))],
    ['a short PING', controlFrame(6, 0, Buffer.alloc(1))],
    ['a short RST_STREAM', controlFrame(3, 0, Buffer.alloc(0))],
    [
      'a header block that is a bomb',
      controlFrame(
        SYN_STREAM,
        0,
        Buffer.concat([Buffer.alloc(10), deflateSync(Buffer.alloc(10_000_000), { dictionary: SPDY_DICTIONARY })]),
      ),
    ],
  ])('%s ends it', async (_what, bytes) => {
    client.raw(bytes)
    await client.until('the end', () => client.closed)
    await connection.closed
    expect(streams).toHaveLength(0)
  })

  test(`any bytes at all do no harm (random, KUBELITE_SEED=${SEED})`, async () => {
    const random = randomFrom(SEED)
    for (let i = 0; i < 200; i++) {
      const [here, there] = duplexPair()
      const one = new SpdyConnection(here, { onStream: s => s.resume() })
      there.on('error', () => {})
      there.resume()
      const noise = Buffer.from(Array.from({ length: 1 + (i % 97) }, () => random(256)))
      // Every other one begins like a frame.
      if (i % 2) noise.set([0x80, 0x03, 0, 1 + (i % 9), 0, 0, 0, i % 60].slice(0, noise.length))
      there.write(noise)
      there.end()
      await one.closed
    }
  })

  test('its end is the end of its streams, whatever they were doing', async () => {
    await opened({ streamtype: 'data' }, { streamtype: 'data' })
    client.transport.end()
    await connection.closed
    expect(streams.every(s => s.destroyed)).toBe(true)
    await expect(
      new Promise((resolve, reject) => streams[0]?.write('x', e => (e ? reject(e) : resolve(0)))),
    ).rejects.toThrow()
  })
})

const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
