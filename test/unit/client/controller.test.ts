import { conflict } from '../../../src/base/errors.ts'
import type { Logger } from '../../../src/base/log.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Reconciler } from '../../../src/client/controller.ts'
import { Controller, DONE, requeueAfter, soonest, TerminalError } from '../../../src/client/controller.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

async function setup(reconcile: Reconciler['reconcile'], log: Logger = silentLogger) {
  const clock = new FakeClock()
  let add: (key: string) => void = () => {}
  const source = {
    informer: { whenSynced: () => Promise.resolve() },
    attach: (a: (key: string) => void) => {
      add = a
      return { [Symbol.dispose]: () => {} }
    },
  }
  const controller = new Controller({ name: 'test', reconciler: { reconcile }, sources: [source], clock, log })
  await controller.start()
  return { clock, controller, add: (key: string) => add(key) }
}

describe('controller loop', () => {
  test('a key that fails comes again with back-off, and is forgotten when it succeeds', async () => {
    let left = 3
    const at: number[] = []
    const { clock, controller, add } = await setup(async () => {
      at.push(clock.now() - began)
      if (left-- > 0) throw new Error('not yet')
      return DONE
    })
    const began = clock.now()
    add('a')
    await clock.advance(1000)
    expect(at).toEqual([0, 5, 15, 35])
    await controller.stop()
    expect(clock.pending).toBe(0)
  })

  test('a terminal error is told once and not tried again', async () => {
    const told: string[] = []
    const log = { ...silentLogger, error: (message: string) => void told.push(message) }
    let runs = 0
    const { clock, controller, add } = await setup(async () => {
      runs++
      throw new TerminalError('never')
    }, log)
    add('a')
    await clock.advance(60_000)
    expect([runs, told]).toEqual([1, ['Reconcile failed for good']])
    await controller.stop()
  })

  test('a conflict is retried without a warning', async () => {
    const told: string[] = []
    const log = { ...silentLogger, warn: (message: string) => void told.push(message) }
    let left = 2
    const { clock, controller, add } = await setup(async () => {
      if (left-- > 0) throw conflict({ group: '', resource: 'pods' }, 'a', 'modified')
      return DONE
    }, log)
    add('a')
    await clock.advance(1000)
    expect([left, told]).toEqual([-1, []])
    await controller.stop()
  })

  test('an outcome may ask to come again later', async () => {
    let runs = 0
    const { clock, controller, add } = await setup(async () => (runs++ === 0 ? requeueAfter(5000) : DONE))
    add('a')
    await clock.advance(4999)
    expect(runs).toBe(1)
    await clock.advance(1)
    expect(runs).toBe(2)
    await controller.stop()
  })

  test('stop aborts what is under way and waits for it', async () => {
    let ended = false
    const { controller, add } = await setup(
      (_key, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            ended = true
            reject(signal.reason as Error)
          }),
        ),
    )
    add('a')
    await settle()
    await controller.stop()
    expect(ended).toBe(true)
  })

  test('the soonest of several times counts', () => {
    expect([soonest(undefined, 30, 20), soonest(undefined)]).toEqual([{ requeueAfterMs: 20 }, {}])
  })

  test('it stops though its informers never became complete, and has reconciled nothing', async () => {
    const clock = new FakeClock()
    const source = {
      informer: { whenSynced: () => new Promise<void>(() => {}) },
      attach: (add: (key: string) => void) => {
        add('a')
        return { [Symbol.dispose]: () => {} }
      },
    }
    const reconcile = jest.fn(async () => DONE)
    const reconciler = { reconcile }
    const controller = new Controller({ name: 'test', reconciler, sources: [source], clock, log: silentLogger })
    await controller.start()
    await controller.stop()
    expect(reconcile).not.toHaveBeenCalled()
  })
})
