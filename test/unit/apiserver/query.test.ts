import { parseDuration, parseInteger, Query } from '../../../src/apiserver/query.ts'

const pairs: { name: string; text: string; key: string; want: string | undefined }[] = [
  { name: 'a plain pair', text: 'a=1&b=2', key: 'b', want: '2' },
  { name: 'the first of several', text: 'a=1&a=2', key: 'a', want: '1' },
  { name: 'a key without a value', text: 'watch', key: 'watch', want: '' },
  { name: 'a pair with a semicolon is dropped', text: 'limit=1;timeoutSeconds=5', key: 'limit', want: undefined },
  { name: 'a broken escape drops the pair', text: 'labelSelector=%zz&x=1', key: 'labelSelector', want: undefined },
  { name: 'plus is a space', text: 'a=b+c%2Bd', key: 'a', want: 'b c+d' },
  { name: 'empty pairs do not count', text: '&&=&', key: 'a', want: undefined },
]

describe('Query', () => {
  for (const c of pairs) test(c.name, () => expect(Query.parse(c.text).get(c.key)).toBe(c.want))

  test.each([
    ['1', true],
    ['maybe', true],
    ['', true],
    ['False', false],
    ['0', false],
  ])('flag(%j) is %j', (value, want) => expect(Query.parse(`f=${value}`).flag('f')).toBe(want))
})

describe('parseInteger()', () => {
  test.each([
    ['', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ])('%j is refused', (text, message) => expect(() => parseInteger(text)).toThrow(message))
  test('signs are read', () => expect([parseInteger('-1'), parseInteger('+7')]).toEqual([-1, 7]))
})

describe('parseDuration()', () => {
  test.each([
    ['1h30m', 5_400_000],
    ['-5s', -5000],
    ['1.5ms', 1.5],
    ['0', 0],
  ])('%s is %d ms', (text, want) => expect(parseDuration(text)).toBe(want))
  test.each([
    ['10', 'time: missing unit in duration "10"'],
    ['x', 'time: invalid duration "x"'],
    ['', 'time: invalid duration ""'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
  ])('%j is refused', (text, message) => expect(() => parseDuration(text)).toThrow(message))
})
