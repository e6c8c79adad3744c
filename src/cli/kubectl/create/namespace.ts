import type { Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, oneName } from './shared.ts'

/** `kubectl create namespace`. */
export const createNamespace: Verb = {
  name: 'namespace',
  aliases: ['ns'],
  use: 'create namespace NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  examples: ['# Create a new namespace named my-namespace', 'kubectl create namespace my-namespace'],
  flags: CREATE_FLAGS,
  run: call => {
    const name = oneName(call)
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }
    return createObject(call, { resource: 'namespaces', object })
  },
}
