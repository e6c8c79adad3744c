/** The two parts of a join token: what proves the server to the agent, and the agent to the server. */
export interface JoinToken {
  /** SHA-256 of the cluster authority's certificate, in hexadecimal. */
  readonly caHash: string
  readonly secret: string
}

/** `KL1<hash of the authority>::<secret>`: the agent checks the server before it says the secret. */
export function formatJoinToken(token: JoinToken): string {
  return `KL1${token.caHash}::${token.secret}`
}

/** Reads a token; undefined where it has not that form. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const m = /^KL1([0-9a-f]{64})::(\S+)$/.exec(text.trim())
  return m?.[1] && m[2] ? { caHash: m[1], secret: m[2] } : undefined
}
