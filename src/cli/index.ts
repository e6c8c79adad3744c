import { Command, CommanderError } from 'commander'
import { errorText } from '../base/log.ts'
import { ConfigError } from '../app/options.ts'
import { agentCommand } from './agent.ts'
import { printError } from './print.ts'
import { serverCommand } from './server.ts'
import { tokenCommand } from './token.ts'
import { uninstallCommand } from './uninstall.ts'
import { VERSION_TEXT } from '../app/version.ts'

/** Runs one command line (without node and script). Resolves with the exit code when the command has ended. */
export async function runCli(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'kubectl') {
    const { kubectlCommand } = await import('./kubectl-command.ts')
    return kubectlCommand(argv.slice(1))
  }
  const program = new Command('kubelite')
    .description('A whole Kubernetes cluster in one process')
    .version(VERSION_TEXT, '-v, --version')
    .exitOverride()
    .configureOutput({ writeErr: text => printError(`kubelite: ${text.trim().replace(/^error: /, '')}`) })
    .showHelpAfterError(false)
  for (const command of [serverCommand(), agentCommand(), tokenCommand(), uninstallCommand()]) {
    command
      .exitOverride()
      .configureOutput({ writeErr: text => printError(`kubelite: ${text.trim().replace(/^error: /, '')}`) })
    for (const child of command.commands) child.exitOverride().copyInheritedSettings(command)
    program.addCommand(command)
  }
  program.command('kubectl').description('a small kubectl of our own: kubelite kubectl --help').helpOption(false)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    printError(`kubelite: ${error instanceof ConfigError ? error.message : errorText(error)}`)
    return 1
  }
}
