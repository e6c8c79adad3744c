import { run, runResult } from '../../base/run.ts'
import { CHAIN_PREFIX } from '../names.ts'
import { type Chains, JUMPS } from './rules.ts'

export type Table = 'nat' | 'filter'

/** Seconds to wait for others who hold the lock of iptables. */
const WAIT = '--wait=5'
const OURS = new RegExp(`^(${CHAIN_PREFIX}|KL-(SVC|SEP|EXT|HP)-)`)

/**
 * The input of `iptables-restore --noflush` that turns `before` into `after` in one transaction: changed chains are
 * emptied and written anew, chains of nobody are removed. Empty where nothing changes.
 */
export function planTransaction(
  table: Table,
  before: ReadonlyMap<string, readonly string[] | undefined>,
  after: Chains,
): string {
  const changed = [...after].filter(([name, rules]) => before.get(name)?.join('\n') !== rules.join('\n'))
  const gone = [...before.keys()].filter(name => !after.has(name))
  if (changed.length === 0 && gone.length === 0) return ''
  return [
    `*${table}`,
    ...[...changed.map(([name]) => name), ...gone].map(name => `:${name} - [0:0]`),
    ...changed.flatMap(([name, rules]) => rules.map(rule => `-A ${name} ${rule}`)),
    ...gone.map(name => `-X ${name}`),
    'COMMIT',
    '',
  ].join('\n')
}

/** The kernel's iptables, and what kubelite last wrote there. */
export class Iptables {
  readonly #written = new Map<Table, Map<string, readonly string[] | undefined>>()

  /** Writes the chains that differ from what was written last. After a failure everything is written again. */
  async apply(tables: Readonly<Record<Table, Chains>>): Promise<boolean> {
    let input = ''
    for (const table of ['nat', 'filter'] as const) {
      const before = this.#written.get(table) ?? (await presentChains(table))
      this.#written.set(table, before)
      input += planTransaction(table, before, tables[table])
    }
    if (input === '') return false
    try {
      await run('iptables-restore', [WAIT, '--noflush'], { input })
    } catch (error) {
      this.#written.clear()
      throw error
    }
    for (const table of ['nat', 'filter'] as const) this.#written.set(table, new Map(tables[table]))
    return true
  }

  /** Hangs kubelite's chains in the kernel's, first of all, where they do not hang yet. */
  async ensureJumps(): Promise<void> {
    for (const [table, chain, rule] of [...JUMPS].reverse()) {
      const args = rule.split(' ')
      const found = await runResult('iptables', [WAIT, '-t', table, '-C', chain, ...args])
      if (found.code !== 0) await run('iptables', [WAIT, '-t', table, '-I', chain, '1', ...args])
    }
  }

  /** False where somebody has emptied the kernel's tables, as firewalls do when they start. */
  async hang(): Promise<boolean> {
    for (const [table, chain, rule] of [JUMPS[0], JUMPS.at(-1)].filter(j => j !== undefined)) {
      const found = await runResult('iptables', [WAIT, '-t', table, '-C', chain, ...rule.split(' ')])
      if (found.code !== 0) return false
    }
    return true
  }

  /** Forgets what was written: the next apply looks and writes everything. */
  forget(): void {
    this.#written.clear()
  }
}

/** Removes all chains of kubelite and the jumps to them. Gives the names removed. */
export async function removeChains(): Promise<string[]> {
  const removed: string[] = []
  for (const [table, chain, rule] of JUMPS) {
    for (let found = true; found; ) {
      found = (await runResult('iptables', [WAIT, '-t', table, '-D', chain, ...rule.split(' ')])).code === 0
    }
  }
  for (const table of ['nat', 'filter'] as const) {
    const present = await presentChains(table)
    const input = planTransaction(table, present, new Map())
    if (input !== '') await run('iptables-restore', [WAIT, '--noflush'], { input })
    removed.push(...present.keys())
  }
  return removed
}

/** kubelite's chains that are in the kernel now, with unknown content. */
async function presentChains(table: Table): Promise<Map<string, undefined>> {
  const saved = await run('iptables-save', ['-t', table])
  const names = [...saved.matchAll(/^:(\S+)/gm)].map(m => m[1] ?? '').filter(name => OURS.test(name))
  return new Map(names.map(name => [name, undefined]))
}
