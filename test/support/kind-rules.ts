import type { FieldError } from '../../src/base/field-error.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import type { AnyObject, KubeObject } from '../../src/kinds/object.ts'
import { decode } from '../../src/kinds/schema/decode.ts'
import { applySchemaDefaults } from '../../src/kinds/schema/defaults.ts'
import { validateMetadata } from '../../src/kinds/validation/metadata.ts'

/** What the rules of a kind make of a body, without registry and admission. */
export interface RuleOutcome {
  readonly object: AnyObject
  readonly faults: readonly FieldError[]
  readonly warnings: readonly string[]
}

/** The UID of every object made here. */
export const UID = 'uid'

const CONTEXT = { now: 0, user: { name: 'admin', groups: [] }, dryRun: false }

/** Decodes, sets defaults, prepares and validates, in the order in which the registry does. Throws DecodeError. */
export function createByRules(
  kind: Kind<never>,
  body: unknown,
  namespace: string,
  admit: (object: AnyObject) => void = () => undefined,
): RuleOutcome {
  const rules = kind as unknown as Kind<KubeObject>
  const object = decode(rules.schema, structuredClone(body)).object as AnyObject
  object.metadata ??= {}
  if (rules.namespaced) object.metadata.namespace ??= namespace
  if (!object.metadata.name && object.metadata.generateName)
    object.metadata.name = `${object.metadata.generateName}x2b4c`
  object.metadata.uid ??= UID
  applySchemaDefaults(rules.schema, object)
  rules.defaults?.(object)
  rules.prepareForCreate?.(object, CONTEXT)
  admit(object)
  const faults = [
    ...validateMetadata(object.metadata, { namespaced: rules.namespaced, validateName: rules.validateName }),
    ...(rules.validate?.(object, CONTEXT) ?? []),
  ]
  return { object, faults, warnings: rules.warnings?.(object) ?? [] }
}

/** The text of an `Invalid` Status after `is invalid: `. */
export function faultsText(faults: readonly FieldError[]): string {
  const texts = [...new Set(faults.map(f => `${f.field}: ${f.message}`))]
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
}
