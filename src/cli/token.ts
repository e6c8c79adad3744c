import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { SystemClock } from '../base/clock.ts'
import { createToken, deleteToken, listTokens } from '../app/bootstrap-tokens.ts'
import { formatJoinToken } from '../app/join-token.ts'
import { ConfigError } from '../app/options.ts'
import { caHash } from '../app/pki.ts'
import { type KubeconfigAccess, readKubeconfigFile } from '../client/kubeconfig.ts'
import { RemoteClient } from '../client/remote.ts'
import { print } from './print.ts'

const DAY_MS = 86_400_000
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS }

/** `kubelite token create|list|delete`: tokens with which machines join. */
export function tokenCommand(): Command {
  const command = new Command('token').description('tokens with which other machines join')
  const connect = (c: Command): { client: RemoteClient; access: KubeconfigAccess } => {
    const path =
      c.optsWithGlobals<{ kubeconfig?: string }>().kubeconfig || process.env.KUBECONFIG || '/etc/kubelite/kubelite.yaml'
    if (!existsSync(path)) throw new ConfigError(`--kubeconfig: ${path} does not exist: is the server running?`)
    const access = readKubeconfigFile(path)
    return { client: new RemoteClient({ ...access, clock: new SystemClock(), userAgent: 'kubelite-token' }), access }
  }
  command.option('--kubeconfig <file>', 'kubeconfig of an administrator [$KUBECONFIG]')
  command
    .command('create')
    .description('make a token and print it')
    .option('--ttl <time>', 'how long it may be used: 30m, 24h, 7d, or 0 for ever', '24h')
    .option('--description <text>', 'what it is for', '')
    .action(async (o: { ttl: string; description: string }, c: Command) => {
      const { client, access } = connect(c)
      const token = await createToken(
        client,
        { description: o.description, ttlMs: parseTtl(o.ttl) },
        new SystemClock().now(),
      )
      print(formatJoinToken({ caHash: caHash(access.ca), secret: token.text }))
      client.close()
    })
  command
    .command('list')
    .description('list tokens')
    .action(async (_: unknown, c: Command) => {
      const { client } = connect(c)
      const rows = (await listTokens(client)).map(t => [t.id, t.expiration || '<forever>', t.description || '<none>'])
      printColumns([['ID', 'EXPIRES', 'DESCRIPTION'], ...rows])
      client.close()
    })
  command
    .command('delete <id...>')
    .description('delete tokens by their ID')
    .action(async (ids: string[], _: unknown, c: Command) => {
      const { client } = connect(c)
      for (const id of ids) {
        const plain = id.replace(/^KL1[0-9a-f]{64}::/, '')
        await deleteToken(client, plain)
        print(`token "${plain.split('.')[0]}" deleted`)
      }
      client.close()
    })
  return command
}

function parseTtl(text: string): number {
  if (text === '0') return 0
  const m = /^(\d+)([smhd])$/.exec(text)
  if (!m) throw new ConfigError(`--ttl: invalid value "${text}": must be a number with s, m, h or d, such as 24h, or 0`)
  return Number(m[1]) * (UNITS[m[2] ?? ''] ?? 0)
}

function printColumns(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(r => r[i]?.length ?? 0)))
  for (const row of rows)
    print(row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 3))).join(''))
}
