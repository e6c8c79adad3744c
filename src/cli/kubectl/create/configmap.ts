import { isUtf8 } from 'node:buffer'
import type { Call, Verb } from '../base/verb.ts'
import { checkRepeated, pairFlags, readPairs } from './pairs.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

/** `kubectl create configmap`. */
export const createConfigMap: Verb = {
  name: 'configmap',
  aliases: ['cm'],
  use: 'create configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  examples: [
    '# From files (or all files of a directory), from texts, from a file of key=value lines',
    'kubectl create configmap my-config --from-file=key1=/path/to/file1.txt --from-file=path/to/bar',
    'kubectl create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2',
    'kubectl create configmap my-config --from-env-file=path/to/foo.env',
  ],
  flags: [...CREATE_FLAGS, ...pairFlags('configmap')],
  run,
}

function run(call: Call): Promise<void> {
  const name = oneName(call)
  const pairs = readPairs(call.flags)
  checkRepeated(pairs, 'ConfigMap', name)
  const text = pairs.filter(([, content]) => isUtf8(content)).map(([key, content]) => [key, content.toString('utf8')])
  const bytes = pairs
    .filter(([, content]) => !isUtf8(content))
    .map(([key, content]) => [key, content.toString('base64')])
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: newMetadata(call, name),
    ...(text.length ? { data: Object.fromEntries(text) as Record<string, string> } : {}),
    ...(bytes.length ? { binaryData: Object.fromEntries(bytes) as Record<string, string> } : {}),
  }
  return createObject(call, { resource: 'configmaps', object, failure: 'configmap' })
}
