import type { Part } from '../base/part.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import { isNotFound } from '../base/errors.ts'
import { secret as secretKind } from '../kinds/core/secret.ts'
import { serviceAccount } from '../kinds/core/service-account.ts'
import type { Frozen } from '../kinds/object.ts'
import { objectKey } from '../kinds/object.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import type { Secret, ServiceAccount } from './shared/types.ts'

const TYPE = 'kubernetes.io/service-account-token'
const NAME = 'kubernetes.io/service-account.name'
const UID = 'kubernetes.io/service-account.uid'
const BY_ACCOUNT = 'account'

export type TokenPlan =
  | { readonly do: 'nothing' | 'delete' }
  | {
      readonly do: 'fill'
      /** The Secret as it must be, but for the token. */
      readonly secret: Frozen<Secret>
      readonly needsToken: boolean
    }

/**
 * What a token Secret needs: it goes where its account is gone or another one by now, and gets what it lacks of the
 * CA, its namespace, the account's uid and the token. A namespace or token that somebody wrote is left alone.
 */
export function planTokenSecret(
  secret: Frozen<Secret>,
  account: Frozen<ServiceAccount> | undefined,
  rootCa: string,
): TokenPlan {
  const annotations = secret.metadata.annotations ?? {}
  if (secret.type !== TYPE || !annotations[NAME]) return { do: 'nothing' }
  const uid = account?.metadata.uid
  if (!uid || (annotations[UID] && annotations[UID] !== uid)) return { do: 'delete' }
  const { data = {}, metadata } = secret
  const ca = encode(rootCa)
  const needsToken = !data.token
  if (!needsToken && data['ca.crt'] === ca && data.namespace && annotations[UID]) return { do: 'nothing' }
  return {
    do: 'fill',
    needsToken,
    secret: {
      ...secret,
      metadata: { ...metadata, annotations: { ...annotations, [UID]: uid } },
      data: { ...data, 'ca.crt': ca, namespace: data.namespace || encode(metadata.namespace ?? '') },
    },
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64')

const accountKey = ({ metadata }: Frozen<Secret>): string =>
  `${metadata.namespace ?? ''}/${metadata.annotations?.[NAME] ?? ''}`

/** Fills the token Secrets of service accounts, and removes those whose account is gone. */
export function serviceAccountTokensController(ctx: ControllerContext): Part {
  const secrets = ctx.informers.of(secretKind)
  const accounts = ctx.informers.of(serviceAccount)
  secrets.addIndex(BY_ACCOUNT, s => (s.type === TYPE ? [accountKey(s as Frozen<Secret>)] : []))

  const fill = async (secret: Frozen<Secret>, account: Frozen<ServiceAccount>, needsToken: boolean): Promise<void> => {
    let data = secret.data
    if (needsToken) {
      if (!ctx.config.issueLegacyToken) return
      const token = await ctx.config.issueLegacyToken({
        namespace: secret.metadata.namespace ?? '',
        secret: secret.metadata.name ?? '',
        serviceAccount: { name: account.metadata.name ?? '', uid: account.metadata.uid ?? '' },
      })
      data = { ...data, token: encode(token) }
    }
    await ctx.client.update(secretKind, { ...secret, data } as Frozen<Secret>)
  }
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const secret = secrets.lister.get(key) as Frozen<Secret> | undefined
      if (!secret || secret.metadata.deletionTimestamp) return DONE
      const account = accounts.lister.get(accountKey(secret)) as Frozen<ServiceAccount> | undefined
      const plan = planTokenSecret(secret, account, ctx.config.rootCa)
      if (plan.do === 'fill' && account) await fill(plan.secret, account, plan.needsToken)
      if (plan.do === 'delete') {
        const { namespace = '', name = '', uid = '', resourceVersion = '' } = secret.metadata
        const preconditions = { uid, resourceVersion }
        await ctx.client.delete(secretKind, namespace, name, { preconditions }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }
      return DONE
    },
  }
  return controller(ctx, {
    name: 'serviceaccount-token',
    reconciler,
    sources: [
      source(secrets, ({ type, object }) => (type !== 'deleted' && object.type === TYPE ? [objectKey(object)] : [])),
      source(accounts, ({ object }) => [...secrets.lister.byIndex(BY_ACCOUNT, objectKey(object))].map(objectKey)),
    ],
  })
}
