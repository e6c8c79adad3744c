#!/usr/bin/env node
// Writes src/kinds/generated/protobuf.json: the field numbers of every message, each with its JSON name.
//   node scripts/generate/protobuf.mjs [PROTOBUF_JSON]     default: ../shared/oracle/protobuf.json
// A field is "number name type" with "*" behind the type where it is repeated. A message that Go embeds has the name "".
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const messages = JSON.parse(readFileSync(process.argv[2] ?? join(root, '../shared/oracle/protobuf.json'), 'utf8'))
const schemas = JSON.parse(readFileSync(join(root, 'src/kinds/generated/schemas.json'), 'utf8'))
const schemaOf = message => schemas[message.startsWith('k8s.io.') ? `io.k8s.${message.slice('k8s.io.'.length)}` : message]
const out = {}
let embedded = 0
for (const [message, fields] of Object.entries(messages)) {
  const properties = Object.keys(schemaOf(message)?.properties ?? {})
  out[message] = fields.map(([number, name, type, repeated]) => {
    const json = properties.find(p => p === name) ?? properties.find(p => p.toLowerCase() === name.toLowerCase())
    // In the schema of a struct, the fields of an embedded struct stand in its place.
    const embeds = json === undefined && properties.length > 0 && type.includes('.') && !repeated
    if (embeds) embedded++
    return `${number} ${embeds ? '' : (json ?? name)} ${type}${repeated ? '*' : ''}`
  })
}
writeFileSync(join(root, 'src/kinds/generated/protobuf.json'), `${JSON.stringify(out)}\n`)
console.log(`${Object.keys(out).length} messages, ${embedded} embedded`)
