#!/usr/bin/env node
// Writes src/kinds/generated/{types.ts,schemas.json} from the OpenAPI schemas of the Kubernetes release to equal.
//   node scripts/generate/types.mjs [SCHEMAS_JSON]     default: ../shared/oracle/openapi/schemas.json
// Facts only: field names, types, list types, map keys, patch keys, defaults, enums, required fields.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const source = process.argv[2] ?? join(root, '../shared/oracle/openapi/schemas.json')
const schemas = JSON.parse(readFileSync(source, 'utf8'))
const SPECIAL = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'Record<string, unknown>',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'Record<string, unknown>',
}
const last = n => n.slice(n.lastIndexOf('.') + 1)
const capital = s => s[0].toUpperCase() + s.slice(1)
const count = {}
for (const n of Object.keys(schemas)) count[last(n)] = (count[last(n)] ?? 0) + 1
/** The short name where it is the only one or core's; else group and version stand before it. */
function tsName(full) {
  const short = last(full)
  if (count[short] === 1 || full.includes('.api.core.v1.') || full.includes('.autoscaling.v2.')) return short
  const [group, version] = full.split('.').slice(-3, -1)
  return capital(group.replace(/[^a-z0-9]/gi, '')) + capital(version) + short
}
function typeOf(s) {
  if (s.$ref) return nameOf(s.$ref)
  if (s.allOf?.length === 1) return typeOf(s.allOf[0])
  if (s['x-kubernetes-int-or-string']) return 'number | string'
  if (s.oneOf ?? s.anyOf) return [...new Set((s.oneOf ?? s.anyOf).map(typeOf))].join(' | ')
  switch (s.type) {
    case 'string': return 'string'
    case 'boolean': return 'boolean'
    case 'integer': case 'number': return 'number'
    case 'array': { const t = typeOf(s.items ?? {}); return t.includes('|') ? `(${t})[]` : `${t}[]` }
    case 'object': return s.additionalProperties ? `Record<string, ${typeOf(s.additionalProperties)}>` : 'Record<string, unknown>'
    default: return 'unknown'
  }
}
const nameOf = ref => { const full = ref.slice(ref.lastIndexOf('/') + 1); return SPECIAL[full] ?? tsName(full) }
const key = k => (/^[A-Za-z_$][\w$]*$/.test(k) ? k : JSON.stringify(k))
const out = ['// Made by scripts/generate/types.mjs: do not edit.', '']
for (const full of Object.keys(schemas).sort()) {
  if (SPECIAL[full]) continue
  const s = schemas[full], required = new Set(s.required ?? [])
  out.push(`/** ${full} */`)
  if (!s.properties) { out.push(`export type ${tsName(full)} = ${typeOf(s)}`, ''); continue }
  out.push(`export interface ${tsName(full)} {`)
  for (const [k, p] of Object.entries(s.properties)) {
    const must = required.has(k)
    out.push(`  ${key(k)}${must ? '' : '?'}: ${typeOf(p)}${must ? '' : ' | undefined'}`)
  }
  out.push('}', '')
}
writeFileSync(join(root, 'src/kinds/generated/types.ts'), out.join('\n'))
// One component a line: src/kinds/schema/openapi.ts parses only those that are asked for.
const line = name =>
  `${JSON.stringify(name)}:${JSON.stringify(schemas[name], (k, v) => (k === 'description' && typeof v === 'string' ? undefined : v))}`
const lines = Object.keys(schemas).map(line).join(',\n').replaceAll('#/components/schemas/', '')
writeFileSync(join(root, 'src/kinds/generated/schemas.json'), `{\n${lines}\n}\n`)
console.log(`${Object.keys(schemas).length} schemas`)
