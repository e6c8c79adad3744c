import { randomInt } from 'node:crypto'
import { formatTime } from '../base/clock.ts'
import { isNotFound } from '../base/errors.ts'
import type { Client } from '../client/client.ts'
import { secret } from '../kinds/core/secret.ts'
import type { Secret } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { sameSecret } from './join-server.ts'

/** Secrets of this type in kube-system are tokens for joining, as kubeadm and Kubernetes' own authenticator keep them. */
const TYPE = 'bootstrap.kubernetes.io/token'
const NAMESPACE = 'kube-system'
const PREFIX = 'bootstrap-token-'
const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/

export interface BootstrapToken {
  readonly id: string
  /** `id.secret`. */
  readonly text: string
  readonly description: string
  /** RFC 3339; empty for ever. */
  readonly expiration: string
}

export interface NewToken {
  readonly description: string
  /** Milliseconds; 0 for ever. */
  readonly ttlMs: number
}

/** Makes a token and stores it. */
export async function createToken(client: Client, wanted: NewToken, now: number): Promise<BootstrapToken> {
  const id = randomText(6)
  const tokenSecret = randomText(16)
  const expiration = wanted.ttlMs > 0 ? formatTime(now + wanted.ttlMs) : ''
  await client.create(secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: PREFIX + id, namespace: NAMESPACE },
    type: TYPE,
    stringData: {
      'token-id': id,
      'token-secret': tokenSecret,
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      ...(wanted.description ? { description: wanted.description } : {}),
      ...(expiration ? { expiration } : {}),
    },
  })
  return { id, text: `${id}.${tokenSecret}`, description: wanted.description, expiration }
}

/** All tokens, expired ones too. */
export async function listTokens(client: Client): Promise<BootstrapToken[]> {
  const { items } = await client.list(secret, { namespace: NAMESPACE, fieldSelector: `type=${TYPE}` })
  return items.map(tokenOf)
}

/** Removes a token by its id, or by its whole text. Rejects with NotFound. */
export async function deleteToken(client: Client, idOrText: string): Promise<void> {
  await client.delete(secret, NAMESPACE, PREFIX + (idOrText.split('.')[0] ?? ''))
}

/** True where the text is a token that is stored, may be used to join, and has not expired. */
export async function isValidToken(client: Client, text: string, now: number): Promise<boolean> {
  const id = FORM.exec(text)?.[1]
  if (!id) return false
  try {
    const stored = await client.get(secret, NAMESPACE, PREFIX + id)
    const token = tokenOf(stored)
    const usable = field(stored, 'usage-bootstrap-authentication') === 'true' && stored.type === TYPE
    const alive = token.expiration === '' || Date.parse(token.expiration) > now
    return usable && alive && sameSecret(token.text, text)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function tokenOf(s: Frozen<Secret>): BootstrapToken {
  const id = field(s, 'token-id')
  return {
    id,
    text: `${id}.${field(s, 'token-secret')}`,
    description: field(s, 'description'),
    expiration: field(s, 'expiration'),
  }
}

function field(s: Frozen<Secret>, key: string): string {
  return Buffer.from(s.data?.[key] ?? '', 'base64').toString('utf8')
}

function randomText(length: number): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('')
}
