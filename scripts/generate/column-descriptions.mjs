#!/usr/bin/env node
// Writes src/kinds/generated/column-descriptions.ts: what each column of a table says about itself, from recorded tables.
//   node scripts/generate/column-descriptions.mjs [CASES_DIR [KUBECONFIG]]     default: ../shared/oracle/cases
// With the kubeconfig of a real API server (../shared/reference/up) it asks that for the tables which no case shows.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const source = process.argv[2] ?? join(root, '../shared/oracle/cases')
const files = dir => readdirSync(dir).sort().flatMap(f => (statSync(join(dir, f)).isDirectory() ? files(join(dir, f)) : [join(dir, f)]))
const found = {}
for (const file of files(source).filter(f => f.endsWith('.json')))
  for (const { request, response } of JSON.parse(readFileSync(file, 'utf8')).steps) {
    const columns = response?.body?.columnDefinitions ?? response?.body?.['/columnDefinitions']
    if (!Array.isArray(columns) || columns[0]?.description === undefined) continue
    const parts = request.path.split('?')[0].split('/').filter(Boolean)
    const group = parts.shift() === 'api' ? '' : parts.shift()
    parts.shift()
    if (parts[0] === 'namespaces' && parts.length > 2) parts.splice(0, 2)
    if (/\.(test|example\.com)$/.test(group)) continue
    found[`${group}/${parts[0]}`] ??= Object.fromEntries(columns.map(c => [c.name, c.description]))
  }
const MISSING = ['/api/v1/pods', '/api/v1/replicationcontrollers', '/apis/events.k8s.io/v1/events']
if (process.argv[3]) {
  const { Client, readKubeconfig } = await import(resolve(source, '../lib/client.mjs'))
  const client = new Client(readKubeconfig(process.argv[3]))
  for (const path of MISSING) {
    const { body } = await client.request({ path, headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } })
    const [, root, group, ...rest] = path.split('/')
    found[`${root === 'api' ? '' : group}/${rest.at(-1)}`] ??= Object.fromEntries(body.columnDefinitions.map(c => [c.name, c.description]))
  }
  client.admin.destroy()
}
const texts = [...new Set(Object.values(found).flatMap(Object.values))]
const q = JSON.stringify
const key = k => (/^[A-Za-z]\w*$/.test(k) ? k : q(k))
const out = ['// Made by scripts/generate/column-descriptions.mjs: do not edit.', '', 'const T: readonly string[] = [', ...texts.map(t => `  ${q(t)},`), ']', '']
out.push('/** `group/plural` → column → description. */', 'export const DESCRIPTIONS: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {')
for (const k of Object.keys(found).sort()) out.push(`  ${q(k)}: { ${Object.entries(found[k]).map(([n, d]) => `${key(n)}: T[${texts.indexOf(d)}]`).join(', ')} },`)
out.push('}', '')
writeFileSync(join(root, 'src/kinds/generated/column-descriptions.ts'), out.join('\n'))
console.log(`${Object.keys(found).length} tables, ${texts.length} texts`)
