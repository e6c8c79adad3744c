// Sends the same requests to a real API server and to kubelite, and prints where the answers differ: every field of
// every kind (scripts/lib/differ-objects.mjs) with values at and beyond its bounds, always as a dry run.
//   ../shared/reference/up; bin/kubelite server --disable-agent …
//   node scripts/differ.mjs --reference KUBECONFIG --kubeconfig KUBECONFIG [--kind REGEX] [--path REGEX] [--mode create|update|status] [--json FILE]
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BASES } from './lib/differ-objects.mjs'

const oracle = join(dirname(fileURLToPath(import.meta.url)), '../../shared/oracle')
const { Client, readKubeconfig } = await import(join(oracle, 'lib/client.mjs'))
const { Context, differences } = await import(join(oracle, 'lib/normalize.mjs'))
const schemas = JSON.parse(readFileSync(join(oracle, 'openapi/schemas.json'), 'utf8'))
const { values: o } = parseArgs({
  options: {
    reference: { type: 'string' }, kubeconfig: { type: 'string' }, kind: { type: 'string', default: '.' },
    path: { type: 'string', default: '.' }, mode: { type: 'string', default: 'create' }, json: { type: 'string' },
  },
})
if (!o.reference || !o.kubeconfig) {
  console.error('usage: differ.mjs --reference KUBECONFIG --kubeconfig KUBECONFIG [--kind REGEX] [--path REGEX] [--mode create|update|status] [--json FILE]')
  process.exit(2)
}
const clients = [o.reference, o.kubeconfig].map(file => new Client(readKubeconfig(file), 'differ'))
const run = Date.now().toString(36).slice(-5)
const ns = `differ-${run}`
const HEADERS = ['content-type', 'warning', 'location', 'allow']

const deref = s => {
  const ref = s?.$ref ?? s?.allOf?.[0]?.$ref
  return ref ? { ...schemas[ref.split('/').pop()], $name: ref.split('/').pop() } : s
}
/** All paths of a schema; lists by their first item. */
function paths(schema, at = [], seen = [], out = []) {
  const s = deref(schema)
  if (s.$name && seen.includes(s.$name)) return out
  const inside = s.$name ? [...seen, s.$name] : seen
  if (at.length) out.push([at, s])
  if (at.length > 12) return out
  if (s.properties) for (const [k, v] of Object.entries(s.properties)) paths(v, [...at, k], inside, out)
  else if (s.type === 'array') paths(s.items, [...at, 0], inside, out)
  else if (deref(s.additionalProperties)?.properties) paths(s.additionalProperties, [...at, 'k'], inside, out)
  return out
}

const TEXTS = ['', 'a', 'A_b!', 'x'.repeat(64), `${'y.'.repeat(130)}z`, '-', 'a/b', '1.2.3.4', '10', '..', '/abs', 5, null]
const AMOUNTS = ['cpu', 'memory', 'pods', 'storage', 'foo'].map(k => ({ [k]: '1' })).concat([{ cpu: '-1' }, { 'a b': '1' }, { 'example.com/x': '1.5' }])
const LABELS = [{ a: 'x' }, { 'a b': 'x' }, { '': 'x' }, { a: 'x y' }, { ['k'.repeat(64)]: 'v' }, { 'a/b': 'v' }]
/** Values at and beyond the bounds of a type. */
function values(s, now) {
  const name = s.$name ?? ''
  if (/IntOrString/.test(name)) return [-1, 0, 70000, '50%', '150%', '-5%', 'x', '', true, null]
  if (/Quantity/.test(name)) return ['1', '-1', '0', '1.5', '100m', 'x', '', 1.5, null, true]
  if (s.format === 'date-time') return ['nonsense', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123456Z', 5, null]
  if (s.format === 'byte') return ['!!', 'YQ==', '', 5, null]
  if (s.enum) return [...s.enum, 'Other', '', 5, null]
  if (s.type === 'string') return TEXTS
  if (s.type === 'integer') return [-1, 0, 1, 65535, 65536, 2147483647, 2147483648, 1.5, '1', null, 1e20]
  if (s.type === 'number') return [-1, 0, 1.5, 'x', null]
  if (s.type === 'boolean') return [true, false, 'true', null, 1]
  if (s.type === 'array') {
    const item = deref(s.items)
    const texts = item.type === 'string' ? [['a', 'a'], [''], ['A b'], ['a', 'b'], ['1.2.3.4']] : item.properties ? [[{}]] : []
    return [null, {}, [], 'x', [null], ...texts, ...(Array.isArray(now) && now.length ? [[...now, now[0]]] : [])]
  }
  if (s.additionalProperties) return [null, {}, [], 'x', { a: 1 }, { a: null }, ...(/Quantity/.test(deref(s.additionalProperties).$name ?? '') ? AMOUNTS : LABELS)]
  return s.properties ? [null, [], 'x', {}] : [null, 'x', {}]
}

const at = (object, path) => path.reduce((v, k) => v?.[k], object)
function put(object, path, value) {
  let v = object
  for (const [i, k] of path.slice(0, -1).entries()) {
    if (v[k] === null || typeof v[k] !== 'object') v[k] = typeof path[i + 1] === 'number' ? [] : {}
    v = v[k]
  }
  v[path.at(-1)] = value
}
/** The object with one field changed: in its first item of a list, or in a new one where that has no such field. */
function variant(base, path, value) {
  const body = structuredClone(base)
  const list = path.lastIndexOf(0)
  const items = list > 0 ? at(body, path.slice(0, list)) : undefined
  const inItem = list > 0 && list < path.length - 1
  if (inItem && Array.isArray(items) && items.length && at(base, path.slice(0, list + 2)) === undefined) {
    items.push(items[0]?.name === undefined ? {} : { name: 'fresh', ...(items[0].image ? { image: 'i' } : {}) })
    path = path.with(list, items.length - 1)
  }
  put(body, path, value)
  return body
}

const MASK = [[/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<rand>'], [/-----BEGIN CERTIFICATE[^"]*/g, '<certificate>']]
function shown(client, { code, headers, body }) {
  const context = new Context({ server: client.config.server })
  const text = JSON.stringify(context.normalize(body) ?? null)
  const kept = Object.fromEntries(HEADERS.filter(h => headers[h]).map(h => [h, context.normalize(headers[h])]))
  return { code, headers: kept, body: JSON.parse(MASK.reduce((t, [from, to]) => t.replace(from, to), text)) }
}
const both = request => Promise.all(clients.map(c => c.request(request).catch(e => ({ code: -1, headers: {}, body: e.message }))))

/** Waits until controllers of both have made an object; gives up after 30 s. */
async function bothHave(path) {
  for (const end = Date.now() + 30_000; ; await new Promise(r => setTimeout(r, 50))) {
    const codes = (await both({ method: 'GET', path })).map(a => a.code)
    if (codes.every(c => c === 200)) return
    if (Date.now() > end) throw new Error(`${path} did not appear: ${codes.join(', ')}`)
  }
}

await both({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: ns } } })
await bothHave(`/api/v1/namespaces/${ns}/serviceaccounts/default`)
await bothHave(`/api/v1/namespaces/${ns}/configmaps/kube-root-ca.crt`)
let compared = 0
const found = []
for (const [key, kind] of Object.entries(BASES)) {
  if (!new RegExp(o.kind).test(key)) continue
  const base = JSON.parse(JSON.stringify(kind.body).replaceAll('${ns}', ns))
  const path = kind.path.replace('${ns}', ns)
  if (o.mode !== 'create') {
    if (key !== 'ipaddress') base.metadata.name = `${base.metadata.name}-${key}-${run}`
    await both({ method: 'POST', path, body: base })
  }
  const wanted = paths(schemas[kind.schema]).filter(([p]) => {
    const name = p.join('.')
    if (/^(kind|apiVersion)$|^metadata\.managedFields/.test(name) || !new RegExp(o.path).test(name)) return false
    return o.mode === 'status' ? /^(status|metadata)/.test(name) : !kind.skip?.test(name)
  })
  const target = o.mode === 'create' ? path : `${path}/${base.metadata.name}${o.mode === 'status' ? '/status' : ''}`
  const queue = wanted.flatMap(([p, s]) => values(s, at(base, p)).map(value => ({ field: `${p.join('.')}=${JSON.stringify(value)}`, body: variant(base, p, value) })))
  const worker = async () => {
    for (let next; (next = queue.shift()); ) {
      const answers = await both({ method: o.mode === 'create' ? 'POST' : 'PUT', path: `${target}?dryRun=All`, body: next.body })
      const [expected, got] = answers.map((a, i) => shown(clients[i], a))
      const d = differences(expected, got)
      compared++
      if (d.length) found.push({ kind: key, field: next.field, differences: d, expected, got })
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
for (const f of found) console.log(`✗ ${f.kind} ${f.field.slice(0, 120)}\n    ${f.differences.slice(0, 4).map(d => d.slice(0, 300)).join('\n    ')}`)
if (o.json) writeFileSync(o.json, JSON.stringify(found, null, 1))
for (const client of clients) {
  await client.request({ method: 'DELETE', path: `/api/v1/namespaces/${ns}` })
  client.admin.destroy()
}
console.log(`${compared} compared, ${found.length} differ`)
if (compared === 0) console.error(`nothing fits --kind and --path: kinds are ${Object.keys(BASES).join(', ')}`)
process.exit(compared === 0 ? 2 : found.length ? 1 : 0)
