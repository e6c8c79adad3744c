import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpGet } from '../../../src/agent/hooks.ts'
import { ContainerProbes } from '../../../src/agent/probes/container-probes.ts'
import { varint } from '../../../src/agent/probes/grpc.ts'
import { HollowRuntime } from '../../../src/agent/runtime/hollow.ts'
import type { ProcessStreams } from '../../../src/agent/runtime/runtime.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Container } from '../../../src/kinds/generated/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { container } from '../../support/pod-builder.ts'

/** Probes whose commands end with the given codes, one after the other; the last one repeats. */
function probing(
  over: Partial<Container>,
  codes: Record<string, number[]>,
  before?: { started: boolean; ready: boolean },
) {
  const clock = new FakeClock(0)
  const runtime = new HollowRuntime({ clock })
  const asked: string[] = []
  const told: string[] = []
  const exec = async (_id: string, { command }: { command: readonly string[] }): Promise<ProcessStreams> => {
    const name = command[0] ?? ''
    asked.push(`${name}@${clock.now() / 1000}`)
    const list = codes[name] ?? [0]
    const code = (list.length > 1 ? list.shift() : list[0]) ?? 0
    const process = await runtime.exec()
    return { ...process, exited: Promise.resolve(code) }
  }
  const changes: number[] = []
  const probes = new ContainerProbes({
    runtime: Object.assign(Object.create(runtime) as HollowRuntime, { exec }),
    clock,
    containerId: 'c',
    container: container('c', over),
    podIp: '10.0.0.1',
    startedAt: 0,
    tell: (_type, _reason, message) => told.push(message),
    log: silentLogger,
    onChange: () => changes.push(clock.now() / 1000),
    ...(before ? { before } : {}),
  })
  return { clock, probes, asked, told, changes }
}

const every = (name: string, over = {}) => ({ exec: { command: [name] }, periodSeconds: 1, ...over })

test('a container without probes is started and ready', () => {
  expect(probing({}, {}).probes.verdict).toEqual({ started: true, ready: true })
})

test('readiness begins as not ready, and follows the thresholds', async () => {
  const p = probing(
    { readinessProbe: every('ready', { failureThreshold: 2, successThreshold: 2 }) },
    { ready: [0, 0, 1, 1, 0] },
  )
  expect(p.probes.verdict.ready).toBe(false)
  const seen: boolean[] = []
  for (let i = 0; i < 6; i++) {
    await p.clock.advance(i === 0 ? 0 : 1000)
    seen.push(p.probes.verdict.ready)
  }
  expect(seen).toEqual([false, true, true, false, false, true])
  p.probes.stop()
  expect(p.clock.pending).toBe(0)
})

test('liveness waits for its initial delay, fails after its threshold, and is not asked again', async () => {
  const p = probing({ livenessProbe: every('live', { initialDelaySeconds: 3, failureThreshold: 2 }) }, { live: [1] })
  await p.clock.advance(2999)
  expect(p.asked).toEqual([])
  await p.clock.advance(10_000)
  expect([p.asked, p.probes.verdict.failed, p.changes]).toEqual([['live@3', 'live@4'], 'liveness', [4]])
  expect(p.told[0]).toBe('Liveness probe failed: ')
  expect(p.clock.pending).toBe(0)
})

test('nothing else is asked until the startup probe has succeeded', async () => {
  const over = {
    startupProbe: every('up', { failureThreshold: 5 }),
    livenessProbe: every('live'),
    readinessProbe: every('ready'),
  }
  const p = probing(over, { up: [1, 1, 0] })
  await p.clock.advance(1500)
  expect([p.asked, p.probes.verdict]).toEqual([['up@0', 'up@1'], { started: false, ready: false }])
  await p.clock.advance(1000)
  expect([p.asked.slice(2), p.probes.verdict]).toEqual([['up@2', 'live@2', 'ready@2'], { started: true, ready: true }])
  p.probes.stop()
})

test('a startup probe that keeps failing wants a restart', async () => {
  const p = probing({ startupProbe: every('up', { failureThreshold: 2 }) }, { up: [1] })
  await p.clock.advance(5000)
  expect(p.probes.verdict).toEqual({ started: false, ready: true, failed: 'startup' })
})

test('while a container is being stopped only readiness is asked', async () => {
  const p = probing({ livenessProbe: every('live'), readinessProbe: every('ready') }, {})
  await p.clock.advance(0)
  p.probes.stopRestarting()
  await p.clock.advance(1000)
  expect(p.asked).toEqual(['live@0', 'ready@0', 'ready@1'])
  p.probes.stop()
  expect(p.clock.pending).toBe(0)
})

test('a container that an earlier agent found ready stays so until a probe says otherwise', async () => {
  const over = { startupProbe: every('up'), readinessProbe: every('ready', { failureThreshold: 2 }) }
  const p = probing(over, { ready: [1] }, { started: true, ready: true })
  expect(p.probes.verdict).toEqual({ started: true, ready: true })
  await p.clock.advance(0)
  expect([p.asked, p.probes.verdict.ready]).toEqual([['ready@0'], true])
  await p.clock.advance(1000)
  expect(p.probes.verdict.ready).toBe(false)
  p.probes.stop()
})

test('an answer without an end is an answer', async () => {
  const server = createServer((_req, res) => {
    res.writeHead(200)
    const more = (): void => {
      while (!res.destroyed && res.write('x'.repeat(4096)));
    }
    res.on('drain', more)
    more()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const context = { podIp: '127.0.0.1', container: container('c') }
    const answer = await httpGet({ port }, context, 'test', new AbortController().signal)
    expect([answer.code, answer.body.length]).toEqual([200, 10_240])
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

test.each([
  [1, [1]],
  [127, [127]],
  [128, [0x80, 1]],
  [300, [0xac, 2]],
])('a length of %d in a health request', (length, bytes) => expect(varint(length)).toEqual(bytes))
