import { KubeletRoom } from '../../support/kubelet-room.ts'
import type { SpdyClient } from '../../support/spdy-client.ts'
import { until } from '../../support/until.ts'

let room: KubeletRoom

beforeEach(async () => {
  room = await KubeletRoom.open()
})
afterEach(() => room.close())

describe('port-forward', () => {
  const PATH = '/portForward/default/web'
  const pair = async (client: SpdyClient, to: number, requestid: string): Promise<{ error: number; data: number }> => ({
    error: await client.open({ streamtype: 'error', port: String(to), requestid }),
    data: await client.open({ streamtype: 'data', port: String(to), requestid }),
  })

  test('carries connections over SPDY, each to its own end', async () => {
    const client = await room.spdy(PATH, 'portforward.k8s.io')
    const [a, b] = [await pair(client, 80, '0'), await pair(client, 81, '1')]
    await client.until('both', () => room.host.dialled.length === 2)
    client.send(a.data, 'to a', true)
    client.send(b.data, 'to b', true)
    const [first, second] = room.host.dialled
    for (const [far, text] of [
      [first, 'to a'],
      [second, 'to b'],
    ] as const) {
      const chunks: Buffer[] = []
      far?.on('data', (c: Buffer) => chunks.push(c))
      await client.until(text, () => String(Buffer.concat(chunks)) === text)
      far?.end(`from ${text}`)
    }
    await client.until('both ends', () => client.ended(a.data) && client.ended(b.data) && client.ended(a.error))
    expect([client.text(a.data), client.text(b.data), client.text(a.error)]).toEqual(['from to a', 'from to b', ''])
  })

  test('says on the error stream why a port cannot be reached', async () => {
    const client = await room.spdy(PATH, 'portforward.k8s.io')
    const { error, data } = await pair(client, 9, '0')
    await client.until('the reason', () => client.ended(error) && client.resets.has(data))
    expect(client.text(error)).toBe('error forwarding port 9 to pod: connection refused')
  })

  test('a connection that its client cuts is cut at the other end, without a word', async () => {
    const client = await room.spdy(PATH, 'portforward.k8s.io')
    const { error, data } = await pair(client, 80, '0')
    await client.until('the connection', () => room.host.dialled.length === 1)
    let ended = false
    room.host.dialled[0]
      ?.on('close', () => (ended = true))
      .on('end', () => (ended = true))
      .resume()
    client.reset(data)
    await client.until('its end', () => ended && client.ended(error))
    expect(client.text(error)).toBe('')
  })

  test.each([
    ['no', '80'],
    ['data', 'eighty'],
    ['data', '0'],
    ['error', '70000'],
    ['data', ''],
  ])('a stream of type %s for port "%s" is reset', async (streamtype, to) => {
    const client = await room.spdy(PATH, 'portforward.k8s.io')
    const id = await client.open({ streamtype, port: to, requestid: '0' })
    await client.until('the refusal', () => client.resets.has(id))
  })

  test.each(['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'])(
    'goes through channels (%s), two for each port',
    async protocol => {
      const client = await room.channels(`${PATH}?port=80&port=9`, protocol).open()
      await until('the connection', () => room.host.dialled.length === 1)
      const [far] = room.host.dialled
      const seen: Buffer[] = []
      far?.on('data', (c: Buffer) => seen.push(c))
      client.socket.send(
        protocol.includes('base64') ? `0${Buffer.from('hello').toString('base64')}` : Buffer.from('\0hello'),
      )
      await until('the input', () => String(Buffer.concat(seen)) === 'hello')
      far?.end('goodbye')
      await until('the end', () => client.code === 1000)
      expect([0, 1, 2, 3].map(c => client.text(c))).toEqual([
        'P\0goodbye',
        'P\0',
        '\t\0',
        '\t\0error forwarding port 9 to pod: connection refused',
      ])
    },
  )

  test.each([
    ['', '400 query parameter "port" is required'],
    ['?port=', '400 query parameter "port" cannot be empty'],
    ['?port=http', '400 unable to parse "http" as a port'],
    ['?port=0', '400 port "0" must be > 0'],
  ])('channels for "%s" are refused', async (query, refusal) => {
    expect((await room.channels(`${PATH}${query}`, 'v4.channel.k8s.io').open()).refusal).toBe(refusal)
  })

  test('a pod without a running sandbox is refused', async () => {
    room.host.sandboxState = 'exited'
    await expect(room.spdy(PATH, 'portforward.k8s.io')).rejects.toThrow('404 pod "web" is not running')
  })
})
