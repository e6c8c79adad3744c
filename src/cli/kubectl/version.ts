import { VERSION_TEXT } from '../../app/version.ts'
import { PlainError, ToldError } from './base/errors.ts'
import { flag } from './base/flags.ts'
import { say } from './base/io.ts'
import type { Call, Verb } from './base/verb.ts'
import { yamlText } from '../../base/yaml-text.ts'

/** The Kubernetes release whose kubectl this one equals. */
const CLIENT_VERSION = 'v1.36.3'

/** `kubectl version`. */
export const version: Verb = {
  name: 'version',
  use: 'version [flags]',
  short: 'Print the client and server version information',
  long: 'Print the client and server version information for the current context.',
  examples: ['# Print the client and server versions for the current context', 'kubectl version'],
  flags: [
    flag('bool', 'client', 'If true, shows client version only (no server required).'),
    flag('string', 'output o', "One of 'yaml' or 'json'."),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, io, session } = call
  const output = flags.text('output')
  if (output !== '' && output !== 'json' && output !== 'yaml') throw new PlainError("--output must be 'yaml' or 'json'")
  const [major = '', minor = ''] = CLIENT_VERSION.slice(1).split('.')
  const client = {
    gitVersion: CLIENT_VERSION,
    major,
    minor,
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    compiler: VERSION_TEXT,
  }
  let server: Record<string, string> | undefined
  let fault: unknown
  if (!flags.on('client')) {
    try {
      server = await session.connection.json({ path: '/version' })
    } catch (error) {
      fault = error
    }
  }
  const all = { clientVersion: client, ...(server ? { serverVersion: server } : {}) }
  if (output === 'json') io.out(`${JSON.stringify(all, null, 2)}\n`)
  else if (output === 'yaml') io.out(yamlText(all))
  else {
    say(io, `Client Version: ${CLIENT_VERSION}`)
    if (server) say(io, `Server Version: ${server['gitVersion'] ?? ''}`)
  }
  if (fault) throw fault instanceof ToldError ? fault : fault
}
