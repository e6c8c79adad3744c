import { type FieldError, forbidden, invalid, notSupported, required } from '../../../base/field-error.ts'
import { type LabelSelector as ParsedSelector, selectorFromObject } from '../../../base/selector.ts'
import type { Container, LabelSelector, PodTemplateSpec } from '../../generated/types.ts'
import { wasGivenEmpty } from '../../schema/decode.ts'
import { isEmptySelector, validateLabelSelector } from '../../validation/labels.ts'
import { rulesForChange } from './allowances.ts'
import { dropInitAnnotations } from './annotations.ts'
import { setPodSpecDefaults } from './defaults.ts'
import { dropDisabledFields } from './disabled-fields.ts'
import type { Faults } from './faults.ts'
import { NEW_TEMPLATE, type PodRules } from './options.ts'
import { checkPodTemplate } from './validate.ts'

/** Defaults of a template within another object. May change `template`. */
export function setTemplateDefaults(template: PodTemplateSpec | undefined): void {
  if (!template) return
  template.spec ??= { containers: [] }
  setPodSpecDefaults(template.spec)
  dropInitAnnotations(template.metadata)
}

/** Takes disabled fields out of a template before it is validated. May change `template`. */
export function prepareTemplate(template: PodTemplateSpec | undefined, old?: PodTemplateSpec): void {
  dropDisabledFields(template?.spec, old?.spec)
}

/** Rules for a template: those of new ones, or of a change of `old`. */
export function templateRules(old: PodTemplateSpec | undefined): PodRules {
  return old?.spec ? rulesForChange(old.spec, old.metadata, false) : NEW_TEMPLATE
}

interface Selecting {
  readonly selector?: LabelSelector | undefined
  readonly template?: PodTemplateSpec | undefined
}

/** How a workload kind words what it asks of selector and template. */
export interface TemplateWording {
  /** In "empty selector is invalid for …". */
  readonly emptyFor: string
  /** In "activeDeadlineSeconds in … is not Supported". */
  readonly deadlineIn: string
}

/** Selector and template of a workload whose pods run until they are deleted. */
export function checkSelectorAndTemplate(
  spec: Selecting,
  wording: TemplateWording,
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  const { selector, template } = spec
  const at = `${path}.selector`
  const faults = validateLabelSelector(selector, at)
  if (!selector) out.push(required(at))
  out.push(...faults)
  if (selector && isEmptySelector(selector)) {
    out.push(invalid(at, selector, `empty selector is invalid for ${wording.emptyFor}`))
  }
  // A selector that cannot be understood leaves the template unchecked.
  if (faults.length) out.push(invalid(at, selector, 'invalid label selector'))
  else checkTemplateOf(template, selectorFromObject(selector), wording.deadlineIn, `${path}.template`, rules, out)
}

/** The template of a workload: selected by its selector, and without an end. */
export function checkTemplateOf(
  template: PodTemplateSpec | undefined,
  selector: ParsedSelector,
  deadlineIn: string,
  path: string,
  rules: PodRules,
  out: Faults,
): void {
  checkSelected(template, selector, path, out)
  checkPodTemplate(template ?? {}, path, rules, out)
  checkEndless(template, deadlineIn, path, out)
}

/** The selector must find the pods of the template; an empty one is reported elsewhere. */
export function checkSelected(
  template: PodTemplateSpec | undefined,
  selector: ParsedSelector,
  path: string,
  out: Faults,
): void {
  const meta = template?.metadata
  const labels = meta?.labels
  if (selector.empty || selector.matches(labels)) return
  out.push(selectorMismatch(labels ?? (meta && wasGivenEmpty(meta, 'labels') ? {} : undefined), path))
}

/** The fault of a template (at `path`) whose labels its selector does not find. */
export const selectorMismatch = (labels: Readonly<Record<string, string>> | undefined, path: string): FieldError =>
  invalid(`${path}.metadata.labels`, labels && sortedMap(labels), '`selector` does not match template `labels`')

/** Go prints maps in the order of their keys. */
export const sortedMap = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Pods that are replaced when they end always restart. */
export function checkEndless(
  template: PodTemplateSpec | undefined,
  deadlineIn: string,
  path: string,
  out: Faults,
): void {
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy !== 'Always') out.push(notSupported(`${path}.spec.restartPolicy`, policy, ['Always']))
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    const field = `${path}.spec.activeDeadlineSeconds`
    out.push(forbidden(field, `activeDeadlineSeconds in ${deadlineIn} is not Supported`))
  }
}

/** Numbers in a status that may not be negative, in order; missing ones are zero. */
export function checkCounts(status: object | undefined, fields: readonly string[], out: Faults, path = 'status'): void {
  for (const field of fields) {
    const value = countOf(status, field)
    if (value < 0) out.push(invalid(`${path}.${field}`, value, 'must be greater than or equal to 0'))
  }
}

/** Counts that cannot exceed another one. */
export function checkAtMost(
  status: object | undefined,
  fields: readonly string[],
  limit: string,
  shown: string,
  out: Faults,
): void {
  for (const field of fields) {
    const value = countOf(status, field)
    if (value > countOf(status, limit)) out.push(invalid(`status.${field}`, value, `cannot be greater than ${shown}`))
  }
}

/** The count of names that collided only grows. */
export function checkCollisions(
  status: { collisionCount?: number | undefined } | undefined,
  old: { collisionCount?: number | undefined } | undefined,
  out: Faults,
): void {
  if (old?.collisionCount === undefined) return
  const now = status?.collisionCount
  if (now === undefined || now < old.collisionCount) {
    out.push(invalid('status.collisionCount', now ?? 0, 'cannot be decremented'))
  }
}

function countOf(status: object | undefined, field: string): number {
  const value = (status as Record<string, unknown> | undefined)?.[field]
  return typeof value === 'number' ? value : 0
}

/** Collects what checks find. */
export function faultsOf(check: (out: Faults) => void): FieldError[] {
  const out: Faults = []
  check(out)
  return out
}

/** Names and images of a template's containers, as table cells. */
export const containerNames = (template: PodTemplateSpec | undefined): string => join(template, c => c.name)
export const containerImages = (template: PodTemplateSpec | undefined): string => join(template, c => c.image ?? '')

const join = (template: PodTemplateSpec | undefined, what: (c: Container) => string): string =>
  (template?.spec?.containers ?? []).map(what).join(',')
