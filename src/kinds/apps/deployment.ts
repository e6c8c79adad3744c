import { forbidden, invalid, notSupported, required } from '../../base/field-error.ts'
import { labelSelectorText } from '../../base/selector.ts'
import { selectorFromObject } from '../../base/selector.ts'
import { age, name, text, wide } from '../columns.ts'
import { checkNonNegative, type Faults } from '../core/pod/faults.ts'
import {
  checkAtMost,
  checkCollisions,
  checkCounts,
  checkSelectorAndTemplate,
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  setTemplateDefaults,
  templateRules,
} from '../core/pod/template.ts'
import { hostnameWarnings, templateWarnings } from '../core/pod/warnings.ts'
import type { Deployment, DeploymentStrategy } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { amountOf, checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.ts'

type Whole = ObjectOf<Deployment>

export const deployment = defineKind<Whole>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.Deployment',
  generation: 'spec+annotations',
  defaults: setDefaults,
  prepareForCreate: draft => {
    draft.status = {}
    prepareTemplate(draft.spec?.template)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareTemplate(draft.spec?.template, old.spec?.template)
  },
  validate: d => faultsOf(out => checkSpec(d, undefined, out)),
  validateUpdate: (d, old) => [
    ...faultsOf(out => checkSpec(d, old, out)),
    ...validateImmutable(d.spec?.selector, old.spec?.selector, 'spec.selector'),
  ],
  warnings: (d, old) => [
    ...(old ? [] : hostnameWarnings(d.metadata.name)),
    ...templateWarnings(
      d.spec?.template,
      'spec.template',
      [d.spec, d.metadata.annotations],
      old && { spec: [old.spec, old.metadata.annotations] },
    ),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
      if (old.metadata.labels) draft.metadata.labels = old.metadata.labels
      else delete draft.metadata.labels
    },
    validateUpdate: (d, old) => faultsOf(out => checkStatus(d, old, out)),
  },
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    name(),
    text('Ready', d => `${d.status?.readyReplicas ?? 0}/${d.spec?.replicas ?? 0}`),
    // Numbers in columns that call themselves texts, as in Kubernetes.
    text('Up-to-date', d => d.status?.updatedReplicas ?? 0),
    text('Available', d => d.status?.availableReplicas ?? 0),
    age(),
    wide('Containers', d => containerNames(d.spec?.template)),
    wide('Images', d => containerImages(d.spec?.template)),
    wide('Selector', d => labelSelectorText(selectorFromObject(d.spec?.selector))),
  ],
})

function setDefaults(draft: Whole): void {
  const spec = (draft.spec ??= { selector: {}, template: {} })
  spec.replicas ??= 1
  const strategy = (spec.strategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const update = (strategy.rollingUpdate ??= {})
    update.maxUnavailable ??= '25%'
    update.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  setTemplateDefaults((spec.template ??= {}))
}

function checkSpec({ spec }: Whole, old: Whole | undefined, out: Faults): void {
  checkNonNegative(spec?.replicas, 'spec.replicas', out)
  const wording = { emptyFor: 'deployment', deadlineIn: 'ReplicaSet' }
  checkSelectorAndTemplate(spec ?? {}, wording, 'spec', templateRules(old?.spec?.template), out)
  checkStrategy(spec?.strategy ?? {}, 'spec.strategy', out)
  checkNonNegative(spec?.minReadySeconds, 'spec.minReadySeconds', out)
  checkNonNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', out)
  const deadline = spec?.progressDeadlineSeconds
  checkNonNegative(deadline, 'spec.progressDeadlineSeconds', out)
  if (deadline !== undefined && deadline <= (spec?.minReadySeconds ?? 0)) {
    out.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  }
}

function checkStrategy(strategy: DeploymentStrategy, path: string, out: Faults): void {
  const { rollingUpdate: update } = strategy
  const at = `${path}.rollingUpdate`
  if (strategy.type === 'Recreate') {
    if (update) out.push(forbidden(at, "may not be specified when strategy `type` is 'Recreate'"))
  } else if (strategy.type !== 'RollingUpdate') {
    out.push(notSupported(path, strategy, ['Recreate', 'RollingUpdate']))
  } else if (!update) {
    out.push(required(at, 'this should be defaulted and never be nil'))
  } else {
    const { maxUnavailable = 0, maxSurge = 0 } = update
    checkIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, out)
    checkIntOrPercent(maxSurge, `${at}.maxSurge`, out)
    if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
      out.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
    }
    checkNotAbove100Percent(maxUnavailable, `${at}.maxUnavailable`, out)
  }
}

function checkStatus({ status }: Whole, old: Whole, out: Faults): void {
  const counts = ['updatedReplicas', 'readyReplicas', 'availableReplicas']
  const others = ['unavailableReplicas', 'terminatingReplicas', 'collisionCount']
  checkCounts(status, ['observedGeneration', 'replicas', ...counts, ...others], out)
  checkAtMost(status, counts, 'replicas', 'status.replicas', out)
  checkAtMost(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas', out)
  checkCollisions(status, old.status, out)
}
