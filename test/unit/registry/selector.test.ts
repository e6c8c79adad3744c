import {
  parseFieldSelector,
  parseLabelSelector,
  labelSelectorText,
  selectorFromObject,
} from '../../../src/base/selector.ts'

const labels = { app: 'web', tier: 'front', n: '5' }

test.each([
  ['an equality selects what has the value', 'app=web', true],
  ['two equal signs are one', 'app==db', false],
  ['an inequality selects what has another value', 'app!=db', true],
  ['an inequality selects what lacks the key', 'none!=x', true],
  ['a key alone asks for its presence', 'tier', true],
  ['an exclamation mark asks for its absence', '!tier', false],
  ['in takes one of several', 'tier in (back, front)', true],
  ['notin takes none of several', 'tier notin (back,front)', false],
  ['a set may hold the empty value', 'tier in (,front)', true],
  ['greater compares integers', 'n>4', true],
  ['less compares integers', 'n<5', false],
  ['all conditions must hold', 'app=web,tier=back', false],
  ['in may be a value', 'app=in', false],
])('%s', (_, text, want) => {
  expect(parseLabelSelector(text).matches(labels)).toBe(want)
})

test.each([
  ['a set without parentheses', 'app in web', "unable to parse requirement: found 'web' expected: '('"],
  ['a value after a value', 'a=b=c', "found '=', expected: ',' or 'end of string'"],
  ['a lone comma', ',', "found ',', expected: !, identifier, or 'end of string'"],
  ['a comma at the end', 'a,', "found '', expected: identifier after ','"],
  [
    'a word for an operator',
    'app web',
    "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt",
  ],
])('%s is refused with the words of Kubernetes', (_, text, want) => {
  expect(() => parseLabelSelector(text)).toThrow(want)
})

test('a selector object prints with sorted keys and values', () => {
  const selector = selectorFromObject({
    matchLabels: { b: '1' },
    matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['q', 'p'] }],
  })
  expect(labelSelectorText(selector)).toBe('a notin (p,q),b=1')
})

test('field selectors know escapes', () => {
  expect(parseFieldSelector('metadata.name=a\\,b,status.phase!=Running')).toEqual([
    { field: 'metadata.name', equal: true, value: 'a,b' },
    { field: 'status.phase', equal: false, value: 'Running' },
  ])
  expect(() => parseFieldSelector('metadata.name')).toThrow(
    "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  )
})
