import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { JsonSyntaxError, parseJson, plainNumbers } from '../../../base/json.ts'
import { parseYaml, YamlError } from '../../../base/yaml.ts'
import { PlainError } from '../base/errors.ts'
import { flag, type FlagSpec, type Flags } from '../base/flags.ts'
import type { Io } from '../base/io.ts'
import { compactJson } from '../print/json.ts'
import type { Json } from './connection.ts'

/** -f, -k and -R. */
export const FILE_FLAGS = (what: string): readonly FlagSpec[] => [
  flag('list', 'filename f', what),
  flag('string', 'kustomize k', 'Not supported: build the directory with kustomize and pipe it to -f -.'),
  flag('bool', 'recursive R', 'Process the directory used in -f, --filename recursively.'),
]

/** An object of a manifest and where it came from. */
export interface Manifest {
  readonly object: Json
  /** File name or URL; `STDIN` for standard input. */
  readonly source: string
  /** What is wrong with the file; the others are worked on nevertheless. */
  readonly fault?: PlainError
}

const EXTENSIONS = ['.json', '.yaml', '.yml']

/** All objects of the files that -f names; lists come as their items. Throws where a file cannot be read. */
export async function readManifests(flags: Flags, io: Io): Promise<Manifest[]> {
  if (flags.text('kustomize'))
    throw new PlainError('-k is not supported by this kubectl: pipe the output of kustomize to -f -')
  const manifests: Manifest[] = []
  for (const name of flags.texts('filename'))
    for (const { source, text } of await sourcesOf(name, flags.on('recursive'), io))
      manifests.push(...parsedOrFault(text, source, flags))
  return manifests
}

function parsedOrFault(text: string, source: string, flags: Flags): Manifest[] {
  try {
    return parseManifest(text, source, flags.has('validate'))
  } catch (error) {
    if (error instanceof PlainError) return [{ object: {}, source, fault: error }]
    throw error
  }
}

async function sourcesOf(name: string, recursive: boolean, io: Io): Promise<{ source: string; text: string }[]> {
  if (name === '-') return [{ source: 'STDIN', text: (await io.readInput()).toString('utf8') }]
  if (/^https?:\/\//.test(name)) return [{ source: name, text: await download(name) }]
  const files = filesBelow(name, recursive)
  return files.map(source => ({ source, text: readFileSync(source, 'utf8') }))
}

async function download(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok)
    throw new PlainError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${response.status} ${response.statusText}, status code=${response.status}`,
    )
  return response.text()
}

function filesBelow(name: string, recursive: boolean): string[] {
  const found = statSync(name, { throwIfNoEntry: false })
  if (!found) throw new PlainError(`the path ${JSON.stringify(name)} does not exist`)
  if (!found.isDirectory()) return [name]
  const out: string[] = []
  for (const entry of readdirSync(name, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(name, entry.name)
    if (entry.isDirectory()) {
      if (recursive) out.push(...filesBelow(path, true))
    } else if (EXTENSIONS.includes(extname(path))) out.push(path)
  }
  if (out.length === 0)
    throw new PlainError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`)
  return out
}

/**
 * The objects of one text: JSON values one after another, or YAML documents. `validates`: as verbs tell of what is
 * wrong that check before they send.
 */
export function parseManifest(text: string, source: string, validates = true): Manifest[] {
  const values = /^\s*\{/.test(text) ? parseJsonTexts(text, source) : parseYamlTexts(text, source)
  return values.filter(v => v !== null && v !== undefined).flatMap(value => objectsOf(value, source, validates))
}

function objectsOf(value: unknown, source: string, validates: boolean): Manifest[] {
  const object = value as Json
  const faults: string[] = []
  if (typeof value !== 'object' || Array.isArray(value))
    throw new PlainError(
      `unable to decode ${JSON.stringify(source)}: json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type unstructured.detector`,
    )
  if (!object['apiVersion']) faults.push('apiVersion not set')
  if (!object['kind']) faults.push('kind not set')
  if (faults.length > 0 && !validates)
    throw new PlainError(
      `unable to decode ${JSON.stringify(source)}: Object '${object['kind'] ? 'apiVersion' : 'Kind'}' is missing in '${compactJson(object)}'`,
    )
  if (faults.length)
    throw new PlainError(
      `error validating ${JSON.stringify(source)}: error validating data: ${faults.length > 1 ? `[${faults.join(', ')}]` : (faults[0] ?? '')}; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  if (String(object['kind']).endsWith('List') && Array.isArray(object['items'])) {
    const kind = String(object['kind']).slice(0, -4)
    const typed = kind ? { apiVersion: object['apiVersion'], kind } : {}
    return (object['items'] as Json[]).flatMap(item => objectsOf({ ...typed, ...item }, source, validates))
  }
  return [{ object, source }]
}

function parseYamlTexts(text: string, source: string): unknown[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/^---(?:[ \t].*)?$/m)
    .map(document => {
      try {
        const inner = /^\s*\{/.test(document) ? parseJson(document) : parseYaml(document)
        return plainNumbers(inner.value)
      } catch (error) {
        if (error instanceof YamlError || error instanceof JsonSyntaxError)
          throw new PlainError(`error parsing ${source}: error converting YAML to JSON: ${error.message}`)
        throw error
      }
    })
}

/** JSON texts that follow each other, as `cat a.json b.json` makes them. */
function parseJsonTexts(text: string, source: string): unknown[] {
  try {
    return [plainNumbers(parseJson(text).value)]
  } catch (error) {
    const parts = splitJson(text)
    if (parts.length > 1) return parts.flatMap(part => parseJsonTexts(part, source))
    if (error instanceof JsonSyntaxError) throw new PlainError(`error parsing ${source}: ${error.message}`)
    throw error
  }
}

function splitJson(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let inString = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const ch = text[i]
    if (inString) {
      if (ch === '\\') i++
      else if (ch === '"') inString = false
    } else if (ch === '"') inString = true
    else if (ch === '{' || ch === '[') depth++
    else if ((ch === '}' || ch === ']') && --depth === 0) {
      parts.push(text.slice(start, i + 1))
      start = i + 1
    }
  }
  if (text.slice(start).trim()) parts.push(text.slice(start))
  return parts
}
