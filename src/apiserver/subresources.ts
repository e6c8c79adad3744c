import type { Kind } from '../kinds/kind.ts'

/** A subresource as discovery shows it and the router knows it. */
export interface Subresource {
  readonly name: string
  /** Kind of bodies and answers. */
  readonly kind: string
  /** Set where the kind is of another group. */
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
  /** True where the answer is a stream or whatever a node or pod says. */
  readonly connect?: true
}

const RW = ['get', 'patch', 'update'] as const
const CONNECT = ['create', 'get'] as const
const PROXY = ['create', 'delete', 'get', 'patch', 'update'] as const

const connect = (name: string, kind: string, verbs: readonly string[]): Subresource => ({
  name,
  kind,
  verbs,
  connect: true,
})

/** Subresources that do more than write a part of the object. */
const SPECIAL: Readonly<Record<string, readonly Subresource[]>> = {
  '/pods': [
    connect('attach', 'PodAttachOptions', CONNECT),
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    connect('exec', 'PodExecOptions', CONNECT),
    connect('log', 'Pod', ['get']),
    connect('portforward', 'PodPortForwardOptions', CONNECT),
    connect('proxy', 'PodProxyOptions', PROXY),
  ],
  '/nodes': [connect('proxy', 'NodeProxyOptions', PROXY)],
  '/services': [connect('proxy', 'ServiceProxyOptions', PROXY)],
  '/serviceaccounts': [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  ],
}

const made = new WeakMap<Kind, readonly Subresource[]>()

/** All subresources of a kind, in the order of discovery. */
export function subresourcesOf(kind: Kind): readonly Subresource[] {
  let list = made.get(kind)
  if (!list) {
    list = build(kind)
    made.set(kind, list)
  }
  return list
}

function build(kind: Kind): readonly Subresource[] {
  const list: Subresource[] = [...(SPECIAL[`${kind.group}/${kind.plural}`] ?? [])]
  if (kind.status) list.push({ name: 'status', kind: kind.kind, verbs: RW })
  if (kind.scale) list.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: RW })
  for (const name of Object.keys(kind.subresources ?? {})) {
    // A namespace is finalized by PUT alone.
    const verbs = kind.plural === 'namespaces' && name === 'finalize' ? ['update'] : RW
    list.push({ name, kind: kind.kind, verbs })
  }
  // Custom resources name their status before their scale.
  return kind.custom ? list : list.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function subresourceOf(kind: Kind, name: string): Subresource | undefined {
  return subresourcesOf(kind).find(s => s.name === name)
}
