import { UsageError } from './base/errors.ts'
import { say } from './base/io.ts'
import type { Verb } from './base/verb.ts'

interface GroupList {
  readonly groups?: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[]
}

/** `kubectl api-versions`. */
export const apiVersions: Verb = {
  name: 'api-versions',
  use: 'api-versions',
  short: 'Print the supported API versions on the server, in the form of "group/version"',
  examples: ['# Print the supported API versions', 'kubectl api-versions'],
  run: async ({ args, command, session, io }) => {
    if (args.length > 0) throw new UsageError(command, `unexpected arguments: [${args.join(' ')}]`)
    const [core, groups] = await Promise.all([
      session.connection.json<{ versions?: string[] }>({ path: '/api' }),
      session.connection.json<GroupList>({ path: '/apis' }),
    ])
    const all = [...(core.versions ?? []), ...(groups.groups ?? []).flatMap(g => g.versions.map(v => v.groupVersion))]
    for (const version of all.sort()) say(io, version)
  },
}
