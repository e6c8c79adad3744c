/** metav1.LabelSelector. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** The selector as text, sorted by key: `app=web,tier in (a,b)`; `<none>` where it selects all, as kubectl prints it. */
export function formatSelector(selector: LabelSelectorObject | undefined | null): string {
  if (!selector) return '<none>'
  const terms = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` })),
    ...(selector.matchExpressions ?? []).map(e => ({ key: e.key, text: expression(e) })),
  ]
  if (terms.length === 0) return '<none>'
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(t => t.text)
    .join(',')
}

function expression(e: { key: string; operator: string; values?: readonly string[] }): string {
  const values = [...(e.values ?? [])].sort().join(',')
  switch (e.operator) {
    case 'In':
      return `${e.key} in (${values})`
    case 'NotIn':
      return `${e.key} notin (${values})`
    case 'Exists':
      return e.key
    default:
      return `!${e.key}`
  }
}
