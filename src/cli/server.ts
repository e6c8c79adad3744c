import { Command } from 'commander'
import { readServerConfig, SERVER_OPTIONS } from '../app/config.ts'
import { runUntilSignal } from './run-until-signal.ts'
import { addFlags, sourcesOf } from './settings.ts'

/** `kubelite server`: API, controllers, scheduler and (unless disabled) a node, until SIGTERM or SIGINT. */
export function serverCommand(): Command {
  const command = new Command('server').description('run a server: API, controllers, scheduler and a node')
  addFlags(command, SERVER_OPTIONS).action(async () => {
    const config = readServerConfig(sourcesOf(command))
    const { createServer } = await import('../app/server.ts')
    await runUntilSignal(createServer(config))
  })
  return command
}
