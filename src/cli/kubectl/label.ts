import { changeMetadata, metadataFlags } from './api/metadata-verb.ts'
import type { Verb } from './base/verb.ts'

/** `kubectl label`. */
export const label: Verb = {
  name: 'label',
  use: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the labels on a resource',
  examples: [
    '# Set a label, replace it, and remove it',
    'kubectl label pods foo unhealthy=true',
    'kubectl label --overwrite pods foo status=unhealthy',
    'kubectl label pods foo bar-',
  ],
  flags: metadataFlags('label', 'kubectl-label'),
  run: call =>
    changeMetadata(call, {
      field: 'labels',
      noun: 'label',
      done: ({ added, removed }) =>
        added && removed ? 'modified' : added ? 'labeled' : removed ? 'unlabeled' : 'not labeled',
    }),
}
