import { isNotFound } from '../base/errors.ts'
import { addressAt, cidrContains, parseCidr } from '../base/ip.ts'
import type { Client } from '../client/client.ts'
import { node } from '../kinds/core/node.ts'
import { serviceCidr } from '../kinds/networking/service-cidr.ts'
import type { ServerConfig } from './config.ts'
import { ConfigError } from './options.ts'

/**
 * Refuses settings that a cluster cannot change, because objects that are there follow from them: services keep their
 * addresses, nodes their pod ranges, and what lies outside the range reaches nobody.
 */
export async function checkLastingSettings(
  client: Client,
  config: Pick<ServerConfig, 'serviceCidr' | 'clusterCidr'>,
): Promise<void> {
  const services = await serviceRanges(client)
  const { items } = await client.list(node)
  const nodes = items.map(n => ({ name: n.metadata.name ?? '', range: n.spec?.podCIDR }))
  const fault = lastingFault(config, services, nodes)
  if (fault) throw new ConfigError(fault)
}

/** What is wrong with the settings for a cluster with this service range and these nodes. */
export function lastingFault(
  config: Pick<ServerConfig, 'serviceCidr' | 'clusterCidr'>,
  services: readonly string[] | undefined,
  nodes: readonly { readonly name: string; readonly range?: string | undefined }[],
): string | undefined {
  if (services && !services.includes(config.serviceCidr))
    return `--service-cidr: this cluster has ${services.join(', ')}, and its services keep their addresses: give that, or another --data-dir`
  const pods = parseCidr(config.clusterCidr)
  const outside = nodes.find(n => {
    const range = parseCidr(n.range ?? '')
    return range && pods && !(cidrContains(pods, addressAt(range, 0)) && range.bits >= pods.bits)
  })
  return outside
    ? `--cluster-cidr: ${config.clusterCidr} does not hold ${outside.range}, the pods' range of node "${outside.name}", which it keeps: give the range that the cluster was made with, or another --data-dir`
    : undefined
}

async function serviceRanges(client: Client): Promise<readonly string[] | undefined> {
  try {
    return (await client.get(serviceCidr, '', 'kubernetes')).spec?.cidrs
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
