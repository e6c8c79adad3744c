import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PlainError } from '../base/errors.ts'
import { flag, type FlagSpec, type Flags } from '../base/flags.ts'

/** --from-file, --from-literal and --from-env-file. */
export const pairFlags = (what: string): readonly FlagSpec[] => [
  flag('list', 'from-env-file', `Specify the path to a file to read lines of key=val pairs to create a ${what}.`),
  flag(
    'list',
    'from-file',
    `Key file can be specified using its file path, in which case file basename will be used as ${what} key, or optionally with a key and file path, in which case the given key will be used.  Specifying a directory will iterate each named file in the directory whose basename is a valid ${what} key.`,
  ),
  flag('array', 'from-literal', `Specify a key and literal value to insert in ${what} (i.e. mykey=somevalue)`),
]

/** Keys and contents in the order given. Throws PlainError with kubectl's texts. */
export function readPairs(flags: Flags): [key: string, content: Buffer][] {
  const files = flags.texts('from-file')
  const literals = flags.texts('from-literal')
  const envFiles = flags.texts('from-env-file')
  if (envFiles.length && (files.length || literals.length))
    throw new PlainError('from-env-file cannot be combined with from-file or from-literal')
  return [...literals.map(literal), ...files.flatMap(fromFile), ...envFiles.flatMap(fromEnvFile)]
}

function literal(text: string): [string, Buffer] {
  const at = text.indexOf('=')
  if (at <= 0) throw new PlainError(`invalid literal source ${text}, expected key=value`)
  return [text.slice(0, at), Buffer.from(text.slice(at + 1))]
}

const VALID_KEY = /^[-._a-zA-Z0-9]{1,253}$/

function fromFile(text: string): [string, Buffer][] {
  const at = text.indexOf('=')
  if (at === 0) throw new PlainError(`key name for file path ${text.slice(1)} missing`)
  if (at > 0 && at === text.length - 1) throw new PlainError(`file path for key name ${text.slice(0, at)} missing`)
  if (text.indexOf('=', at + 1) > at && at > 0) throw new PlainError("key names or file paths cannot contain '='")
  const [key, path] = at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + 1)]
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new PlainError(`error reading ${path}: no such file or directory`)
  if (!found.isDirectory()) return [[checkedKey(key || basename(path)), readFileSync(path)]]
  if (key) throw new PlainError('cannot give a key name for a directory path')
  return readdirSync(path, { withFileTypes: true })
    .filter(e => e.isFile() && VALID_KEY.test(e.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(e => [e.name, readFileSync(join(path, e.name))])
}

function checkedKey(key: string): string {
  if (VALID_KEY.test(key)) return key
  throw new PlainError(
    `${JSON.stringify(key)} is not a valid key name for a ConfigMap: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
  )
}

function fromEnvFile(path: string): [string, Buffer][] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new PlainError(`error reading ${path}: no such file or directory`)
  if (found.isDirectory()) throw new PlainError('env config file cannot be a directory')
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .map(line => line.trimStart())
    .filter(line => line && !line.startsWith('#'))
    .map(line => {
      const at = line.indexOf('=')
      const key = at < 0 ? line : line.slice(0, at)
      return [key, Buffer.from(at < 0 ? (process.env[key] ?? '') : line.slice(at + 1))]
    })
}

/** Throws where a key stands twice. */
export function checkRepeated(pairs: readonly [string, Buffer][], what: string, name: string): void {
  const seen = new Set<string>()
  for (const [key] of pairs) {
    if (seen.has(key))
      throw new PlainError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ${what} ${JSON.stringify(name)}`,
      )
    seen.add(key)
  }
}
