import type {
  ConfigMap,
  LimitRange,
  Namespace,
  ResourceQuota,
  Secret,
  ServiceAccount,
} from '../../../kinds/generated/types.ts'
import { canonicalQuantity } from '../../../base/quantity.ts'
import { longTime } from '../print/times.ts'
import { annotationLines, type Described, type Describer, eventLines, headLines, labelLines } from './shared.ts'
import type { Writer } from './writer.ts'

/** `kubectl describe namespace`. */
export const describeNamespace: Describer<Described<Namespace>> = async (w, ns, context) => {
  w.line(0, `Name:\t${ns.metadata.name ?? ''}`)
  labelLines(w, 'Labels', ns.metadata.labels)
  annotationLines(w, 'Annotations', ns.metadata.annotations)
  w.line(0, `Status:\t${ns.status?.phase ?? ''}`)
  if (ns.status?.conditions?.length) {
    w.line(0, 'Conditions:')
    w.line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage')
    w.line(1, '----\t------\t------------------\t------\t-------')
    for (const c of ns.status.conditions)
      w.line(1, `${c.type}\t${c.status}\t${longTime(c.lastTransitionTime)}\t${c.reason ?? ''}\t${c.message ?? ''}`)
  }
  const root = `/api/v1/namespaces/${ns.metadata.name ?? ''}`
  w.line(0, '')
  quotaLines(w, await context.list<Described<ResourceQuota>>(`${root}/resourcequotas`))
  w.line(0, '')
  limitLines(w, await context.list<LimitRange>(`${root}/limitranges`))
}

const SCOPES: Record<string, string> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
}

function quotaLines(w: Writer, quotas: readonly Described<ResourceQuota>[]): void {
  if (quotas.length === 0) return w.line(0, 'No resource quota.')
  w.line(0, 'Resource Quotas')
  for (const q of [...quotas].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))) {
    w.line(1, `Name:\t${q.metadata.name ?? ''}`)
    scopeLines(w, q, 1, '* ')
    w.line(1, 'Resource\tUsed\tHard')
    w.line(1, '--------\t---\t---')
    usageLines(w, q, 1)
  }
}

function scopeLines(w: Writer, q: ResourceQuota, level: number, mark: string): void {
  const scopes = [...(q.spec?.scopes ?? [])].sort()
  if (scopes.length === 0) return
  w.line(level, `Scopes:\t${scopes.join(', ')}`)
  for (const scope of scopes) if (SCOPES[scope]) w.line(level, `${mark}${SCOPES[scope]}`)
}

function usageLines(w: Writer, q: ResourceQuota, level: number): void {
  const { hard = {}, used = {} } = q.status ?? {}
  for (const name of Object.keys(hard).sort())
    w.line(level, `${name}\t${canonicalQuantity(used[name] ?? '0')}\t${canonicalQuantity(hard[name] ?? '0')}`)
}

/** `kubectl describe quota`. */
export const describeQuota: Describer<Described<ResourceQuota>> = (w, q) => {
  w.line(0, `Name:\t${q.metadata.name ?? ''}`)
  w.line(0, `Namespace:\t${q.metadata.namespace ?? ''}`)
  scopeLines(w, q, 0, ' * ')
  w.line(0, 'Resource\tUsed\tHard')
  w.line(0, '--------\t----\t----')
  usageLines(w, q, 0)
}

function limitLines(w: Writer, ranges: readonly LimitRange[]): void {
  if (ranges.length === 0) return w.line(0, 'No LimitRange resource.')
  w.raw('Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n')
  w.line(0, ' ----\t--------\t---\t---\t---------------\t-------------\t-----------------------')
  for (const range of ranges) limitRows(w, range, ' ')
}

function limitRows(w: Writer, range: LimitRange, prefix: string): void {
  for (const item of range.spec?.limits ?? []) {
    const columns = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio]
    const names = [...new Set(columns.flatMap(c => Object.keys(c ?? {})))].sort()
    for (const name of names) {
      const cells = columns.map(c => (c?.[name] === undefined ? '-' : canonicalQuantity(c[name])))
      w.line(0, `${prefix}${item.type}\t${name}\t${cells.join('\t')}`)
    }
  }
}

/** `kubectl describe limits`. */
export const describeLimitRange: Describer<Described<LimitRange>> = (w, range) => {
  w.line(0, `Name:\t${range.metadata.name ?? ''}`)
  w.line(0, `Namespace:\t${range.metadata.namespace ?? ''}`)
  w.line(0, 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio')
  w.line(0, '----\t--------\t---\t---\t---------------\t-------------\t-----------------------')
  limitRows(w, range, '')
}

/** `kubectl describe configmap`. */
export const describeConfigMap: Describer<Described<ConfigMap>> = async (w, cm, context) => {
  headLines(w, cm)
  w.raw('\nData\n====\n')
  for (const key of Object.keys(cm.data ?? {}).sort()) w.raw(`${key}:\n----\n${cm.data?.[key] ?? ''}\n\n`)
  w.raw('\nBinaryData\n====\n')
  for (const key of Object.keys(cm.binaryData ?? {}).sort())
    w.line(0, `${key}: ${Buffer.from(cm.binaryData?.[key] ?? '', 'base64').length} bytes`)
  w.line(0, '')
  eventLines(w, await context.events(), context.now)
}

/** `kubectl describe secret`: sizes, no contents (but for service account tokens). */
export const describeSecret: Describer<Described<Secret>> = (w, secret) => {
  headLines(w, secret)
  w.raw(`\nType:\t${secret.type ?? ''}\n`)
  w.raw('\nData\n====\n')
  for (const key of Object.keys(secret.data ?? {}).sort()) {
    const content = Buffer.from(secret.data?.[key] ?? '', 'base64')
    const shown = key === 'token' && secret.type === 'kubernetes.io/service-account-token'
    w.line(0, `${key}:\t${shown ? content.toString('utf8') : `${content.length} bytes`}`)
  }
}

/** `kubectl describe serviceaccount`. */
export const describeServiceAccount: Describer<Described<ServiceAccount>> = async (w, account, context) => {
  headLines(w, account)
  const names = (account.imagePullSecrets ?? []).map(s => s.name ?? '')
  if (names.length === 0) w.line(0, 'Image pull secrets:\t<none>')
  names.forEach((name, i) => w.line(0, `${i === 0 ? 'Image pull secrets:' : '                   '}\t${name}`))
  eventLines(w, await context.events(), context.now)
}
