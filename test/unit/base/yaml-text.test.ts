import { load } from 'js-yaml'
import { yamlText } from '../../../src/base/yaml-text.ts'

const cases: { name: string; value: unknown; want: string }[] = [
  {
    name: 'keys are sorted, lists not indented',
    value: { b: [1, { d: 1, c: [] }], a: {} },
    want: 'a: {}\nb:\n- 1\n- c: []\n  d: 1\n',
  },
  {
    name: 'texts that read as something else are quoted',
    value: { a: 'yes', b: '1', c: 'null', d: '2020-01-01', e: '' },
    want: 'a: "yes"\nb: "1"\nc: "null"\nd: "2020-01-01"\ne: ""\n',
  },
  {
    name: 'colons and hashes get single quotes',
    value: { a: 'a: b', b: 'x #y', c: "it's: so" },
    want: "a: 'a: b'\nb: 'x #y'\nc: 'it''s: so'\n",
  },
  {
    name: 'lines make a block',
    value: { a: 'one\ntwo\n', b: 'one\ntwo' },
    want: 'a: |\n  one\n  two\nb: |-\n  one\n  two\n',
  },
  { name: 'keys too are quoted', value: { yes: 'x', '1': 'y' }, want: '"1": "y"\n"yes": x\n' },
  { name: 'numbers within keys compare by value', value: { a10: 1, a9: 1 }, want: 'a9: 1\na10: 1\n' },
  {
    name: 'letters within keys come after digits and signs',
    value: { b1a: 1, b11: 2, 'b1-': 3 },
    want: 'b1-: 3\nb11: 2\nb1a: 1\n',
  },
  {
    name: 'texts that begin with a sign are in single quotes, unless it means nothing there',
    value: { a: '*', b: '- x', c: '-x', d: '<<', e: '=' },
    want: "a: '*'\nb: '- x'\nc: -x\nd: <<\ne: =\n",
  },
  { name: 'times are quoted', value: { a: '2026-11-21T10:00:00Z' }, want: 'a: "2026-11-21T10:00:00Z"\n' },
  {
    name: 'long texts are folded at single blanks',
    value: { message: `${'word '.repeat(18)}end` },
    want: `message: ${'word '.repeat(15).trim()}\n  word word word end\n`,
  },
  {
    name: 'long texts in double quotes keep a second blank with a backslash',
    value: { a: `\t${'x'.repeat(80)}  y` },
    want: `a: "\\t${'x'.repeat(80)}\n  \\ y"\n`,
  },
  {
    name: 'long keys stand behind a question mark',
    value: { ['k'.repeat(129)]: { a: 1 } },
    want: `? ${'k'.repeat(129)}\n: a: 1\n`,
  },
  {
    name: 'characters beyond the first plane are escaped in double quotes',
    value: { a: '😀', b: 'é' },
    want: 'a: "\\U0001F600"\nb: é\n',
  },
  {
    name: 'numbers with a fraction have an exponent from a million on and below a ten thousandth',
    value: { a: 123456.5, b: 1234567.5, c: 0.00012, d: 0.00001, e: 1e20, f: 123456789012345680000, g: 7 },
    want: 'a: 123456.5\nb: 1.2345675e+06\nc: 0.00012\nd: 1e-05\ne: 1e+20\nf: 1.2345678901234568e+20\ng: 7\n',
  },
  { name: 'lists within lists', value: [['a', ['b']], { c: [['d']] }], want: '- - a\n  - - b\n- c:\n  - - d\n' },
  { name: 'a text alone is a document', value: 'true', want: '"true"\n' },
]

describe('yamlText()', () => {
  for (const c of cases)
    test(c.name, () => {
      expect(yamlText(c.value)).toBe(c.want)
    })

  test('what is written reads as the same', () => {
    const value = {
      s: [
        '- x',
        '? y',
        '@z',
        '%a',
        'tab\tx',
        'é',
        '\u0007',
        ' lead',
        'trail ',
        'a'.repeat(200),
        `${'word '.repeat(40)}end`,
      ],
      n: [1.5, -0.25, 1e21, true, null],
    }
    expect(load(yamlText(value))).toEqual(value)
  })
})
