import {
  addQuantities,
  canonicalQuantity,
  compareQuantityTexts,
  formatQuantity,
  MILLI,
  parseQuantity,
  QuantityError,
  roundUp,
  scaledValue,
  subtractQuantities,
} from '../../../src/base/quantity.ts'

const canonical: [string, string, string][] = [
  ['a whole number stays', '5', '5'],
  ['a trailing dot stays', '5.', '5.'],
  ['a plus sign stays', '+1', '+1'],
  ['leading zeros stay', '007', '007'],
  ['a fraction becomes milli units', '0.5', '500m'],
  ['one and a half becomes milli units', '1.5', '1500m'],
  ['three fraction digits stay as written', '1.234', '1.234'],
  ['a thousand becomes k', '1000', '1k'],
  ['1000m is 1', '1000m', '1'],
  ['an exponent becomes a multiple of three', '1e20', '100e18'],
  ['an exponent that is a multiple of three stays', '2e3', '2e3'],
  ['E alone is exa', '1E', '1E'],
  ['binary units stay', '3Gi', '3Gi'],
  ['1024Mi is 1Gi', '1024Mi', '1Gi'],
  ['half a Gi is 512Mi', '0.5Gi', '512Mi'],
  ['binary below 1024 loses its unit', '0.5Ki', '512'],
  ['below nano is rounded up', '0.1n', '1n'],
  ['binary is capped at an int64', '100Ei', '9223372036854775807'],
  ['zero of any unit is 0', '0Gi', '0'],
  ['negative amounts keep their sign', '-1500m', '-1500m'],
  ['a huge exponent does not write out its zeros', '1e1000000000', '10e999999999'],
  ['a tiny exponent is rounded up to nano', '1e-1000000000', '1e-9'],
]
test.each(canonical)('%s: %s is %s', (_name, text, want) => {
  expect(canonicalQuantity(text)).toBe(want)
})

const wrong: [string, RegExp][] = [
  ['', /must match the regular expression/],
  ['abc', /must match the regular expression/],
  ['1.2.3', /must match the regular expression/],
  ['1 Gi', /must match the regular expression/],
  ['1KI', /must match the regular expression/],
  ['1e', /unable to parse quantity's suffix/],
  ['1mm', /unable to parse quantity's suffix/],
]
test.each(wrong)('%j is refused', (text, message) => {
  expect(() => parseQuantity(text)).toThrow(QuantityError)
  expect(() => parseQuantity(text)).toThrow(message)
})

const orders: [string, string, number][] = [
  ['1', '1000m', 0],
  ['1Gi', '1G', 1],
  ['-1', '1', -1],
  ['0', '0Gi', 0],
  ['1e1000000000', '1', 1],
  ['-1e1000000000', '1', -1],
  ['100m', '1', -1],
]
test.each(orders)('%s compared to %s', (a, b, want) => {
  expect(Math.sign(compareQuantityTexts(a, b))).toBe(want)
  expect(Math.sign(compareQuantityTexts(b, a))).toBe(0 - want)
})

test('sums keep the format of the first operand, or of the second when the first is zero', () => {
  const sum = (a: string, b: string) => formatQuantity(addQuantities(parseQuantity(a), parseQuantity(b)))
  expect([sum('1Gi', '1Gi'), sum('0', '1Gi'), sum('1', '500m'), sum('1G', '1Gi')]).toEqual([
    '2Gi',
    '1Gi',
    '1500m',
    '2073741824',
  ])
  expect(formatQuantity(subtractQuantities(parseQuantity('2'), parseQuantity('500m')))).toBe('1500m')
})

test('roundUp goes away from zero and leaves exact texts alone', () => {
  const up = (text: string) => formatQuantity(roundUp(parseQuantity(text), MILLI))
  expect([up('0.0001'), up('1.0005'), up('-1n'), up('+1'), up('100u')]).toEqual(['1m', '1001m', '-1m', '+1', '1m'])
})

test('values are counted in whole units or thousandths, rounded up', () => {
  expect([
    scaledValue(parseQuantity('1500m')),
    scaledValue(parseQuantity('1500m'), MILLI),
    scaledValue(parseQuantity('1Ki')),
  ]).toEqual([2, 1500, 1024])
})
