import { PodContext } from '../../../src/agent/pod-context.ts'
import { HollowRuntime } from '../../../src/agent/runtime/hollow.ts'
import { SandboxKeeper } from '../../../src/agent/sandbox-keeper.ts'
import { MountError } from '../../../src/agent/volumes/volume.ts'
import type { WorkerDeps } from '../../../src/agent/worker-deps.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'
import { podOf } from '../../support/pod-builder.ts'

/** A pod whose volumes are written when the test says so. */
function keeping(renewAt?: () => number) {
  const clock = new FakeClock(0)
  const log: string[] = []
  const writes: { done: () => void; fail: (error: Error) => void }[] = []
  const runtime = new HollowRuntime({ clock })
  const deps = {
    runtime,
    clock,
    log: silentLogger,
    network: { setUp: async () => ({ ip: '10.42.0.2' }), tearDown: async () => void log.push('network gone') },
    volumes: {
      setUp: () => {
        log.push('begins')
        return new Promise((resolve, fail) =>
          writes.push({
            done: () => {
              log.push('ends')
              resolve(new Map())
            },
            fail,
          }),
        )
      },
      tearDown: async () => void log.push('volumes gone'),
    },
    references: { forPod: () => ({}), release: () => {} },
    tokens: { renewAt: () => renewAt?.(), release: () => {} },
    images: { release: () => {} },
    info: () => ({ name: 'hollow', version: '1', rootDir: '/', cgroupDriver: 'cgroupfs' }),
    allocatable: () => ({}),
    recorder: {
      event: (_: unknown, type: string, reason: string, message: string) => log.push(`${type} ${reason}: ${message}`),
    },
    dataDir: '/nonexistent',
    clusterDomain: 'cluster.local',
  } as unknown as WorkerDeps
  const keeper = new SandboxKeeper(new PodContext(deps, podOf(), () => {}))
  const next = async (how: 'done' | Error = 'done'): Promise<void> => {
    await settle()
    const write = writes.shift()
    if (how === 'done') write?.done()
    else write?.fail(how)
    await settle()
  }
  return { keeper, log, next, clock }
}

async function ready(renewAt?: () => number) {
  const k = keeping(renewAt)
  k.keeper.prepare(0, () => false)
  await k.next()
  k.log.length = 0
  return k
}

test('changes that come while volumes are written are written after, once', async () => {
  const { keeper, log, next } = await ready()
  for (let i = 0; i < 3; i++) keeper.refresh()
  await settle()
  expect(log).toEqual(['begins'])
  await next()
  await next()
  expect(log).toEqual(['begins', 'ends', 'begins', 'ends'])
})

test.each([0, 1, 2, 3, 4, 5])('also %i turns after they have been', async turns => {
  const { keeper, log, next } = await ready()
  keeper.refresh()
  await settle()
  const written = next()
  for (let i = 0; i < turns; i++) await Promise.resolve()
  keeper.refresh()
  await written
  await next()
  expect(log.filter(l => l === 'ends')).toHaveLength(2)
})

test('changes that come while the sandbox is made are written as soon as it stands', async () => {
  const { keeper, log, next } = keeping()
  keeper.prepare(0, () => false)
  await settle()
  keeper.refresh()
  await next()
  expect(log).toEqual(['begins', 'ends', 'begins'])
  await next()
})

test('a pod that goes leaves nothing that is still being written', async () => {
  const { keeper, log, next } = await ready()
  keeper.refresh()
  const gone = keeper.tearDown()
  await settle()
  expect(log).toEqual(['begins'])
  await next()
  await gone
  expect(log).toEqual(['begins', 'ends', 'network gone', 'volumes gone'])
})

test('a token that cannot be renewed is asked for again', async () => {
  let at = 1_000_000
  const { log, next, clock } = await ready(() => at)
  await clock.advance(999_000)
  expect(log).toEqual([])
  await clock.advance(1_000)
  await next(new Error('the server is away'))
  await clock.advance(29_000)
  expect(log).toEqual(['begins'])
  await clock.advance(1_000)
  at = 2_000_000
  await next()
  expect(log).toEqual(['begins', 'begins', 'ends'])
  await clock.advance(970_000)
  expect(log.at(-1)).toBe('begins')
  await next()
})

test.each([
  [
    'a volume that cannot be made',
    new MountError('MountVolume.SetUp failed for volume "v" : no such key', { cause: new Error('no such key') }),
    'Warning FailedMount: MountVolume.SetUp failed for volume "v" : no such key',
  ],
  [
    'a sandbox that cannot be made',
    new Error('no engine', { cause: new Error('refused') }),
    'Warning FailedCreatePodSandBox: Failed to create pod sandbox: no engine: refused',
  ],
])('%s is told once, with its reason', async (_, error, text) => {
  const { keeper, log, next } = keeping()
  keeper.prepare(0, () => true)
  await next(error)
  expect(log).toEqual(['begins', text])
})
