import { readFileSync } from 'node:fs'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { checkRepeated, pairFlags, readPairs } from './pairs.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

const generic: Verb = {
  name: 'generic',
  use: 'create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a secret from a local file, directory, or literal value',
  examples: [
    '# From texts',
    'kubectl create secret generic my-secret --from-literal=key1=supersecret --from-literal=key2=topsecret',
  ],
  flags: [...CREATE_FLAGS, ...pairFlags('secret'), flag('string', 'type', 'The type of secret to create')],
  run: call => {
    const name = oneName(call)
    const pairs = readPairs(call.flags)
    checkRepeated(pairs, 'Secret', name)
    return send(call, name, call.flags.text('type'), pairs)
  },
}

const tls: Verb = {
  name: 'tls',
  use: 'create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  short: 'Create a TLS secret',
  examples: [
    '# From a certificate and its key',
    'kubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'cert', 'Path to PEM encoded public key certificate.'),
    flag('string', 'key', 'Path to private key associated with given certificate.'),
  ],
  run: call => {
    const name = oneName(call)
    const { flags } = call
    if (!flags.text('key') || !flags.text('cert')) throw new PlainError('key and cert must be specified')
    return send(call, name, 'kubernetes.io/tls', [
      ['tls.crt', readOrFail(flags.text('cert'))],
      ['tls.key', readOrFail(flags.text('key'))],
    ])
  },
}

const dockerRegistry: Verb = {
  name: 'docker-registry',
  use: 'create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--dry-run=server|client|none]',
  short: 'Create a secret for use with a Docker registry',
  examples: [
    '# For a registry with a password',
    'kubectl create secret docker-registry my-secret --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'docker-email', 'Email for Docker registry'),
    flag('string', 'docker-password', 'Password for Docker registry authentication'),
    flag('string', 'docker-server', 'Server location for Docker registry', { default: 'https://index.docker.io/v1/' }),
    flag('string', 'docker-username', 'Username for Docker registry authentication'),
  ],
  run: call => {
    const name = oneName(call)
    const { flags } = call
    const [username, password, email] = [
      flags.text('docker-username'),
      flags.text('docker-password'),
      flags.text('docker-email'),
    ]
    if (!username || !password)
      throw new PlainError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      )
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const entry = { username, password, ...(email ? { email } : {}), auth }
    const config = JSON.stringify({ auths: { [flags.text('docker-server')]: entry } })
    return send(call, name, 'kubernetes.io/dockerconfigjson', [['.dockerconfigjson', Buffer.from(config)]])
  },
}

/** `kubectl create secret`. */
export const createSecret: Verb = {
  name: 'secret',
  use: 'create secret (docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  long: 'Create a secret with specified type.',
  verbs: [dockerRegistry, generic, tls],
}

function readOrFail(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new PlainError(`Cannot read file ${path}, open ${path}: no such file or directory`)
  }
}

function send(call: Call, name: string, type: string, pairs: readonly [string, Buffer][]): Promise<void> {
  const data = Object.fromEntries(pairs.map(([key, content]) => [key, content.toString('base64')]))
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: newMetadata(call, name),
    ...(pairs.length ? { data } : {}),
    ...(type ? { type } : {}),
  }
  return createObject(call, { resource: 'secrets', object, failure: 'secret' })
}
