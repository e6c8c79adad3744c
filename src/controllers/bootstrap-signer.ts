import { createHmac } from 'node:crypto'
import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { configMap } from '../kinds/core/config-map.ts'
import { secret as secretKind } from '../kinds/core/secret.ts'
import type { Frozen } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import { planTokenEnd } from './shared/bootstrap-tokens.ts'
import type { ConfigMap, Secret } from './shared/types.ts'

const NAMESPACE = 'kube-public'
const NAME = 'cluster-info'
const KEY = `${NAMESPACE}/${NAME}`
const PREFIX = 'jws-kubeconfig-'
const TOKEN_NAMESPACE = 'kube-system'
const TOKEN_PREFIX = 'bootstrap-token-'
const TOKEN_TYPE = 'bootstrap.kubernetes.io/token'

/**
 * The data of cluster-info with one signature by each token that may sign, and none of others; undefined where it is
 * so already, or there is nothing to sign.
 */
export function planSignatures(
  info: Frozen<ConfigMap>,
  secrets: Iterable<Frozen<Secret>>,
  now: number,
): Record<string, string> | undefined {
  const content = info.data?.['kubeconfig']
  if (content === undefined) return undefined
  const data = Object.fromEntries(Object.entries(info.data ?? {}).filter(([key]) => !key.startsWith(PREFIX)))
  for (const secret of secrets) {
    const token = signingToken(secret, now)
    if (token) data[PREFIX + token.id] = detachedSignature(content, token)
  }
  return sameObject(data, info.data) ? undefined : data
}

interface Token {
  readonly id: string
  readonly secret: string
}

/** The token of a Secret that may sign now: named after its id, whole, not expired. */
function signingToken(secret: Frozen<Secret>, now: number): Token | undefined {
  const field = (name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString('utf8')
  if (secret.type !== TOKEN_TYPE || secret.metadata.deletionTimestamp) return undefined
  const token = { id: field('token-id'), secret: field('token-secret') }
  if (!/^[a-z0-9]{6}$/.test(token.id) || token.secret === '') return undefined
  if (secret.metadata.name !== TOKEN_PREFIX + token.id || field('usage-bootstrap-signing') !== 'true') return undefined
  return planTokenEnd(secret, now) === 0 ? undefined : token
}

/** A JWS (RFC 7515) by HS256 with the token's secret as key, its content left out. */
function detachedSignature(content: string, { id, secret }: Token): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url')
  const signed = `${header}.${Buffer.from(content).toString('base64url')}`
  return `${header}..${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Signs kube-public/cluster-info, by which machines that join with a token know the cluster. */
export function bootstrapSignerController(ctx: ControllerContext): Part {
  const maps = ctx.informers.of(configMap)
  const secrets = ctx.informers.of(secretKind)
  const reconciler: Reconciler = {
    async reconcile(): Promise<Outcome> {
      const info = maps.lister.get(KEY) as Frozen<ConfigMap> | undefined
      if (!info) return DONE
      const data = planSignatures(info, [...secrets.lister.inNamespace(TOKEN_NAMESPACE)], ctx.clock.now())
      if (data) await ctx.client.update(configMap, { ...info, data } as Frozen<ConfigMap>)
      return DONE
    },
  }
  return controller(ctx, {
    name: 'bootstrap-signer',
    reconciler,
    workers: 1,
    sources: [
      source(maps, ({ object: { metadata } }) =>
        metadata.name === NAME && metadata.namespace === NAMESPACE ? [KEY] : [],
      ),
      // A token that ends is removed by the token cleaner, which is heard here.
      source(secrets, ({ object }) =>
        object.type === TOKEN_TYPE && object.metadata.namespace === TOKEN_NAMESPACE ? [KEY] : [],
      ),
    ],
  })
}
