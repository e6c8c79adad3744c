import { readFileSync } from 'node:fs'
import type { Json } from '../api/connection.ts'
import { PlainError } from '../base/errors.ts'
import { flag, type FlagSpec, type Flags } from '../base/flags.ts'
import { jsonText } from './json.ts'
import { renderJsonPath } from './jsonpath.ts'
import { yamlText } from '../../../base/yaml-text.ts'

/** Flags of verbs that print what they made. */
export const PRINT_FLAGS: readonly FlagSpec[] = [
  flag('bool', 'allow-missing-template-keys', 'If true, missing fields are no error in jsonpath output.', {
    default: 'true',
  }),
  flag('string', 'output o', 'Output format. One of: (json, yaml, name, jsonpath, jsonpath-as-json, jsonpath-file).'),
  flag('bool', 'show-managed-fields', 'If true, keep the managedFields when printing objects in JSON or YAML format.'),
]

const FORMATS = ['json', 'yaml', 'name', 'jsonpath', 'jsonpath-as-json', 'jsonpath-file']
const KNOWN = 'json,jsonpath,jsonpath-as-json,jsonpath-file,name,yaml'

/** Prints one object in the format that -o names. */
export type ObjectPrinter = (object: Json) => string

/** The printer for -o; undefined where the verb's own message is wanted. Throws PlainError for a format unknown. */
export function objectPrinter(flags: Flags, known = KNOWN): ObjectPrinter | undefined {
  const output = flags.text('output')
  if (output === '') return undefined
  const keep = flags.on('show-managed-fields')
  const [format, template] = splitFormat(output)
  const plain = (object: Json): Json => (keep ? object : withoutManagedFields(object))
  switch (format) {
    case 'json':
      return object => jsonText(plain(object))
    case 'yaml':
      return documents(object => yamlText(plain(object)))
    case 'name':
      return object => itemsOf(object).map(nameText).join('')
    case 'jsonpath':
    case 'jsonpath-file':
    case 'jsonpath-as-json': {
      const text = format === 'jsonpath-file' ? readTemplate(template ?? '') : template
      if (!text) throw new PlainError(`template format specified but no template given`)
      const options = { allowMissing: flags.on('allow-missing-template-keys'), asJson: format === 'jsonpath-as-json' }
      return object => renderJsonPath(text, object, options)
    }
    default:
      throw new PlainError(
        `unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${known}`,
      )
  }
}

/** The format and what stands behind its `=`. */
export function splitFormat(output: string): [string, string | undefined] {
  const at = output.indexOf('=')
  if (at < 0) return [output, undefined]
  const format = output.slice(0, at)
  return FORMATS.includes(format) || format.startsWith('custom-columns')
    ? [format, output.slice(at + 1)]
    : [output, undefined]
}

function readTemplate(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new PlainError(`error reading --template ${path}, open ${path}: no such file or directory`)
  }
}

/** YAML documents after the first begin with a line of dashes. */
function documents(print: ObjectPrinter): ObjectPrinter {
  let count = 0
  return object => (count++ === 0 ? '' : '---\n') + print(object)
}

export const itemsOf = (object: Json): Json[] =>
  String(object['kind']).endsWith('List') && Array.isArray(object['items']) ? (object['items'] as Json[]) : [object]

/** `pod/web`, `deployment.apps/web`. */
function nameText(object: Json): string {
  return `${nameOf(object)}\n`
}

/** As the name printer names an object. */
export function nameOf(object: Json): string {
  const [version, kind] = [String(object['apiVersion'] ?? ''), String(object['kind'] ?? '')]
  const group = version.includes('/') ? `.${version.slice(0, version.lastIndexOf('/'))}` : ''
  const name = (object['metadata'] as { name?: string } | undefined)?.name ?? ''
  return `${kind.toLowerCase()}${group}/${name}`
}

/** A copy without metadata.managedFields, also within lists. */
export function withoutManagedFields(object: Json): Json {
  const strip = (o: Json): Json => {
    const metadata = o['metadata'] as Json | undefined
    if (!metadata || !('managedFields' in metadata)) return o
    const { managedFields: _, ...rest } = metadata
    return { ...o, metadata: rest }
  }
  const items = object['items']
  return Array.isArray(items) ? { ...strip(object), items: (items as Json[]).map(strip) } : strip(object)
}
