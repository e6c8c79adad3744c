/** Letters and digits that cannot spell words and are told apart easily, as Kubernetes uses them in names. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

/** Writes text in safe characters, one for each. */
export function safeEncode(text: string): string {
  return [...Buffer.from(text)].map(byte => SAFE[byte % SAFE.length]).join('')
}
