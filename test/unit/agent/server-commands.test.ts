import { createHash, randomBytes } from 'node:crypto'
import WebSocket from 'ws'
import { parseSizes } from '../../../src/agent/server/command-streams.ts'
import { type Channels, KubeletRoom } from '../../support/kubelet-room.ts'
import { until } from '../../support/until.ts'

const EXEC = '/exec/default/web/c?command=ls&command=-l&output=1&error=1'

let room: KubeletRoom

beforeEach(async () => {
  room = await KubeletRoom.open()
})
afterEach(() => room.close())

describe('exec over a WebSocket', () => {
  const exec = (protocol: string, query = ''): Promise<Channels> =>
    room.channels(`${EXEC}${query}`, ...protocol.split(',')).open()
  const failure =
    '{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: command terminated with exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}'

  test.each([
    ['v5.channel.k8s.io', 0, '{"metadata":{},"status":"Success"}'],
    ['v4.channel.k8s.io', 3, failure],
    ['v4.base64.channel.k8s.io', 3, failure],
    ['channel.k8s.io', 0, ''],
    ['base64.channel.k8s.io', 3, 'command terminated with non-zero exit code: command terminated with exit code 3'],
  ])('%s: output, errors, then the end (code %d)', async (protocol, code, status) => {
    const client = await exec(protocol)
    expect(client.socket.protocol).toBe(protocol)
    room.host.process.stdout.write('out\0\xff')
    room.host.process.stderr.write('err')
    room.host.process.exit(code)
    await until('the end', () => client.code !== undefined)
    expect([client.text(1), client.text(2), client.text(3), client.code]).toEqual([
      Buffer.from('out\0\xff').toString('latin1'),
      'err',
      status,
      1000,
    ])
    expect(room.host.calls).toEqual([{ exec: 'id-of-c', command: ['ls', '-l'], tty: false, stdin: false }])
    await until('its end', () => room.host.process.closed)
  })

  test('the best protocol of those offered is taken', async () => {
    expect((await exec('channel.k8s.io,v4.channel.k8s.io,v5.channel.k8s.io')).socket.protocol).toBe('v5.channel.k8s.io')
  })

  test('the older protocols begin with an empty message on each channel', async () => {
    const client = await exec('v4.channel.k8s.io')
    await until('three messages', () => client.messages.length === 3)
    expect(client.messages).toEqual([
      [1, ''],
      [2, ''],
      [3, ''],
    ])
  })

  test('input, and its end where the protocol can tell', async () => {
    const client = await exec('v5.channel.k8s.io', '&input=1')
    client.socket.send(Buffer.from('\0some input'))
    client.socket.send(Buffer.of(255, 0))
    expect(String(Buffer.concat(await room.host.process.stdin.toArray()))).toBe('some input')
    expect(client.socket.readyState).toBe(WebSocket.OPEN)
  })

  test('much input that nobody reads waits at the client, and nothing is lost', async () => {
    const client = await exec('v5.channel.k8s.io', '&input=1')
    const bytes = randomBytes(4_000_000)
    for (let at = 0; at < bytes.length; at += 50_000)
      client.socket.send(Buffer.concat([Buffer.of(0), bytes.subarray(at, at + 50_000)]))
    client.socket.send(Buffer.of(255, 0))
    const read = Buffer.concat(await room.host.process.stdin.toArray())
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('sizes of a terminal; messages that mean nothing', async () => {
    const client = await exec('v4.channel.k8s.io', '&tty=1&input=1')
    for (const m of ['\x04{"Width":80,"Height":24}', '\x04nonsense', '\x04{"Width":0,"Height":1}', '\x07?', ''])
      client.socket.send(Buffer.from(m, 'latin1'))
    client.socket.send(Buffer.from('\x04{"Width":100,"Height":40}{"Width":101,"Height":41}'))
    await until('the sizes', () => room.host.process.sizes.length === 3)
    expect(room.host.process.sizes).toEqual(['80x24', '100x40', '101x41'])
  })

  test('what the client says before the process is there is not lost: its size, its input', async () => {
    let start = (): void => {}
    room.host.execMayStart = new Promise(resolve => (start = resolve))
    const client = await exec('v5.channel.k8s.io', '&tty=1&input=1')
    client.socket.send(Buffer.from('\x04{"Width":80,"Height":24}'))
    client.socket.send(Buffer.from('\0early'))
    client.socket.send(Buffer.of(255, 0))
    // An answer to a ping means that all before it has been read.
    const read = new Promise(resolve => client.socket.once('pong', resolve))
    client.socket.ping()
    await read
    start()
    expect(String(Buffer.concat(await room.host.process.stdin.toArray()))).toBe('early')
    await until('the size', () => room.host.process.sizes.length > 0)
    expect(room.host.process.sizes).toEqual(['80x24'])
  })

  test('a client that has gone before the process is there leaves none behind', async () => {
    let start = (): void => {}
    room.host.execMayStart = new Promise(resolve => (start = resolve))
    const client = await exec('v5.channel.k8s.io')
    await until('the call', () => room.host.calls.length === 1)
    client.socket.terminate()
    await until('its end at the server', () => [...room.sockets].every(s => s.destroyed))
    start()
    await until('its end', () => room.host.process.closed)
  })

  test('a command that cannot be run', async () => {
    room.host.execFailure = new Error('no such program')
    const client = await exec('v4.channel.k8s.io')
    await until('the end', () => client.code !== undefined)
    expect(JSON.parse(client.text(3))).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      code: 500,
      message: 'Internal error occurred: error executing command in container: no such program',
    })
  })

  test('a client that goes lets the process’s streams go', async () => {
    const client = await exec('v4.channel.k8s.io', '&input=1')
    await until('the process', () => room.host.calls.length === 1)
    client.socket.terminate()
    await until('its end', () => room.host.process.closed && room.host.process.stdin.writableEnded)
  })

  test.each([
    ['/exec/default/web/nobody?command=x&output=1', '404 container not found ("nobody")'],
    ['/exec/default/web/old?command=x&output=1', '500 container not running (id-of-old)'],
    ['/exec/default/nobody/c?command=x&output=1', '404 pod "nobody" not found'],
    ['/exec/default/web/c?command=x', '400 you must specify at least 1 of stdin, stdout, stderr'],
    ['/nonsense/default/web/c', '404 404 page not found'],
  ])('%s is refused', async (path, refusal) => {
    expect((await room.channels(path, 'v4.channel.k8s.io').open()).refusal).toBe(refusal)
  })
})

describe('attach', () => {
  test('ends well, however the container ended', async () => {
    const client = await room.channels('/attach/default/web/c?output=1', 'v4.channel.k8s.io').open()
    room.host.process.stdout.write('hello')
    room.host.process.exit(5)
    await until('the end', () => client.code !== undefined)
    expect([client.text(1), client.text(3)]).toEqual(['hello', '{"metadata":{},"status":"Success"}'])
    expect(room.host.calls).toEqual([{ attach: 'id-of-c' }])
  })
})

describe('exec over SPDY', () => {
  test.each([
    ['v4.channel.k8s.io', 3, /"reason":"ExitCode","message":"3"/],
    ['v5.channel.k8s.io, v4.channel.k8s.io', 0, /"status":"Success"/],
    ['v2.channel.k8s.io', 3, /^command terminated with non-zero exit code: .* exit code 3$/],
    ['channel.k8s.io', 0, /^$/],
  ])('%s: code %d', async (protocols, code, status) => {
    const client = await room.spdy(EXEC, protocols)
    expect(client.protocol).toBe(protocols.split(',')[0])
    const [error, out, err] = [
      await client.open({ streamtype: 'error' }),
      await client.open({ streamtype: 'stdout' }),
      await client.open({ streamtype: 'stderr' }),
    ]
    room.host.process.stdout.write('out')
    room.host.process.stderr.write('err')
    room.host.process.exit(code)
    await client.until('the end', () => client.closed)
    expect([client.text(out), client.text(err)]).toEqual(['out', 'err'])
    expect(client.text(error)).toMatch(status)
    expect([error, out, err].every(id => client.ended(id))).toBe(true)
  })

  test('input and its end, sizes', async () => {
    const client = await room.spdy(`${EXEC}&input=1&tty=1`)
    for (const streamtype of ['error', 'stdin', 'stdout']) await client.open({ streamtype })
    const resize = await client.open({ streamtype: 'resize' })
    client.send(3, 'input', true)
    expect(String(Buffer.concat(await room.host.process.stdin.toArray()))).toBe('input')
    client.send(resize, '{"Width":80,"Height":24}\n')
    await client.until('the size', () => room.host.process.sizes.length === 1)
  })

  test('streams that nobody asked for are reset', async () => {
    const client = await room.spdy(EXEC)
    const id = await client.open({ streamtype: 'stdin' })
    await client.until('the refusal', () => client.resets.has(id))
  })

  test('a client that does not open its streams is let go after 30 s', async () => {
    const client = await room.spdy(EXEC)
    await client.open({ streamtype: 'error' })
    await client.until('the reply', () => client.replies.size === 1)
    await room.clock.advance(30_000)
    await client.until('the end', () => client.closed)
    expect(room.host.calls).toEqual([])
  })

  test('without a protocol in common it is refused', async () => {
    await expect(room.spdy(EXEC, 'v9.channel.k8s.io')).rejects.toThrow(
      '403 unable to upgrade: client and server have no stream protocol in common: v9.channel.k8s.io',
    )
  })
})

test.each([
  ['{"Width":80,"Height":24}', [{ columns: 80, rows: 24 }]],
  [
    '{"Width":1,"Height":2}\n{"Width":3,"Height":4}\n',
    [
      { columns: 1, rows: 2 },
      { columns: 3, rows: 4 },
    ],
  ],
  ['{"Width":"a"}{', []],
  ['', []],
])('sizes in %j', (text, sizes) => {
  expect(parseSizes(text)).toEqual(sizes)
})
