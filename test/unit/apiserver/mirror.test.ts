import { Mirror } from '../../../src/apiserver/mirror.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import type { KubeObject } from '../../../src/kinds/object.ts'
import type { Registry, Stored, Target, WatchOptions } from '../../../src/registry/api.ts'
import { storedAt } from '../../../src/registry/stored.ts'

/** A registry whose watches the test feeds by hand. Each begins with `present`. */
function setup() {
  const watches: (WatchOptions & { disposed: boolean })[] = []
  let present: Stored[] = []
  const registry = {
    watch: async (_context: unknown, _target: Target, options: WatchOptions) => {
      const watch = { ...options, disposed: false }
      watches.push(watch)
      if (present.length) options.onEvent(present.map(stored => ({ type: 'ADDED', stored })))
      return { [Symbol.dispose]: () => void (watch.disposed = true) }
    },
  } as unknown as Registry
  const onChange = jest.fn()
  const mirror = new Mirror({ registry, kind: configMap, onChange })
  const names = () => [...mirror.values()].map(o => o.metadata.name)
  return { mirror, watches, onChange, names, hold: (...objects: Stored[]) => void (present = objects) }
}

const stored = (name: string): Stored => {
  const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'a' } }
  return storedAt(`a/${name}`, 1, object)
}

describe('Mirror', () => {
  test('it holds what is there when start resolves, and follows each change', async () => {
    const { mirror, watches, names, hold, onChange } = setup()
    hold(stored('x'))
    await mirror.start()
    expect([names(), mirror.get('a/x')?.metadata.name]).toEqual([['x'], 'x'])
    onChange.mockClear()
    watches[0]?.onEvent([
      { type: 'ADDED', stored: stored('y') },
      { type: 'DELETED', stored: stored('x') },
    ])
    expect([names(), onChange.mock.calls.length]).toEqual([['y'], 1])
    mirror.stop()
    expect(watches[0]?.disposed).toBe(true)
  })

  test.each([
    ['without a word', undefined],
    ['with an error', { kind: 'Status' as const, apiVersion: 'v1' as const, metadata: {}, code: 410 }],
  ])('a watch that ends %s is begun anew, and until then it holds what it had', async (_, status) => {
    const { mirror, watches, names, hold } = setup()
    hold(stored('x'))
    await mirror.start()
    hold(stored('y'))
    watches[0]?.onEnd(status as never)
    expect(names()).toEqual(['x'])
    await Promise.resolve()
    expect([watches.length, names()]).toEqual([2, ['y']])
    mirror.stop()
  })

  test('stopped while a watch is being made, it keeps none', async () => {
    const { mirror, watches } = setup()
    const started = mirror.start()
    mirror.stop()
    await started
    expect(watches.map(w => w.disposed)).toEqual([true])
    await mirror.start()
    expect(watches.length).toBe(1)
  })
})
