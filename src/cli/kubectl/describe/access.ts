import { labelsText } from '../../../kinds/columns.ts'
import type { PriorityClass, Role, RoleBinding, PolicyRule } from '../../../kinds/generated/types.ts'
import { type Described, type Describer, eventLines, headLines } from './shared.ts'

interface Row {
  readonly group: string
  readonly resource: string
  readonly urls: readonly string[]
  readonly names: readonly string[]
  readonly verbs: string[]
}

/** `kubectl describe role` and `clusterrole`: one line for each resource, with all its verbs. */
export const describeRole: Describer<Described<Role>> = (w, role) => {
  headLines(w, role, { namespaced: false })
  w.line(0, 'PolicyRule:')
  w.line(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs')
  w.line(1, '---------\t-----------------\t--------------\t-----')
  for (const r of compactRules(role.rules ?? []))
    w.line(1, `${combined(r.resource, r.group)}\t[${r.urls.join(' ')}]\t[${r.names.join(' ')}]\t[${r.verbs.join(' ')}]`)
}

function compactRules(rules: readonly PolicyRule[]): Row[] {
  const rows = new Map<string, Row>()
  const add = (row: Omit<Row, 'verbs'>, verb: string): void => {
    const key = JSON.stringify(row)
    const found = rows.get(key) ?? { ...row, verbs: [] }
    if (!found.verbs.includes(verb)) found.verbs.push(verb)
    rows.set(key, found)
  }
  for (const rule of rules)
    for (const verb of rule.verbs) {
      for (const url of rule.nonResourceURLs ?? []) add({ group: '', resource: '', urls: [url], names: [] }, verb)
      for (const group of rule.apiGroups ?? [])
        for (const resource of rule.resources ?? []) {
          const names = rule.resourceNames?.length ? rule.resourceNames.map(n => [n]) : [[]]
          for (const one of names) add({ group, resource, urls: [], names: one }, verb)
        }
    }
  return [...rows.values()].sort((a, b) => (goString(a) < goString(b) ? -1 : 1))
}

/** kubectl sorts rules by the text that Go makes of them. */
function goString(r: Row): string {
  const group = r.urls.length ? '' : r.group
  return `{Verbs:[${r.verbs.join(' ')}],APIGroups:[${group}],Resources:[${r.resource}],ResourceNames:[${r.names.join(' ')}],NonResourceURLs:[${r.urls.join(' ')}],}`
}

/** `deployments.apps/scale`. */
function combined(resource: string, group: string): string {
  const [name = '', sub] = resource.split('/')
  return `${name}${group ? `.${group}` : ''}${sub ? `/${sub}` : ''}`
}

/** `kubectl describe rolebinding` and `clusterrolebinding`. */
export const describeRoleBinding: Describer<Described<RoleBinding>> = (w, binding) => {
  headLines(w, binding, { namespaced: false })
  w.line(0, 'Role:')
  w.line(1, `Kind:\t${binding.roleRef.kind}`)
  w.line(1, `Name:\t${binding.roleRef.name}`)
  w.line(0, 'Subjects:')
  w.line(1, 'Kind\tName\tNamespace')
  w.line(1, '----\t----\t---------')
  for (const s of binding.subjects ?? []) w.line(1, `${s.kind}\t${s.name}\t${s.namespace ?? ''}`)
}

/** `kubectl describe priorityclass`. */
export const describePriorityClass: Describer<Described<PriorityClass>> = async (w, pc, context) => {
  w.line(0, `Name:\t${pc.metadata.name ?? ''}`)
  w.line(0, `Value:\t${pc.value}`)
  w.line(0, `GlobalDefault:\t${pc.globalDefault === true}`)
  w.line(0, `PreemptionPolicy:\t${pc.preemptionPolicy ?? ''}`)
  w.line(0, `Description:\t${pc.description ?? ''}`)
  w.line(0, `Annotations:\t${labelsText(pc.metadata.annotations)}`)
  eventLines(w, await context.events(), context.now)
}
