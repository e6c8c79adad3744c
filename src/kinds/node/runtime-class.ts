import { duplicate, type FieldError, invalid, required } from '../../base/field-error.ts'
import { age, name, text } from '../columns.ts'
import { checkOverhead } from '../core/pod/resources.ts'
import { NEW_POD } from '../core/pod/options.ts'
import { checkTolerations } from '../core/pod/scheduling.ts'
import type { RuntimeClass } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import { nodeLabelWarning } from '../core/pod/label-warnings.ts'
import type { ObjectOf } from '../object.ts'
import { validateLabels } from '../validation/labels.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { isDnsLabel } from '../validation/names.ts'

export const runtimeClass = defineKind<ObjectOf<RuntimeClass>>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  createOnUpdate: true,
  unconditionalUpdate: false,
  validate,
  validateUpdate: (now, old) => validateImmutable(now.handler, old.handler, 'handler'),
  warnings: c =>
    Object.keys(c.scheduling?.nodeSelector ?? {}).flatMap(label => nodeLabelWarning(label, 'scheduling.nodeSelector')),
  columns: [name(), text('Handler', c => c.handler), age()],
})

function validate({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const faults: FieldError[] = handler
    ? isDnsLabel(handler).map(t => invalid('handler', handler, t))
    : [required('handler')]
  if (overhead?.podFixed) checkOverhead(overhead.podFixed, 'overhead', NEW_POD, faults)
  faults.push(...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'))
  const tolerations = scheduling?.tolerations ?? []
  checkTolerations(tolerations, 'scheduling.tolerations', faults)
  const seen = new Set<string>()
  tolerations.forEach((t, i) => {
    const key = JSON.stringify([t.key ?? '', t.operator ?? '', t.value ?? '', t.effect ?? ''])
    if (seen.has(key)) faults.push(duplicate(`scheduling.tolerations[${i}]`, t))
    seen.add(key)
  })
  return faults
}
