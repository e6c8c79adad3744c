import type { Labels } from '../../base/selector.ts'
import type { Change, Informer } from '../../client/informer.ts'
import type { Kind } from '../../kinds/kind.ts'
import type { Frozen, KubeObject } from '../../kinds/object.ts'
import { objectKey } from '../../kinds/object.ts'
import { controllerOf, refersTo } from './owners.ts'

/** The owners that a dependent's change may concern: its controller before and after, or those that could adopt it. */
export function ownersOfDependent<O extends KubeObject, T extends KubeObject>(
  kind: Pick<Kind, 'group' | 'version' | 'kind'>,
  owners: Informer<O>,
  selects: (owner: Frozen<O>, labels: Labels) => boolean,
): (change: Change<T>) => Iterable<string> {
  return change => {
    const keys = new Set<string>()
    for (const dependent of [change.previous, change.object] as (Frozen<KubeObject> | undefined)[]) {
      if (!dependent) continue
      const { namespace = '', labels } = dependent.metadata
      const ref = controllerOf(dependent)
      if (ref) {
        if (refersTo(ref, kind)) keys.add(`${namespace}/${ref.name}`)
      } else if (change.type !== 'deleted')
        for (const owner of owners.lister.inNamespace(namespace))
          if (selects(owner, labels)) keys.add(objectKey(owner as Frozen<KubeObject>))
    }
    return keys
  }
}
