import { Command } from 'commander'
import { AGENT_OPTIONS, readAgentConfig } from '../app/config.ts'
import { addFlags, sourcesOf } from './settings.ts'
import { runUntilSignal } from './run-until-signal.ts'

/** `kubelite agent --join URL --token TOKEN`: a node of another machine's cluster, until SIGTERM or SIGINT. */
export function agentCommand(): Command {
  const command = new Command('agent').description('run a node that joins a server')
  addFlags(command, AGENT_OPTIONS).action(async () => {
    const config = readAgentConfig(sourcesOf(command))
    const { createAgentProcess } = await import('../app/agent.ts')
    await runUntilSignal(createAgentProcess(config))
  })
  return command
}
