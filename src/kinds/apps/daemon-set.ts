import { invalid, notSupported, required } from '../../base/field-error.ts'
import { selectorFromObject } from '../../base/selector.ts'
import { age, integer, labelsText, name, selectorText, text, wide } from '../columns.ts'
import { checkNonNegative, type Faults } from '../core/pod/faults.ts'
import {
  checkCollisions,
  checkCounts,
  checkEndless,
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  selectorMismatch,
  setTemplateDefaults,
  templateRules,
} from '../core/pod/template.ts'
import { checkPodTemplate } from '../core/pod/validate.ts'
import { templateWarnings } from '../core/pod/warnings.ts'
import type { DaemonSet, DaemonSetUpdateStrategy } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { isEmptySelector, validateLabelSelector } from '../validation/labels.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { amountOf, checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.ts'

type Whole = ObjectOf<DaemonSet>

export const daemonSet = defineKind<Whole>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  generation: 'spec',
  defaults: setDefaults,
  prepareForCreate: draft => {
    draft.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
    setTemplateGeneration(draft, Math.max(templateGeneration(draft), 1))
    prepareTemplate(draft.spec?.template)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(draft.spec?.template, old.spec?.template)
    const changed = !semanticEqual(draft.spec?.template, old.spec?.template)
    setTemplateGeneration(draft, templateGeneration(old) + (changed ? 1 : 0))
  },
  validate: d => faultsOf(out => checkSpec(d, undefined, out)),
  validateUpdate: (d, old) => [
    ...validateImmutable(d.spec?.selector, old.spec?.selector, 'spec.selector'),
    ...faultsOf(out => checkSpec(d, old, out)),
  ],
  warnings: (d, old) =>
    templateWarnings(d.spec?.template, 'spec.template', d.spec?.template, old && { spec: old.spec?.template }),
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: (d, old) => faultsOf(out => checkStatus(d, old, out)),
  },
  columns: [
    name(),
    integer('Desired', d => d.status?.desiredNumberScheduled ?? 0),
    integer('Current', d => d.status?.currentNumberScheduled ?? 0),
    integer('Ready', d => d.status?.numberReady ?? 0),
    integer('Up-to-date', d => d.status?.updatedNumberScheduled ?? 0),
    integer('Available', d => d.status?.numberAvailable ?? 0),
    text('Node Selector', d => labelsText(d.spec?.template?.spec?.nodeSelector)),
    age(),
    wide('Containers', d => containerNames(d.spec?.template)),
    wide('Images', d => containerImages(d.spec?.template)),
    wide('Selector', d => selectorText(d.spec?.selector)),
  ],
})

/** The count of template changes was a field before apps/v1, and is an annotation since. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

const templateGeneration = (d: Whole): number => Number(d.metadata.annotations?.[TEMPLATE_GENERATION]) || 0

function setTemplateGeneration(draft: Whole, value: number): void {
  draft.metadata.annotations = { ...draft.metadata.annotations, [TEMPLATE_GENERATION]: `${value}` }
}

function setDefaults(draft: Whole): void {
  const spec = (draft.spec ??= { selector: {}, template: {} })
  const strategy = (spec.updateStrategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const update = (strategy.rollingUpdate ??= {})
    update.maxUnavailable ??= 1
    update.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
  setTemplateDefaults((spec.template ??= {}))
  setTemplateGeneration(draft, templateGeneration(draft))
}

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  const { selector, template = {} } = spec ?? {}
  const faults = validateLabelSelector(selector, 'spec.selector')
  out.push(...faults)
  const labels = template.metadata?.labels
  if (faults.length === 0 && !selectorFromObject(selector).matches(labels)) {
    out.push(selectorMismatch(labels, 'spec.template'))
  }
  if (selector && isEmptySelector(selector)) {
    out.push(invalid('spec.selector', selector, 'empty selector is invalid for daemonset'))
  }
  checkPodTemplate(template, 'spec.template', templateRules(old?.spec?.template), out)
  checkEndless(template, 'DaemonSet', 'spec.template', out)
  checkNonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', out)
  checkStrategy(spec?.updateStrategy ?? {}, 'spec.updateStrategy', out)
  checkNonNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', out)
}

function checkStrategy(strategy: DaemonSetUpdateStrategy, path: string, out: Faults): void {
  if (strategy.type === 'OnDelete') return
  if (strategy.type !== 'RollingUpdate') {
    out.push(notSupported(path, strategy, ['RollingUpdate', 'OnDelete']))
    return
  }
  const at = `${path}.rollingUpdate`
  if (!strategy.rollingUpdate) {
    out.push(required(at))
    return
  }
  const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate
  checkIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, out)
  checkIntOrPercent(maxSurge, `${at}.maxSurge`, out)
  checkNotAbove100Percent(maxUnavailable, `${at}.maxUnavailable`, out)
  checkNotAbove100Percent(maxSurge, `${at}.maxSurge`, out)
  const [unavailable, surge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0]
  if (unavailable && surge) {
    out.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (!unavailable && !surge) {
    out.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  }
}

function checkStatus({ status }: Whole, old: Whole, out: Faults): void {
  const counts = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady']
  const others = ['observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable']
  checkCounts(status, [...counts, ...others, 'collisionCount'], out)
  checkCollisions(status, old.status, out)
}
