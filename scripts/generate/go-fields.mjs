#!/usr/bin/env node
// Writes src/kinds/generated/go-fields.json: what a Go round trip does to each field of the built-in types, which the
// OpenAPI schemas do not tell. Facts read from the struct tags of the Go modules that define the types.
//   node scripts/generate/go-fields.mjs [VERSION]     default: v0.36.3; needs go (the module cache is filled when needed)
// Format: schema name -> fields in the order of the Go struct, separated by spaces. A field is
//   [Embedded/]name, then `*` for a pointer, `!` where the zero value is written (no omitempty), `~` for omitzero.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const version = process.argv[2] ?? 'v0.36.3'
const schemas = JSON.parse(readFileSync(join(root, 'src/kinds/generated/schemas.json'), 'utf8'))

const modules = new Map()
function moduleDir(name) {
  if (!modules.has(name))
    modules.set(name, JSON.parse(execFileSync('go', ['mod', 'download', '-json', `${name}@${version}`], { cwd: '/' })).Dir)
  return modules.get(name)
}
/** Folder of the Go package that a schema prefix such as `io.k8s.api.core.v1` names. */
function packageDir(prefix) {
  const parts = prefix.split('.').slice(2)
  const module = parts[0]
  return join(moduleDir(`k8s.io/${module}`), ...parts.slice(1))
}

const packages = new Map()
/** Struct name -> fields, of one package. */
function structsOf(dir) {
  let found = packages.get(dir)
  if (found) return found
  packages.set(dir, (found = new Map()))
  for (const file of readdirSync(dir)) {
    if (!file.endsWith('.go') || file.endsWith('_test.go') || /generated|zz_/.test(file)) continue
    const text = readFileSync(join(dir, file), 'utf8')
    const imports = new Map()
    for (const m of text.matchAll(/^\s*(?:import\s+)?(?:(\w+)\s+)?"([^"]+)"$/gm)) imports.set(m[1] ?? m[2].split('/').pop(), m[2])
    for (const m of text.matchAll(/^type (\w+) struct \{\n([^]*?)^\}/gm)) found.set(m[1], { body: m[2], imports, dir })
  }
  return found
}
function dirOf(importPath) {
  const [host, module, ...rest] = importPath.split('/')
  return join(moduleDir(`${host}/${module}`), ...rest)
}

function fieldsOf(struct, prefix = '') {
  const out = []
  for (const raw of struct.body.split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('//')) continue
    const m = /^(?:(\w+)\s+)?(\S+)\s+`([^`]*)`/.exec(line)
    if (!m) continue
    const [, , type, tags] = m
    const json = /json:"([^"]*)"/.exec(tags)?.[1]
    if (json === undefined || json === '-') continue
    const [name, ...options] = json.split(',')
    if (name === '') {
      const [pkg, embedded] = type.includes('.') ? type.split('.') : ['', type]
      const dir = pkg ? dirOf(struct.imports.get(pkg)) : struct.dir
      const target = structsOf(dir).get(embedded)
      if (!target) throw new Error(`no struct ${type}`)
      out.push(...fieldsOf(target, `${prefix}${embedded}/`))
      continue
    }
    out.push(
      prefix + name + (type.startsWith('*') ? '*' : '') + (options.includes('omitempty') ? '' : '!') + (options.includes('omitzero') ? '~' : ''),
    )
  }
  return out
}

const out = {}
const missing = []
for (const full of Object.keys(schemas).sort()) {
  if (!schemas[full].properties) continue
  const dot = full.lastIndexOf('.')
  const dir = packageDir(full.slice(0, dot))
  const struct = existsSync(dir) && structsOf(dir).get(full.slice(dot + 1))
  if (!struct) {
    missing.push(full)
    continue
  }
  const fields = fieldsOf(struct)
  const names = new Set(fields.map(f => f.replace(/^.*\//, '').replace(/[*!~]+$/, '')))
  for (const p of Object.keys(schemas[full].properties)) if (!names.has(p)) missing.push(`${full} ${p}`)
  for (const n of names) if (!(n in schemas[full].properties)) missing.push(`${full} ${n} (not in the schema)`)
  out[full] = fields.join(' ')
}
if (missing.length) console.error(`without facts:\n  ${missing.join('\n  ')}`)
const lines = Object.entries(out).map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields)}`)
writeFileSync(join(root, 'src/kinds/generated/go-fields.json'), `{\n${lines.join(',\n')}\n}\n`)
console.log(`${Object.keys(out).length} structs`)
