import type { Json } from '../api/connection.ts'
import { pathOf, requireResource } from '../api/discovery.ts'
import { createFlags, dryRunOf, reporter, sendCreate, VALIDATE, withLastApplied } from '../api/writing.ts'
import { PlainError, UsageError } from '../base/errors.ts'
import type { FlagSpec } from '../base/flags.ts'
import type { Call } from '../base/verb.ts'

/** Flags of all that make an object from the command line. */
export const CREATE_FLAGS: readonly FlagSpec[] = [...createFlags('kubectl-create'), VALIDATE]

/** The one NAME. Throws UsageError. */
export function oneName(call: Call): string {
  const names = call.dash >= 0 ? call.args.slice(0, call.dash) : call.args
  const [name] = names
  if (names.length !== 1 || !name)
    throw new UsageError(call.command, `exactly one NAME is required, got ${names.length}`)
  return name
}

/** Creates the object and says so. `failure` stands before the server's refusal where kubectl says it. */
export async function createObject(call: Call, o: { resource: string; object: Json; failure?: string }): Promise<void> {
  const { flags, session } = call
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const base = flags.on('save-config') ? withLastApplied(o.object) : o.object
  if (dryRun === 'client') return report(base, 'created')
  const resource = requireResource(await session.resources(), o.resource)
  try {
    const path = pathOf(resource, resource.namespaced ? session.namespace : '')
    report(await sendCreate(call, path, base, dryRun), 'created')
  } catch (error) {
    if (o.failure && error instanceof Error) throw new PlainError(`failed to create ${o.failure}: ${error.message}`)
    throw error
  }
}

/** Metadata of a new object; the namespace only where the command line names one or the object is to be printed. */
export function newMetadata(call: Call, name: string, labels?: Record<string, string>): Json {
  return {
    ...(labels ? { labels } : {}),
    name,
    ...(call.session.namespaceGiven ? { namespace: call.session.namespace } : {}),
  }
}
