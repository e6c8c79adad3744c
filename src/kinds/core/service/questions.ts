import type { Service, ServiceSpec } from '../../generated/types.ts'
import type { ObjectOf } from '../../object.ts'

/** A Service with what its rules ask of it. */

export type WholeService = ObjectOf<Service>

const EMPTY: ServiceSpec = {}
export const specOf = (s: Service): ServiceSpec => s.spec ?? EMPTY

export const HEADLESS = 'None'
export const isHeadless = (s: Service): boolean => {
  const { clusterIPs, clusterIP } = specOf(s)
  return clusterIPs?.length === 1 ? clusterIPs[0] === HEADLESS : clusterIP === HEADLESS
}

const isType = (s: Service, ...types: string[]): boolean => types.includes(specOf(s).type ?? '')
/** A cluster address belongs to it (or 'None'). */
export const needsClusterIp = (s: Service): boolean => isType(s, 'ClusterIP', 'NodePort', 'LoadBalancer')
export const needsNodePorts = (s: Service): boolean =>
  isType(s, 'NodePort') || (isType(s, 'LoadBalancer') && specOf(s).allocateLoadBalancerNodePorts !== false)
export const needsHealthCheckPort = (s: Service): boolean =>
  isType(s, 'LoadBalancer') && specOf(s).externalTrafficPolicy === 'Local'
export const isLoadBalancer = (s: Service): boolean => isType(s, 'LoadBalancer')
export const isExternalName = (s: Service): boolean => isType(s, 'ExternalName')
/** Traffic from outside of the cluster can reach it. */
export const isExternallyAccessible = (s: Service): boolean =>
  isType(s, 'LoadBalancer', 'NodePort') || (isType(s, 'ClusterIP') && !!specOf(s).externalIPs?.length)
