#!/usr/bin/env node
// What the linter cannot say: the floors of the house (docs/design.md section 1) and who reads the clock.
// Circles are oxlint's (import/no-cycle). dependency-cruiser does not read `using` declarations yet (18.7).
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const FLOORS = [['base'], ['store', 'kinds'], ['registry'], ['apiserver', 'client'], ['controllers', 'scheduler', 'agent', 'network'], ['app'], ['cli'], ['main.ts']]
const floorOf = new Map(FLOORS.flatMap((rooms, floor) => rooms.map(room => [room, floor])))
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)['"](\.[^'"]+)['"]/g

const faults = []
let files = 0
for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
  files++
  const path = join(entry.parentPath, entry.name)
  const here = relative(join(root, 'src'), path)
  const room = here.split('/')[0]
  const text = readFileSync(path, 'utf8')
  const floor = floorOf.get(room)
  if (floor === undefined) faults.push(`src/${here}: ${room} is no room of the house`)
  for (const [, target] of text.matchAll(IMPORT)) {
    const to = relative(join(root, 'src'), resolve(dirname(path), target))
    const toRoom = to.split('/')[0]
    if (to.startsWith('..')) faults.push(`src/${here}: imports ${target}, outside src`)
    else if (toRoom !== room && !(floorOf.get(toRoom) < floor)) faults.push(`src/${here}: ${room} must not import ${toRoom} (${target}): only floors below`)
  }
  if (here === 'base/clock.ts') continue
  const lines = text.split('\n')
  lines.forEach((line, i) => {
    const code = line.replace(/\/\/.*|^\s*\*.*|\/\*.*?\*\//g, '')
    if (/\bnew Date\(\)|\bDate\.now\(|\bset(Timeout|Interval)\(/.test(code) && !/\.setTimeout\(/.test(code)) faults.push(`src/${here}:${i + 1}: reads the wall clock or makes a timer: take a Clock`)
    if (/\bimport\.meta\b/.test(code) && here !== 'base/assets.ts') faults.push(`src/${here}:${i + 1}: import.meta is for base/assets.ts alone`)
    if (/(oxlint|eslint)-disable|@ts-(ignore|expect-error|nocheck)|biome-ignore/.test(line) && !/--\s*\S|:\s*\S{3,}.*\s/.test(line)) faults.push(`src/${here}:${i + 1}: a switched-off rule needs its reason beside it`)
  })
}
for (const fault of faults) console.error(fault)
console.log(`${files} files, ${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
