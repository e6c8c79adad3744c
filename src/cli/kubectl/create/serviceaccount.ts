import type { Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

/** `kubectl create serviceaccount`. */
export const createServiceAccount: Verb = {
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'create serviceaccount NAME [--dry-run=server|client|none]',
  short: 'Create a service account with the specified name',
  examples: [
    '# Create a new service account named my-service-account',
    'kubectl create serviceaccount my-service-account',
  ],
  flags: CREATE_FLAGS,
  run: call => {
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: newMetadata(call, oneName(call)) }
    return createObject(call, { resource: 'serviceaccounts', object, failure: 'serviceaccount' })
  },
}
