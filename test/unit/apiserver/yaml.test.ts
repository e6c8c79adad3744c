import { load } from 'js-yaml'
import { toYaml } from '../../../src/apiserver/yaml.ts'

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
]

describe('toYaml()', () => {
  for (const c of cases)
    test(c.name, () => {
      expect(toYaml(c.value)).toBe(c.want)
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
    expect(load(toYaml(value))).toEqual(value)
  })
})
