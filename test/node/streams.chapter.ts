import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { createReadStream, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import {
  attempt,
  here,
  inPod,
  k,
  makePods,
  NODE_CONTAINER,
  NODE_VOLUMES,
  pod,
  startKubectl,
  startOnTerminal,
} from '../support/node-room.ts'
import { exitCode } from '../support/running.ts'
import { waitUntil } from '../support/wait.ts'

/** The two ways that kubectl speaks: its own choice now, and the one of older clients. */
const PROTOCOLS = [
  ['WebSocket', {}],
  ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
] as const
const LARGE_BYTES = 20 * 1024 * 1024
const sha = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** Sends what it gets back, upside down for the eye: the checksum of all bytes at the end of each connection. */
const SUMS =
  'exec node -e \'require("net").createServer({allowHalfOpen: true}, s => { s.on("error", () => {}); const h = require("crypto").createHash("sha256"); s.on("data", d => h.update(d)); s.on("end", () => s.end(h.digest("hex"))) }).listen(7001); require("net").createServer(s => { s.on("error", () => {}); s.pipe(s) }).listen(7002)\''

/** exec, attach and port-forward as kubectl speaks them. */
export function streams(): void {
  const file = join(tmpdir(), `kubelite-large-${process.pid}`)
  const bytes = randomBytes(LARGE_BYTES)

  beforeAll(async () => {
    writeFileSync(file, bytes)
    await makePods(
      pod('sums', SUMS, { more: NODE_CONTAINER, spec: NODE_VOLUMES }),
      pod('listens', 'while read line; do echo got $line; done; echo over; sleep 100000', { more: 'stdin: true' }),
      pod('terminal', 'while true; do read line; echo "got $line"; done', { more: 'stdin: true\ntty: true' }),
    )
  })
  afterAll(async () => {
    rmSync(file, { force: true })
    await k('delete', 'pod', 'sums', 'listens', 'terminal')
  })

  describe.each(PROTOCOLS)('over %s', (_name, env) => {
    const run = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
      await using program = startKubectl(args, env)
      program.child.stdin?.end()
      const code = await exitCode(program)
      await waitUntil('its output', () => program.child.stdout?.closed !== false)
      return { code, out: program.out(), err: program.err() }
    }

    test('exec gives output, errors and the exit code', async () => {
      expect(await run('exec', 'tool', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toEqual({
        code: 7,
        out: 'out\n',
        err: 'err\ncommand terminated with exit code 7\n',
      })
      const missing = await run('exec', 'tool', '--', 'no-such-program')
      expect(missing).toEqual({
        code: 1,
        out: '',
        err: expect.stringMatching(
          /^error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "no-such-program": executable file not found in \$PATH/,
        ),
      })
    })

    test('exec passes input on until its end', async () => {
      await using program = startKubectl(['exec', '-i', 'tool', '--', 'sh', '-c', 'cat; echo end'], env)
      program.child.stdin?.end('some input\n')
      expect(await exitCode(program)).toBe(0)
      expect(program.out()).toBe('some input\nend\n')
    })

    test('exec ends although its input does not', async () => {
      await using program = startKubectl(['exec', '-i', 'tool', '--', 'echo', 'done'], env)
      expect(await exitCode(program)).toBe(0)
      expect(program.out()).toBe('done\n')
    })

    test('20 MB in', async () => {
      await using program = startKubectl(['exec', '-i', 'tool', '--', 'sha256sum'], env)
      if (!program.child.stdin) throw new Error('no input')
      await pipeline(createReadStream(file), program.child.stdin)
      expect(await exitCode(program)).toBe(0)
      expect(program.out()).toBe(`${sha(bytes)}  -\n`)
    })

    test('20 MB out', async () => {
      const { code, out } = await run('exec', 'tool', '--', 'sh', '-c', `seq 1 2700000`)
      expect(code).toBe(0)
      expect(out.length).toBeGreaterThan(20_000_000)
      expect(sha(out)).toBe((await inPod('tool', 'seq 1 2700000 | sha256sum')).slice(0, 64))
    })

    test('attach -i talks to the container’s own process', async () => {
      await using program = startKubectl(['attach', '-i', 'listens'], env)
      await waitUntil('the answer', () => {
        program.child.stdin?.write('hello\n')
        return program.out().includes('got hello')
      })
    })

    test('port-forward: requests, large transfers, many connections', async () => {
      await using program = startKubectl(['port-forward', 'pod/sums', ':7001', ':7002'], env)
      const ports = await waitUntil('the ports', () => {
        const found = [...program.out().matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g)]
        return found.length === 2 && Object.fromEntries(found.map(m => [m[2], Number(m[1])]))
      })
      expect(await exchange(ports['7001'] ?? 0, bytes)).toEqual(Buffer.from(sha(bytes)))
      expect(sha(await exchange(ports['7002'] ?? 0, bytes))).toBe(sha(bytes))
      const some = Array.from({ length: 20 }, (_, i) => Buffer.from(`number ${i}`))
      expect(await Promise.all(some.map(b => exchange(ports['7002'] ?? 0, b)))).toEqual(some)
    })

    test('port-forward to a port that nobody listens on says so', async () => {
      await using program = startKubectl(['port-forward', 'pod/tool', ':9'], env)
      const port = await waitUntil('the port', () => /127\.0\.0\.1:(\d+) -> 9/.exec(program.out())?.[1])
      expect(await exchange(Number(port), Buffer.from('anybody?'))).toHaveLength(0)
      await waitUntil('the reason', () =>
        /an error occurred forwarding \d+ -> 9: .*connection refused/.test(program.err()),
      )
    })
  })

  test('a terminal: its size, its echo, its control characters', async () => {
    await using program = startOnTerminal(['exec', '-it', 'tool', '--', 'sh'])
    // More than once: busybox asks the terminal where its cursor is, and takes what comes next for the answer.
    await waitUntil('the size', () => {
      program.child.stdin?.write('stty size; tty\n')
      return program.out().includes('31 97') && program.out().includes('/dev/pts/')
    })
    program.child.stdin?.write('sleep 1000\n')
    await waitUntil('the command', async () => (await inPod('tool', 'ps')).includes('sleep 1000'))
    program.child.stdin?.write('\u0003')
    program.child.stdin?.write('exit 9\n')
    expect(await exitCode(program)).toBe(9)
  })

  test('attach -it, and away from it without ending the container', async () => {
    {
      await using program = startOnTerminal(['attach', '-it', 'terminal'])
      await waitUntil('the answer', () => {
        program.child.stdin?.write('hello\n')
        return program.out().includes('got hello')
      })
    }
    expect(await k('get', 'pod', 'terminal', '--no-headers')).toMatch(/1\/1\s+Running\s+0/)
  })

  test('a client that goes ends the command’s streams and leaves nothing behind', async () => {
    const runs = async (): Promise<boolean> => (await inPod('tool', 'ps')).includes('cat /dev/stdin')
    {
      await using program = startKubectl(['exec', '-i', 'tool', '--', 'cat', '/dev/stdin'])
      await waitUntil('the command', runs)
      program.child.kill('SIGKILL')
    }
    await waitUntil('its end', async () => !(await runs()))
  })

  test('port-forward to a service goes to one of its pods', async () => {
    await k('expose', 'pod', 'sums', '--port=70', '--target-port=7002')
    await using program = startKubectl(['port-forward', 'svc/sums', ':70'])
    const port = await waitUntil('the port', () => /127\.0\.0\.1:(\d+) -> 7002/.exec(program.out())?.[1])
    expect(String(await exchange(Number(port), Buffer.from('through the service')))).toBe('through the service')
    await k('delete', 'svc', 'sums')
  })

  test('what cannot be reached is refused in Kubernetes’ words', async () => {
    expect((await attempt('exec', 'nobody', '--', 'true')).stderr).toBe(
      'Error from server (NotFound): pods "nobody" not found\n',
    )
    expect((await attempt('exec', 'tool', '-c', 'other', '--', 'true')).stderr).toContain(
      'container other is not valid for pod tool',
    )
    expect((await attempt('port-forward', 'pod/nobody', '1:1')).stderr).toContain('pods "nobody" not found')
    expect((await attempt('attach', 'nobody')).stderr).toContain('pods "nobody" not found')
  })

  test('port-forward as the JavaScript and Python clients speak it: channels of a WebSocket', async () => {
    const text = readFileSync(here().cluster.kubeconfig, 'utf8')
    const data = (key: string): Buffer => Buffer.from(new RegExp(`${key}: (\\S+)`).exec(text)?.[1] ?? '', 'base64')
    const url = `${here().cluster.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/sums/portforward?ports=7002`
    const socket = new WebSocket(url, ['v4.channel.k8s.io'], {
      ca: data('certificate-authority-data'),
      cert: data('client-certificate-data'),
      key: data('client-key-data'),
    })
    try {
      const seen: Buffer[] = []
      socket.on('message', (m: Buffer) => seen.push(m))
      await waitUntil('the names of the channels', () => seen.length === 2)
      expect(seen.map(m => [...m])).toEqual([0, 1].map(channel => [channel, 7002 & 255, 7002 >> 8]))
      socket.send(Buffer.from('\0hello'))
      await waitUntil('the echo', () => seen.some(m => m.toString() === '\0hello'))
    } finally {
      socket.terminate()
    }
  })

  test('cp carries files both ways', async () => {
    await makePods(pod('box', 'sleep 100000'))
    await k('cp', file, 'box:/tmp/large')
    expect((await inPod('box', 'sha256sum /tmp/large')).slice(0, 64)).toBe(sha(bytes))
    await k('cp', 'box:/www/index.html', `${file}.back`)
    rmSync(`${file}.back`)
    await k('delete', 'pod', 'box')
  })
}

/** Sends bytes to a local port, ends its side, and gives all that comes back. */
function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (c: Buffer) => chunks.push(c))
    socket.on('error', error =>
      (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? resolve(Buffer.concat(chunks)) : reject(error),
    )
    socket.on('end', () => resolve(Buffer.concat(chunks)))
    socket.end(bytes)
  })
}
