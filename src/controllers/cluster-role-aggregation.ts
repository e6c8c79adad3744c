import type { Part } from '../base/part.ts'
import { selectorFromObject } from '../base/selector.ts'
import type { Outcome, Reconciler } from '../client/controller.ts'
import { DONE, source } from '../client/controller.ts'
import type { PolicyRule } from '../kinds/generated/types.ts'
import type { Frozen } from '../kinds/object.ts'
import { clusterRole } from '../kinds/rbac/cluster-role.ts'
import type { ControllerContext } from './shared/context.ts'
import { controller } from './shared/context.ts'
import { sameObject } from './shared/equal.ts'
import type { ClusterRole } from './shared/types.ts'

type Role = Frozen<ClusterRole>

/**
 * The rules that an aggregating role takes from others: selector by selector, roles by name, each rule once.
 * Undefined where it has them already, or does not aggregate.
 */
export function planAggregation(role: Role, roles: Iterable<Role>): Frozen<PolicyRule>[] | undefined {
  if (!role.aggregationRule) return undefined
  const others = [...roles].filter(r => r.metadata.name !== role.metadata.name).sort(byName)
  const rules: Frozen<PolicyRule>[] = []
  for (const object of role.aggregationRule.clusterRoleSelectors ?? []) {
    const selector = selectorFromObject(object as Parameters<typeof selectorFromObject>[0])
    for (const other of others) {
      if (!selector.matches(other.metadata.labels as Record<string, string> | undefined)) continue
      for (const rule of other.rules ?? []) if (!rules.some(r => sameObject(r, rule))) rules.push(rule)
    }
  }
  return sameObject(rules, role.rules ?? []) ? undefined : rules
}

const byName = (a: Role, b: Role): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)

/** Keeps the rules of aggregating cluster roles equal to those of the roles that they select. */
export function clusterRoleAggregationController(ctx: ControllerContext): Part {
  const roles = ctx.informers.of(clusterRole)
  const reconciler: Reconciler = {
    async reconcile(key): Promise<Outcome> {
      const role = roles.lister.get(key)
      const rules = role && planAggregation(role, roles.lister.all())
      // Applied, as Kubernetes does: no rules at all takes back what was applied before, and leaves what others wrote.
      if (rules)
        await ctx.client.patch(
          clusterRole,
          '',
          key,
          'apply',
          {
            apiVersion: 'rbac.authorization.k8s.io/v1',
            kind: 'ClusterRole',
            metadata: { name: key },
            ...(rules.length ? { rules } : {}),
          },
          { fieldManager: 'clusterrole-aggregation-controller', force: true },
        )
      return DONE
    },
  }
  return controller(ctx, {
    name: 'clusterrole-aggregation',
    reconciler,
    workers: 1,
    sources: [
      source(roles, () => {
        const aggregating: string[] = []
        for (const r of roles.lister.all()) if (r.aggregationRule) aggregating.push(r.metadata.name ?? '')
        return aggregating
      }),
    ],
  })
}
