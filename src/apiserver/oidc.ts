import type { KeyObject } from 'node:crypto'

/** What OpenID discovery publishes of the service account issuer. */
export interface OidcFacts {
  readonly issuer: string
  readonly jwksUri: string
  readonly publicKeys: readonly KeyObject[]
}

export function openIdConfiguration(facts: OidcFacts): unknown {
  return {
    issuer: facts.issuer,
    jwks_uri: facts.jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(facts.publicKeys.map(algorithm))],
  }
}

const algorithm = (key: KeyObject): string => (key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256')

/** The public keys as a JSON Web Key Set; `keyId` gives the ID under which tokens name a key. */
export function jsonWebKeySet(facts: OidcFacts, keyId: (key: KeyObject) => string): unknown {
  return {
    keys: facts.publicKeys.map(key => {
      const jwk = key.export({ format: 'jwk' })
      return { use: 'sig', kty: jwk.kty, kid: keyId(key), alg: algorithm(key), ...jwk }
    }),
  }
}
