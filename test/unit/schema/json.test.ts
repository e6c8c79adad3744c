import {
  bodyText,
  ExactNumber,
  JsonSyntaxError,
  MAX_JSON_DEPTH,
  parseJson,
  parsePlainJson,
  repeatedFieldTexts,
} from '../../../src/base/json.ts'

const FAULTS: readonly (readonly [text: string, message: string])[] = [
  ['', 'unexpected end of JSON input'],
  ['{', 'unexpected end of JSON input'],
  ['{"a":1', 'unexpected end of JSON input'],
  ['"a', 'unexpected end of JSON input'],
  ['-', 'unexpected end of JSON input'],
  ['1.', 'unexpected end of JSON input'],
  ['tru', 'unexpected end of JSON input'],
  ['x', "invalid character 'x' looking for beginning of value"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":05}', "invalid character '5' after object key:value pair"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['nall', "invalid character 'a' in literal null (expecting 'u')"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
  ['ä', "invalid character 'Ã' looking for beginning of value"],
  ['[\x00]', "invalid character '\\x00' looking for beginning of value"],
]

test.each(FAULTS)('%j is refused with the words of Go', (text, message) => {
  expect(() => parseJson(text)).toThrow(new JsonSyntaxError(message))
})

test('a body nested as deep as Go takes is read, one level more is refused', () => {
  expect(parseJson('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)).value).toBeInstanceOf(Array)
  const deeper = '['.repeat(MAX_JSON_DEPTH + 1) + ']'.repeat(MAX_JSON_DEPTH + 1)
  expect(() => parseJson(deeper)).toThrow("invalid character '[' exceeded max depth")
})

test('numbers that are no plain integers keep their text and serialize as numbers', () => {
  const { value } = parseJson('{"a":5.0,"b":1e3,"c":9223372036854775807,"d":5,"e":-0,"f":"5.0"}')
  expect(value).toEqual({
    a: new ExactNumber('5.0'),
    b: new ExactNumber('1e3'),
    c: new ExactNumber('9223372036854775807'),
    d: 5,
    e: 0,
    f: '5.0',
  })
  expect(JSON.stringify(value)).toBe('{"a":5,"b":1000,"c":9223372036854776000,"d":5,"e":0,"f":"5.0"}')
  expect(parsePlainJson('{"a":[5.0,{"b":1.5}],"c":"x"}')).toEqual({ a: [5, { b: 1.5 }], c: 'x' })
})

test('repeated keys are found wherever they stand, and the last one counts', () => {
  const parsed = parseJson('{"data":{"x":"1","x":"2"},"list":[{"y":1},{"z":1,"z":{"w":1,"w":2}}],"data":{"y":"\\"3:"}}')
  expect(parsed.value).toEqual({ data: { y: '"3:' }, list: [{ y: 1 }, { z: { w: 2 } }] })
  expect(repeatedFieldTexts(parsed)).toEqual([
    'duplicate field "data.x"',
    'duplicate field "list[1].z"',
    'duplicate field "list[1].z.w"',
    'duplicate field "data"',
  ])
  expect(repeatedFieldTexts(parseJson('{"a":{"x:":":","\\"y":1}}'))).toEqual([])
})

test('half surrogates and broken UTF-8 become the replacement character', () => {
  expect(parseJson('{"x":"a\\ud800b"}').value).toEqual({ x: 'a\ufffdb' })
  expect(parseJson('"\\ud83d\\ude00"').value).toBe('😀')
  expect(bodyText(Uint8Array.of(0x22, 0xff, 0x22))).toBe('"\ufffd"')
})

test('a member called __proto__ is a member like others', () => {
  const { value } = parseJson('{"__proto__":{"x":1},"a":1.0}')
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(Object.keys(value as object)).toEqual(['__proto__', 'a'])
})
