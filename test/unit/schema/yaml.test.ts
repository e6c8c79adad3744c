import { ExactNumber } from '../../../src/base/json.ts'
import { parseYaml, YamlError, yamlRepeatedText } from '../../../src/base/yaml.ts'

const VALUES: readonly (readonly [text: string, value: unknown])[] = [
  ['yes', true],
  ['off', false],
  ['~', null],
  ['', null],
  ['tRue', 'tRue'],
  ['"yes"', 'yes'],
  ['010', 8],
  ['0o17', 15],
  ['0x1F', 31],
  ['0b101', 5],
  ['1_000', 1000],
  ['08', 8],
  ['1.0', 1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['2020-01-01', '2020-01-01'],
  ['12:30', '12:30'],
  ['1.2.3', '1.2.3'],
  ['9223372036854775807', new ExactNumber('9223372036854775807')],
  ['!!str 1', '1'],
  ['!!float 5', 5],
  ['a b', 'a b'],
]

test.each(VALUES)('the YAML value %j is read as YAML 1.1 reads it', (text, value) => {
  expect(parseYaml(`a: ${text}\n`).value).toEqual({ a: value })
})

test('keys become texts in sorted order', () => {
  const { value } = parseYaml('z: 1\ny: 2\n10: 3\n1.5: 4\n.inf: 5\na: 6\n')
  expect(JSON.stringify(value)).toBe('{"10":3,".inf":5,"1.5":4,"a":6,"true":2,"z":1}')
})

test('repeated keys are named by the line of the value, and the last one counts', () => {
  const parsed = parseYaml('metadata:\n  name: a\n  name: b\nmetadata:\n  name: c\n')
  expect(parsed.value).toEqual({ metadata: { name: 'c' } })
  expect(parsed.yamlRepeated).toEqual([
    'line 3: key "name" already set in map',
    'line 5: key "metadata" already set in map',
  ])
  expect(yamlRepeatedText(parsed.yamlRepeated ?? [])).toBe(
    'yaml: unmarshal errors:\n  line 3: key "name" already set in map\n  line 5: key "metadata" already set in map',
  )
})

test('only the first document counts; none is null', () => {
  expect(parseYaml('a: 1\n---\nb: 2\n').value).toEqual({ a: 1 })
  expect(parseYaml('').value).toBeNull()
  expect(parseYaml('---\n').value).toBeNull()
})

test('anchors and merge keys', () => {
  expect(parseYaml('a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: *x\n').value).toEqual({
    a: { b: 1, c: 2 },
    d: { b: 1, c: 3 },
    e: { b: 1, c: 2 },
  })
})

test('a text that would unfold without end is refused', () => {
  const levels = Array.from(
    { length: 9 },
    (_, i) =>
      `${String.fromCharCode(98 + i)}: &${String.fromCharCode(98 + i)} [${Array.from({ length: 9 }, () => `*${String.fromCharCode(97 + i)}`).join(',')}]`,
  )
  expect(() => parseYaml(['a: &a [x,x,x,x,x,x,x,x,x]', ...levels].join('\n'))).toThrow(
    'yaml: document contains excessive aliasing',
  )
})

test.each(['a: b: c', 'a: [', '\t- x', 'a: *nope', 'a: .inf', '~: 1', '[1]: 2'])(
  '%j is no YAML that JSON can hold',
  text => {
    expect(() => parseYaml(text)).toThrow(YamlError)
  },
)
