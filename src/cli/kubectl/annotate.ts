import { changeMetadata, metadataFlags } from './api/metadata-verb.ts'
import type { Verb } from './base/verb.ts'

/** `kubectl annotate`. */
export const annotate: Verb = {
  name: 'annotate',
  use: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  short: 'Update the annotations on a resource',
  examples: [
    '# Set an annotation, replace it, and remove it',
    "kubectl annotate pods foo description='my frontend'",
    "kubectl annotate --overwrite pods foo description='my nginx'",
    'kubectl annotate pods foo description-',
  ],
  flags: metadataFlags('annotation', 'kubectl-annotate'),
  run: call => changeMetadata(call, { field: 'annotations', noun: 'annotation', done: () => 'annotated' }),
}
