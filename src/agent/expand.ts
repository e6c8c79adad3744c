/**
 * Replaces `$(NAME)` by `lookup(NAME)`, and `$$` by `$`. What names nothing known stays as it is.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1]
    if (text[i] !== '$' || next === undefined) {
      out += text[i]
      continue
    }
    if (next === '$') {
      out += '$'
      i++
      continue
    }
    const end = next === '(' ? text.indexOf(')', i + 2) : -1
    if (end === -1) {
      // Like Kubernetes, the character after a lonely `$` is not looked at again.
      out += next === '(' ? '$(' : `$${next}`
      i++
      continue
    }
    const name = text.slice(i + 2, end)
    out += lookup(name) ?? `$(${name})`
    i = end
  }
  return out
}
