import { existsSync, rmSync } from 'node:fs'
import { Command } from 'commander'
import { AGENT_OPTIONS, COMMON_OPTIONS, commonConfig, SERVER_OPTIONS } from '../app/config.ts'
import { readOptions } from '../app/options.ts'
import { paths } from '../app/config.ts'
import { takeLock } from '../app/lock.ts'
import { print } from './print.ts'
import { addFlags, sourcesOf } from './settings.ts'

/** `kubelite uninstall`: removes pods, links, routes, rules and (with --delete-data) the data directory of this machine. */
export function uninstallCommand(): Command {
  const command = new Command('uninstall').description(
    'remove every container, link, route and rule of kubelite from this machine',
  )
  addFlags(command, COMMON_OPTIONS)
    .option('--delete-data', 'remove the data directory too')
    .action(async () => {
      const { flags, ...sources } = sourcesOf(command)
      const { 'delete-data': deleteData, ...rest } = flags
      // The file is that of the server or agent that ran here.
      const known = [...SERVER_OPTIONS, ...AGENT_OPTIONS]
      const config = commonConfig(readOptions(COMMON_OPTIONS, { ...sources, flags: rest }, known))
      {
        using _lock = takeLock(paths(config.dataDir).lock)
        const { cleanNode } = await import('../app/clean.ts')
        for (const line of await cleanNode(config)) print(line)
      }
      if (deleteData && existsSync(config.dataDir)) {
        rmSync(config.dataDir, { recursive: true, force: true })
        print(`removed ${config.dataDir}`)
      }
    })
  return command
}
