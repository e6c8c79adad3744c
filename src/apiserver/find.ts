import { isNotFound } from '../base/errors.ts'
import type { Frozen, KubeObject } from '../kinds/object.ts'
import type { ObjectTarget, Registry } from '../registry/api.ts'
import { SYSTEM_CONTEXT } from './system.ts'

/** An object for the server's own use; undefined where there is none. */
export async function find<T extends KubeObject>(
  registry: Registry,
  target: ObjectTarget<T>,
): Promise<Frozen<T> | undefined> {
  try {
    return (await registry.get(SYSTEM_CONTEXT, target)).object
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
