import { expired } from '../../../src/base/errors.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { Client, ClientWatch } from '../../../src/client/client.ts'
import { Informer } from '../../../src/client/informer.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import { FakeClock, settle } from '../../support/fake-clock.ts'

type Watch = ClientWatch<KubeObject> & { disposed: boolean }

/** A client whose watches the test feeds by hand. */
function setup(addIndex = false, log = silentLogger) {
  const clock = new FakeClock()
  const watches: Watch[] = []
  const client = {
    watch: async (_kind: unknown, options: ClientWatch<KubeObject>) => {
      const watch = { ...options, disposed: false }
      watches.push(watch)
      return { [Symbol.dispose]: () => void (watch.disposed = true) }
    },
  } as unknown as Client
  const informer = new Informer({ client, kind: configMap, clock, log })
  if (addIndex) informer.addIndex('app', o => (o.metadata.labels?.['app'] ? [o.metadata.labels['app']] : []))
  const changes: string[] = []
  informer.onChange(c => changes.push(`${c.type} ${c.object.metadata.name}@${c.object.metadata.resourceVersion}`))
  return { clock, watches, informer, changes, last: () => watches.at(-1) as Watch }
}

const object = (name: string, resourceVersion: string, app?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'a', resourceVersion, ...(app ? { labels: { app } } : {}) },
})
const added = (o: KubeObject) => ({ type: 'ADDED', object: o }) as const
const end = (resourceVersion: string) => ({ type: 'BOOKMARK', resourceVersion, initialEventsEnd: true }) as const

describe('informer', () => {
  test('it is complete, and tells of objects, only when the initial events have ended', async () => {
    const { informer, last, changes } = setup()
    const started = informer.start()
    last().onEvent(added(object('x', '1')))
    expect([informer.synced, informer.lister.size, changes]).toEqual([false, 0, []])
    last().onEvent(end('5'))
    await started
    expect([informer.synced, informer.lister.size, changes]).toEqual([true, 1, ['added x@1']])
    await informer.stop()
    expect(last().disposed).toBe(true)
  })

  test('an event is in the lister before onEvent returns', async () => {
    const { informer, last, changes } = setup()
    void informer.start()
    last().onEvent(end('5'))
    last().onEvent(added(object('x', '6')))
    expect(informer.lister.get('a/x')?.metadata.resourceVersion).toBe('6')
    last().onEvent({ type: 'MODIFIED', object: object('x', '7') })
    last().onEvent({ type: 'DELETED', object: object('x', '8') })
    expect(informer.lister.size).toBe(0)
    expect(changes).toEqual(['added x@6', 'updated x@7', 'deleted x@8'])
    await informer.stop()
  })

  test('a watch that ends is taken up from the last revision', async () => {
    const { informer, clock, watches, last } = setup()
    void informer.start()
    last().onEvent(end('5'))
    last().onEvent(added(object('x', '6')))
    last().onEnd()
    await clock.advance(0)
    expect([watches.length, last().resourceVersion]).toEqual([2, '6'])
    await informer.stop()
    expect(clock.pending).toBe(0)
  })

  test('a watch that ends within the initial events is begun anew, whatever bookmarks came', async () => {
    const { informer, clock, watches, last } = setup()
    void informer.start()
    last().onEvent(added(object('x', '1')))
    last().onEvent({ type: 'BOOKMARK', resourceVersion: '5', initialEventsEnd: false })
    last().onEnd()
    await clock.advance(0)
    expect([watches.length, last().resourceVersion, informer.synced]).toEqual([2, undefined, false])
    await informer.stop()
  })

  test('after 410 everything is read again and only the differences are told', async () => {
    const { informer, clock, last, changes } = setup()
    void informer.start()
    for (const e of [added(object('same', '1')), added(object('gone', '2')), added(object('new', '3')), end('5')])
      last().onEvent(e)
    changes.length = 0
    last().onEnd(expired('too old resource version'))
    await clock.advance(0)
    expect(last().resourceVersion).toBeUndefined()
    for (const e of [added(object('same', '1')), added(object('new', '9')), end('10')]) last().onEvent(e)
    expect(changes.sort()).toEqual(['deleted gone@2', 'updated new@9'])
    await informer.stop()
  })

  test('a server that stays away is asked less and less often', async () => {
    const { informer, clock, watches, last } = setup()
    void informer.start()
    for (let i = 0; i < 4; i++) {
      last().onEnd(new Error('connection refused'))
      await clock.advance(i === 0 ? 0 : 30_000)
    }
    expect(watches.length).toBe(5)
    last().onEnd(new Error('connection refused'))
    await clock.advance(799)
    expect(watches.length).toBe(5)
    await informer.stop()
    await settle()
    expect(clock.pending).toBe(0)
  })

  test('indexes follow changes of the object', async () => {
    const { informer, last } = setup(true)
    void informer.start()
    last().onEvent(end('5'))
    last().onEvent(added(object('x', '6', 'web')))
    last().onEvent(added(object('y', '7', 'web')))
    last().onEvent({ type: 'MODIFIED', object: object('x', '8', 'db') })
    const names = (value: string) => [...informer.lister.byIndex('app', value)].map(o => o.metadata.name)
    expect([names('web'), names('db'), informer.lister.count('app', 'web')]).toEqual([['y'], ['x'], 1])
    await informer.stop()
  })

  test('a handler added late hears of all objects first', async () => {
    const { informer, last } = setup()
    void informer.start()
    last().onEvent(added(object('x', '1')))
    last().onEvent(end('5'))
    const heard: string[] = []
    informer.onChange(c => heard.push(`${c.type} ${c.object.metadata.name}`))
    expect(heard).toEqual(['added x'])
    await informer.stop()
  })

  test('a handler that throws is told of in the log, and no other handler nor the caller notices', async () => {
    const told: string[] = []
    const { informer, last, changes } = setup(false, {
      ...silentLogger,
      error: (message, fields) => void told.push(`${message}: ${String(fields?.['error'])}`),
    })
    void informer.start()
    const broken = (when: string) => (): never => {
      throw new Error(when)
    }
    using _early = informer.onChange(broken('early'))
    for (const e of [added(object('x', '1')), added(object('y', '1')), end('5')]) last().onEvent(e)
    expect(changes).toEqual(['added x@1', 'added y@1'])
    using _late = informer.onChange(broken('late'))
    const failed = 'Informer handler failed: Error: '
    expect(told).toEqual(['early', 'early', 'late', 'late'].map(when => failed + when))
    await informer.stop()
  })
})
