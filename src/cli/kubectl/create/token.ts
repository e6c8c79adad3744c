import { pathOf, requireResource } from '../api/discovery.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import { say } from '../base/io.ts'
import type { Call, Verb } from '../base/verb.ts'
import { objectPrinter, PRINT_FLAGS } from '../print/output.ts'
import { oneName } from './shared.ts'

const KINDS: Record<string, string> = { Node: 'v1', Pod: 'v1', Secret: 'v1' }

/** `kubectl create token`. */
export const createToken: Verb = {
  name: 'token',
  use: 'create token SERVICE_ACCOUNT_NAME',
  short: 'Request a service account token',
  examples: ['# A token for the service account myapp, for ten minutes', 'kubectl create token myapp --duration 10m'],
  flags: [
    ...PRINT_FLAGS,
    flag(
      'array',
      'audience',
      'Audience of the requested token. If unset, defaults to requesting a token for use with the Kubernetes API server. May be repeated to request a token valid for multiple audiences.',
    ),
    flag(
      'string',
      'bound-object-kind',
      'Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret. If set, --bound-object-name must be provided.',
    ),
    flag(
      'string',
      'bound-object-name',
      'Name of an object to bind the token to. The token will expire when the object is deleted. Requires --bound-object-kind.',
    ),
    flag(
      'string',
      'bound-object-uid',
      'UID of an object to bind the token to. Requires --bound-object-kind and --bound-object-name. If unset, the UID of the existing object is used.',
    ),
    flag(
      'duration',
      'duration',
      'Requested lifetime of the issued token. If not set or if set to 0, the lifetime will be determined by the server automatically.',
    ),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, session, io } = call
  const name = oneName(call)
  const duration = flags.duration('duration')
  const kind = flags.text('bound-object-kind')
  if (duration < 0) throw new PlainError('--duration must be greater than or equal to 0')
  if (duration % 1000) throw new PlainError('--duration cannot be expressed in units less than seconds')
  if (!kind && flags.text('bound-object-name'))
    throw new PlainError('--bound-object-name can only be set if --bound-object-kind is provided')
  if (kind && !KINDS[kind]) throw new PlainError('supported --bound-object-kind values are Node, Pod, Secret')
  if (kind && !flags.text('bound-object-name'))
    throw new PlainError('--bound-object-name is required if --bound-object-kind is provided')
  const printer = objectPrinter(flags)
  const uid = flags.text('bound-object-uid')
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: flags.texts('audience'),
      ...(duration ? { expirationSeconds: duration / 1000 } : {}),
      ...(kind
        ? {
            boundObjectRef: {
              kind,
              apiVersion: KINDS[kind],
              name: flags.text('bound-object-name'),
              ...(uid ? { uid } : {}),
            },
          }
        : {}),
    },
  }
  const resource = requireResource(await session.resources(), 'serviceaccounts')
  try {
    const path = pathOf(resource, session.namespace, name, 'token')
    const answer = await session.connection.json<{ status?: { token?: string } } & Record<string, unknown>>({
      method: 'POST',
      path,
      body,
    })
    if (printer) io.out(printer({ ...answer, apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }))
    else say(io, answer.status?.token ?? '')
  } catch (error) {
    throw new PlainError(`failed to create token: ${(error as Error).message}`)
  }
}
