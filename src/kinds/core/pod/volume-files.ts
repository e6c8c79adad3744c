import { invalid, required } from '../../../base/field-error.ts'
import type { DownwardAPIVolumeFile, KeyToPath } from '../../generated/types.ts'
import { checkFieldRef, checkResourceFieldRef } from './env.ts'
import { checkMode, type Faults } from './faults.ts'
import { checkUnreservedPath } from './paths.ts'

/** A key of a ConfigMap or Secret and the file it goes to. */
export function checkKeyToPath(item: KeyToPath, path: string, out: Faults): void {
  if (!item.key) out.push(required(`${path}.key`))
  if (!item.path) out.push(required(`${path}.path`))
  checkUnreservedPath(item.path ?? '', `${path}.path`, out)
  checkMode(item.mode, `${path}.mode`, out)
}

const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

/** A file of a downward API volume. Faults stand at the volume, without the index. */
export function checkDownwardFile(file: DownwardAPIVolumeFile, path: string, out: Faults): void {
  if (!file.path) out.push(required(`${path}.path`))
  checkUnreservedPath(file.path ?? '', `${path}.path`, out)
  if (file.fieldRef) {
    checkFieldRef(file.fieldRef, VOLUME_FIELDS, `${path}.fieldRef`, out)
    if (file.resourceFieldRef) {
      out.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
    }
  } else if (file.resourceFieldRef) {
    checkResourceFieldRef(file.resourceFieldRef, true, `${path}.resourceFieldRef`, out)
  } else {
    out.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  }
  checkMode(file.mode, `${path}.mode`, out)
}
