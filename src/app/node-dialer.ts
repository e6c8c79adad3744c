import type { NodeDialer } from '../apiserver/connect/connector.ts'
import { serviceUnavailable } from '../base/errors.ts'
import { node as nodeKind } from '../kinds/core/node.ts'
import type { Node } from '../kinds/generated/types.ts'
import type { Client } from '../client/client.ts'
import type { KeyPair } from './pki.ts'

export interface NodeDialerOptions {
  readonly client: Client
  /** PEM of the authority that signed the kubelets' serving certificates. */
  readonly ca: string
  /** What the API server shows to kubelets, asked for with each call so that it may be renewed. */
  readonly certificate: () => KeyPair
}

const KUBELET_PORT = 10250

/** Finds a node's kubelet by what the node says of itself: its internal address and its port. */
export function nodeDialer(o: NodeDialerOptions): NodeDialer {
  return async name => {
    const node = (await o.client.get(nodeKind, '', name)) as Node
    const addresses = node.status?.addresses ?? []
    const host = addresses.find(a => a.type === 'InternalIP')?.address
    if (!host) throw serviceUnavailable(`node "${name}" has no internal address`)
    const { certificate, key } = o.certificate()
    return {
      host,
      port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT,
      tls: { ca: o.ca, cert: certificate, key },
    }
  }
}
