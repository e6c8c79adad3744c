import { forbidden, invalid, notSupported, required } from '../../base/field-error.ts'
import { selectorFromObject } from '../../base/selector.ts'
import { age, name, text, wide } from '../columns.ts'
import { checkClaimSpec } from '../core/pod/claim-spec.ts'
import { setClaimSpecDefaults } from '../core/pod/defaults.ts'
import { addInvalid, checkNonNegative, type Faults } from '../core/pod/faults.ts'
import type { PodRules } from '../core/pod/options.ts'
import {
  checkAtMost,
  checkCollisions,
  checkCounts,
  checkEndless,
  checkSelected,
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  setTemplateDefaults,
  templateRules,
} from '../core/pod/template.ts'
import { checkPodTemplate, checkTemplateMeta } from '../core/pod/validate.ts'
import { claimSpecWarnings } from '../core/pod/volume-warnings.ts'
import { templateWarnings } from '../core/pod/warnings.ts'
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { semanticEqual } from '../validation/equal.ts'
import { isEmptySelector, validateLabelSelector } from '../validation/labels.ts'
import { isDnsLabel, nameIsDnsLabel } from '../validation/names.ts'
import { amountOf, checkIntOrPercent, checkNotAbove100Percent } from './int-or-percent.ts'

type Whole = ObjectOf<StatefulSet>

export const statefulSet = defineKind<Whole>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  generation: 'spec',
  validateName: nameIsDnsLabel,
  defaults: setDefaults,
  prepareForCreate: draft => {
    draft.status = { replicas: 0, availableReplicas: 0 }
    prepareSpec(draft.spec)
  },
  prepareForUpdate: (draft, old) => {
    draft.status = old.status
    prepareSpec(draft.spec, old.spec)
  },
  validate: s => faultsOf(out => checkSpec(specOf(s), templateRules(undefined), 'spec', { isNew: true }, out)),
  validateUpdate: (s, old) => faultsOf(out => checkChange(s, old, out)),
  warnings: (s, old) => [
    ...templateWarnings(s.spec?.template, 'spec.template', s.spec, old && { spec: old.spec }),
    ...(s.spec?.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      claim.spec ? claimSpecWarnings(claim.spec, `spec.volumeClaimTemplates[${i}]${old ? '.Spec' : ''}`) : [],
    ),
    ...((s.spec?.revisionHistoryLimit ?? 0) < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ],
  status: {
    prepareForUpdate: (draft, old) => {
      draft.spec = old.spec
    },
    validateUpdate: (s, old) => faultsOf(out => checkStatus(s, old, out)),
  },
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  columns: [
    name(),
    text('Ready', s => `${s.status?.readyReplicas ?? 0}/${s.spec?.replicas ?? 0}`),
    age(),
    wide('Containers', s => containerNames(s.spec?.template)),
    wide('Images', s => containerImages(s.spec?.template)),
  ],
})

const specOf = (s: Whole): StatefulSetSpec => s.spec ?? { selector: {}, template: {} }

function setDefaults(draft: Whole): void {
  const spec = (draft.spec ??= { selector: {}, template: {} })
  spec.podManagementPolicy ||= 'OrderedReady'
  const strategy = (spec.updateStrategy ??= {})
  if (!strategy.type) {
    strategy.type = 'RollingUpdate'
    strategy.rollingUpdate ??= {}
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {})
  retention.whenDeleted ||= 'Retain'
  retention.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  for (const claim of spec.volumeClaimTemplates ?? []) {
    // Embedded claims are whole objects to Kubernetes: they come back with their kind and a phase.
    claim.kind = 'PersistentVolumeClaim'
    claim.apiVersion = 'v1'
    claim.status = { ...claim.status, phase: claim.status?.phase || 'Pending' }
    setClaimSpecDefaults((claim.spec ??= {}))
  }
  setTemplateDefaults((spec.template ??= {}))
}

/** Unavailable pods during an update are behind a gate that is off in 1.36. */
function prepareSpec(spec: StatefulSetSpec | undefined, old?: StatefulSetSpec): void {
  const update = spec?.updateStrategy?.rollingUpdate
  if (update && old?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) delete update.maxUnavailable
  prepareTemplate(spec?.template, old?.template)
}

interface Scope {
  /** Claims and service name cannot change, and are checked of new sets only. */
  readonly isNew: boolean
  /** True where the old template was wrong already. */
  readonly skipTemplate?: boolean
}

function checkSpec(spec: StatefulSetSpec, rules: PodRules, path: string, scope: Scope, out: Faults): void {
  const { podManagementPolicy: policy = '', selector, template } = spec
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    out.push(invalid(`${path}.podManagementPolicy`, policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  checkStrategy(spec.updateStrategy ?? {}, `${path}.updateStrategy`, out)
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[field] ?? ''
    if (value === 'Retain' || value === 'Delete') continue
    out.push(notSupported(`${path}.persistentVolumeClaimRetentionPolicy.${field}`, value, ['Retain', 'Delete']))
  }
  if (scope.isNew) {
    spec.volumeClaimTemplates?.forEach((claim, i) => {
      checkClaimSpec(claim.spec ?? {}, `${path}.volumeClaimTemplates[${i}].spec`, out)
    })
  }
  checkNonNegative(spec.replicas, `${path}.replicas`, out)
  checkNonNegative(spec.minReadySeconds, `${path}.minReadySeconds`, out)
  checkNonNegative(spec.ordinals?.start, `${path}.ordinals.start`, out)
  if (scope.isNew && spec.serviceName) {
    addInvalid(out, `${path}.serviceName`, spec.serviceName, isDnsLabel(spec.serviceName))
  }
  const faults = validateLabelSelector(selector, `${path}.selector`)
  if (!selector) out.push(required(`${path}.selector`))
  out.push(...faults)
  if (selector && isEmptySelector(selector)) {
    out.push(invalid(`${path}.selector`, selector, 'empty selector is invalid for statefulset'))
  }
  if (faults.length) {
    out.push(invalid(`${path}.selector`, selector, ''))
  } else {
    checkSelected(template, selectorFromObject(selector), `${path}.template`, out)
    if (!scope.skipTemplate) checkPodTemplate(templateWithClaims(spec), `${path}.template`, rules, out)
    // Metadata is looked at on its own too, and so told twice.
    checkTemplateMeta(templateWithClaims(spec), `${path}.template`, rules, out)
  }
  checkEndless(template, 'StatefulSet', `${path}.template`, out)
}

/** The template as its pods will have it: volumes of the claims, host names of their own. */
function templateWithClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  if (!template.spec) return template
  const { subdomain: _, hostname: __, volumes = [], ...rest } = template.spec
  const claims = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '')
  const own = claims.map(claim => ({ name: claim, persistentVolumeClaim: { claimName: claim } }))
  return { ...template, spec: { ...rest, volumes: [...own, ...volumes.filter(v => !claims.includes(v.name))] } }
}

function checkStrategy(strategy: StatefulSetUpdateStrategy, path: string, out: Faults): void {
  const { type, rollingUpdate: update } = strategy
  const at = `${path}.rollingUpdate`
  if (type === 'OnDelete') {
    if (update) out.push(invalid(at, update, "only allowed for updateStrategy 'RollingUpdate'"))
  } else if (type !== 'RollingUpdate') {
    out.push(invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'"))
  } else if (update) {
    checkNonNegative(update.partition, `${at}.partition`, out)
    const { maxUnavailable } = update
    if (maxUnavailable === undefined) return
    checkIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, out)
    if (amountOf(maxUnavailable) === 0) out.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
    checkNotAbove100Percent(maxUnavailable, `${at}.maxUnavailable`, out)
  }
}

const CHANGEABLE = [
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
] as const
const ONLY_THESE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

function checkChange(s: Whole, old: Whole, out: Faults): void {
  const [next, before] = [specOf(s), specOf(old)]
  const rules = templateRules(before.template)
  const wasWrong = faultsOf(o => checkSpec(before, rules, '', { isNew: false }, o)).length > 0
  checkSpec(next, rules, 'spec', { isNew: false, skipTemplate: wasWrong }, out)
  if (!semanticEqual(unchangeable(next), unchangeable(before))) out.push(forbidden('spec', ONLY_THESE))
}

function unchangeable(spec: StatefulSetSpec): Partial<StatefulSetSpec> {
  const rest: Partial<StatefulSetSpec> = { ...spec }
  for (const field of CHANGEABLE) delete rest[field]
  return rest
}

function checkStatus({ status }: Whole, old: Whole, out: Faults): void {
  const counts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas']
  checkCounts(status, ['replicas', ...counts, 'observedGeneration', 'collisionCount'], out)
  checkAtMost(status, counts, 'replicas', 'status.replicas', out)
  checkAtMost(status, ['availableReplicas'], 'readyReplicas', 'status.readyReplicas', out)
  checkCollisions(status, old.status, out)
}
