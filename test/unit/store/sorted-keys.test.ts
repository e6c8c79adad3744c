import { compareKeys, SortedKeys } from '../../../src/store/sorted-keys.ts'

describe('compareKeys()', () => {
  const keys = [
    '',
    'a',
    'a/',
    'a/b',
    'a0',
    'b',
    'é',
    '\u07FF',
    '\uD7FF',
    '\uE000',
    '\uFF5E',
    '\u{10000}',
    '\u{1F600}',
    '\u{1F600}a',
  ]
  for (const a of keys) {
    test(`orders ${JSON.stringify(a)} against all others as their bytes are`, () => {
      const order = keys.map(b => Math.sign(compareKeys(a, b)))
      expect(order).toEqual(keys.map(b => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    })
  }
})

describe('SortedKeys', () => {
  test('keys that come and go appear once and in order', () => {
    const live = new Set<string>()
    const keys = new SortedKeys(key => live.has(key))
    const add = (key: string): void => {
      live.add(key)
      keys.add(key)
    }
    for (const key of ['c', 'a', 'b']) add(key)
    expect(keys.sorted()).toEqual(['a', 'b', 'c'])
    live.delete('b')
    add('b')
    live.delete('a')
    add('d')
    expect(keys.sorted()).toEqual(['b', 'c', 'd'])
    expect([keys.indexOf('a'), keys.indexOf('c'), keys.indexOf('cc'), keys.indexOf('z')]).toEqual([0, 1, 2, 3])
  })

  test('names that are used once each and never listed do not pile up', () => {
    let looked = 0
    const keys = new SortedKeys(() => {
      looked++
      return false
    })
    for (let i = 0; i < 10_000; i++) keys.add(`k${i}`)
    expect(looked).toBeGreaterThan(8_000)
    expect(keys.sorted()).toEqual([])
  })
})
