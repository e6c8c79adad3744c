// Prints design.md's budget table, measured on this machine.
//   npm run bench [-- --only NAME,NAME] [--json FILE] [--no-reference]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { creates1, creates64 } from './creates.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { firstPod, idleCpu, idleMemory, nodeReady, podStart } from './node.ts'
import { podMemory } from './pod-memory.ts'
import { scheduler } from './scheduler.ts'
import { readyz, recovery } from './start.ts'
import type { ApiBench, Bench } from './support/bench.ts'
import { Peer } from './support/peer.ts'
import { type Reference, startReference } from './support/reference.ts'
import { Server } from './support/server.ts'
import { watch } from './watch.ts'

/** In the order of the table. */
const BENCHES: readonly Bench[] = [
  readyz,
  nodeReady,
  firstPod,
  idleMemory,
  idleCpu,
  podStart,
  get,
  list,
  creates64,
  creates1,
  watch,
  scheduler,
  podMemory,
  recovery,
]

interface Row {
  readonly bench: Bench
  readonly measured: number | undefined
  readonly reference?: number
  readonly failed?: string
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)
const why = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function measure(bench: Bench, reference: Reference | undefined): Promise<Row> {
  say(`measuring: ${bench.what}`)
  try {
    if (bench.kind === 'host') return { bench, measured: await bench.measure(text => say(`  ${text}`)) }
    const measured = await ofKubelite(bench)
    if (!reference) return { bench, measured }
    say('  the same of the reference')
    return { bench, measured, reference: await ofPeer(bench, await reference.open()) }
  } catch (error) {
    return { bench, measured: undefined, failed: why(error) }
  }
}

async function ofKubelite(bench: ApiBench): Promise<number> {
  await using server = new Server()
  await server.start()
  return await ofPeer(bench, await Peer.open(server.kubeconfig, [server.pid]))
}

async function ofPeer(bench: ApiBench, peer: Peer): Promise<number> {
  try {
    return await bench.measure(peer)
  } finally {
    await peer.close()
  }
}

function isMet({ bench, measured }: Row): boolean {
  if (measured === undefined) return false
  return bench.moreIsBetter ? measured >= bench.budget : measured <= bench.budget
}

/** How many times better than the reference. */
function ratio({ bench, measured, reference }: Row): string {
  if (measured === undefined || reference === undefined) return ''
  const times = bench.moreIsBetter ? measured / reference : reference / measured
  return `${times.toFixed(1)} x (${shown(reference, bench.unit)})`
}

function shown(value: number | undefined, unit: string): string {
  if (value === undefined) return '-'
  return `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2)} ${unit}`
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(row => [
    row.bench.what,
    row.bench.budget ? shown(row.bench.budget, row.bench.unit) : '',
    shown(row.measured, row.bench.unit),
    row.failed
      ? `failed: ${row.failed.split('\n')[0]}`
      : !row.bench.budget || row.measured === undefined
        ? ''
        : isMet(row)
          ? 'met'
          : 'missed',
    ratio(row),
  ])
  const lines = [['what', 'budget', 'measured', '', 'better than the reference by'], ...cells]
  const widths = [0, 1, 2, 3].map(i => Math.max(...lines.map(l => Math.min(60, l[i]?.length ?? 0))))
  return lines
    .map(l =>
      l
        .map((c, i) => (i === 1 || i === 2 ? c.padStart(widths[i] ?? 0) : c.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, json: { type: 'string' }, 'no-reference': { type: 'boolean' } },
  })
  const only = values.only?.split(',')
  const unknown = only?.filter(name => !BENCHES.some(b => b.name === name)) ?? []
  if (unknown.length > 0) {
    say(`bench: no benchmark is named ${unknown.join(', ')}; there are ${BENCHES.map(b => b.name).join(', ')}`)
    return 2
  }
  const chosen = BENCHES.filter(b => !only || only.includes(b.name))
  const wanted = !values['no-reference'] && chosen.some(b => b.kind === 'api')
  const reference = wanted ? await startReference() : undefined
  if (wanted && !reference)
    say('the real API server is not built on this machine (../shared/reference/build): no ratios')
  const rows: Row[] = []
  try {
    for (const bench of chosen) rows.push(await measure(bench, reference))
  } finally {
    await reference?.end()
  }
  process.stdout.write(`${table(rows)}\n`)
  if (values.json) {
    const figures = rows.map(r => ({
      name: r.bench.name,
      budget: r.bench.budget,
      unit: r.bench.unit,
      measured: r.measured,
      reference: r.reference,
      failed: r.failed,
    }))
    writeFileSync(values.json, `${JSON.stringify(figures, null, 1)}\n`)
  }
  return rows.some(r => r.failed) ? 1 : 0
}

void main().then(code => process.exit(code))
