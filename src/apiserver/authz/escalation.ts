import type { UserInfo } from '../../registry/api.ts'
import type { PolicyRule } from './rbac.ts'

/** The parts of `wanted` that none of `held` grants, put together again as far as they are alike. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return compact(wanted.flatMap(breakDown).filter(part => !held.some(rule => covers(rule, part))))
}

/** One rule for each verb, group, resource, name or path. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = []
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined]
  for (const group of rule.apiGroups ?? [])
    for (const resource of rule.resources ?? [])
      for (const verb of rule.verbs)
        for (const name of names)
          parts.push({
            verbs: [verb],
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: [name] }),
          })
  for (const url of rule.nonResourceURLs ?? [])
    for (const verb of rule.verbs) parts.push({ verbs: [verb], nonResourceURLs: [url] })
  return parts
}

const holds = (list: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  (list ?? []).includes('*') || (wanted ?? []).every(w => (list ?? []).includes(w))

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  return (
    holds(rule.verbs, part.verbs) &&
    holds(rule.apiGroups, part.apiGroups) &&
    (part.resources ?? []).every(r => resourceCovered(rule.resources ?? [], r)) &&
    (part.nonResourceURLs ?? []).every(u => urlCovered(rule.nonResourceURLs ?? [], u)) &&
    (!rule.resourceNames?.length ||
      (!!part.resourceNames?.length && part.resourceNames.every(n => rule.resourceNames?.includes(n))))
  )
}

function resourceCovered(resources: readonly string[], wanted: string): boolean {
  if (resources.includes('*') || resources.includes(wanted)) return true
  const slash = wanted.indexOf('/')
  return slash >= 0 && resources.includes(`*${wanted.slice(slash)}`)
}

const urlCovered = (urls: readonly string[], wanted: string): boolean =>
  urls.some(u => u === '*' || u === wanted || (u.endsWith('*') && wanted.startsWith(u.replace(/\*+$/, ''))))

/** Rules that differ only in their verb become one. */
function compact(parts: readonly PolicyRule[]): PolicyRule[] {
  const found = new Map<string, { rule: PolicyRule; verbs: string[] }>()
  for (const rule of parts) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs])
    const known = found.get(key)
    if (known) known.verbs.push(...rule.verbs)
    else found.set(key, { rule, verbs: [...rule.verbs] })
  }
  return [...found.values()].map(({ rule, verbs }) => ({ ...rule, verbs }))
}

const list = (values: readonly string[]): string => `[${values.map(v => JSON.stringify(v)).join(', ')}]`

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}` */
function ruleText(rule: PolicyRule): string {
  const parts: string[] = []
  if (rule.apiGroups?.length) parts.push(`APIGroups:${list(rule.apiGroups)}`)
  if (rule.resources?.length) parts.push(`Resources:${list(rule.resources)}`)
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${list(rule.resourceNames)}`)
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`)
  if (rule.verbs.length) parts.push(`Verbs:${list(rule.verbs)}`)
  return `{${parts.join(', ')}}`
}

/** Why somebody may not grant `missing`. */
export function escalationText(user: UserInfo, missing: readonly PolicyRule[]): string {
  const groups = `[${user.groups.map(g => JSON.stringify(g)).join(' ')}]`
  const rules = [...new Set(missing.map(ruleText))].sort()
  return `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`
}
