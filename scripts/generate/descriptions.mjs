#!/usr/bin/env node
// Writes src/kinds/generated/descriptions.json: what each type and field is for, from the comments of
// @kubernetes/client-node (made from the OpenAPI of the release to equal).
//   node scripts/generate/descriptions.mjs
// Form: {"texts": [text, …], "types": {schema: [text number or -1, {field: text number}]}}: most texts are used often.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const models = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models')
const schemas = JSON.parse(readFileSync(join(root, 'src/kinds/generated/schemas.json'), 'utf8'))
const capital = s => s[0].toUpperCase() + s.slice(1)

/** The class file of a schema: version and kind, with the group before them where that is taken. */
function modelFile(name) {
  const [group, version, kind] = name.split('.').slice(-3)
  if (name.startsWith('io.k8s.apimachinery.pkg.runtime.') || !/^v\d/.test(version)) return undefined
  for (const candidate of [`${capital(group)}${capital(version)}${kind}`, `${capital(version)}${kind}`]) {
    const path = join(models, `${candidate}.d.ts`)
    if (existsSync(path)) return path
  }
  return undefined
}

const clean = comment => comment.replace(/^\s*\* ?/gm, '').trim().replace(/\s*\n\s*/g, ' ').replaceAll('\\"', '"')
const texts = [], numbers = new Map(), types = {}
function number(text) {
  if (!text) return -1
  if (!numbers.has(text)) numbers.set(text, texts.push(text) - 1)
  return numbers.get(text)
}
let missing = 0
for (const name of Object.keys(schemas).sort()) {
  const file = modelFile(name)
  if (!file) { missing++; continue }
  const source = readFileSync(file, 'utf8')
  const own = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export declare class/.exec(source)?.[1]
  const fields = {}
  for (const m of source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*'([^']+)'\??:/g)) {
    // The generator renames fields that are words of JavaScript.
    const field = m[2].replace(/^_(?=[a-z])/, '')
    if (schemas[name].properties?.[field]) fields[field] = number(clean(m[1]))
    else if (schemas[name].properties?.[`$${field}`]) fields[`$${field}`] = number(clean(m[1]))
  }
  types[name] = [number(own ? clean(own) : ''), fields]
}
const out = `{"texts":[\n${texts.map(t => JSON.stringify(t)).join(',\n')}\n],"types":{\n${Object.entries(types).map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',\n')}\n}}\n`
writeFileSync(join(root, 'src/kinds/generated/descriptions.json'), out)
console.log(`${Object.keys(types).length} types, ${texts.length} texts, ${out.length} bytes, ${missing} schemas without comments`)
