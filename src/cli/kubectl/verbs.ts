import type { Verb } from './base/verb.ts'

/** A verb as the list of commands shows it; its file is loaded when it is called. */
export interface VerbEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly short: string
  readonly load: () => Promise<Verb>
}

const verb = (name: string, short: string, load: () => Promise<Verb>, aliases: readonly string[] = []): VerbEntry => ({
  name,
  short,
  load,
  aliases,
})

/** The verbs in the groups of `kubectl --help`. */
export const VERB_GROUPS: readonly { readonly title: string; readonly verbs: readonly VerbEntry[] }[] = [
  {
    title: 'Basic Commands (Beginner)',
    verbs: [
      verb('create', 'Create a resource from a file or from stdin', async () => (await import('./create.ts')).create),
      verb(
        'expose',
        'Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service',
        async () => (await import('./expose.ts')).expose,
      ),
      verb('run', 'Run a particular image on the cluster', async () => (await import('./run.ts')).run),
      verb('set', 'Set specific features on objects', async () => (await import('./set.ts')).set),
    ],
  },
  {
    title: 'Basic Commands (Intermediate)',
    verbs: [
      verb('edit', 'Edit a resource on the server', async () => (await import('./edit.ts')).edit),
      verb('get', 'Display one or many resources', async () => (await import('./get.ts')).get),
      verb(
        'delete',
        'Delete resources by file names, stdin, resources and names, or by resources and label selector',
        async () => (await import('./delete.ts')).deleteVerb,
      ),
    ],
  },
  {
    title: 'Deploy Commands',
    verbs: [
      verb('rollout', 'Manage the rollout of a resource', async () => (await import('./rollout.ts')).rollout),
      verb(
        'scale',
        'Set a new size for a deployment, replica set, or replication controller',
        async () => (await import('./scale.ts')).scale,
      ),
    ],
  },
  {
    title: 'Cluster Management Commands',
    verbs: [
      verb('cordon', 'Mark node as unschedulable', async () => (await import('./nodes/cordon.ts')).cordon),
      verb('drain', 'Drain node in preparation for maintenance', async () => (await import('./nodes/drain.ts')).drain),
      verb('taint', 'Update the taints on one or more nodes', async () => (await import('./nodes/taint.ts')).taint),
      verb('uncordon', 'Mark node as schedulable', async () => (await import('./nodes/cordon.ts')).uncordon),
      verb('cluster-info', 'Display cluster information', async () => (await import('./cluster-info.ts')).clusterInfo, [
        'clusterinfo',
      ]),
    ],
  },
  {
    title: 'Troubleshooting and Debugging Commands',
    verbs: [
      verb(
        'describe',
        'Show details of a specific resource or group of resources',
        async () => (await import('./describe.ts')).describe,
      ),
      verb('events', 'List events', async () => (await import('./events.ts')).events),
      verb('logs', 'Print the logs for a container in a pod', async () => (await import('./logs.ts')).logs, ['log']),
      verb('auth', 'Inspect authorization', async () => (await import('./auth.ts')).auth),
      verb('attach', 'Attach to a running container', async () => (await import('./attach.ts')).attach),
      verb('exec', 'Execute a command in a container', async () => (await import('./exec.ts')).exec),
      verb(
        'port-forward',
        'Forward one or more local ports to a pod',
        async () => (await import('./port-forward.ts')).portForward,
      ),
    ],
  },
  {
    title: 'Advanced Commands',
    verbs: [
      verb(
        'apply',
        'Apply a configuration to a resource by file name or stdin',
        async () => (await import('./apply.ts')).apply,
      ),
      verb('patch', 'Update fields of a resource', async () => (await import('./patch.ts')).patch),
      verb('replace', 'Replace a resource by file name or stdin', async () => (await import('./replace.ts')).replace),
      verb(
        'wait',
        'Experimental: Wait for a specific condition on one or many resources',
        async () => (await import('./wait.ts')).wait,
      ),
    ],
  },
  {
    title: 'Settings Commands',
    verbs: [
      verb('label', 'Update the labels on a resource', async () => (await import('./label.ts')).label),
      verb('annotate', 'Update the annotations on a resource', async () => (await import('./annotate.ts')).annotate),
    ],
  },
  {
    title: 'Other Commands',
    verbs: [
      verb(
        'api-resources',
        'Print the supported API resources on the server',
        async () => (await import('./api-resources.ts')).apiResources,
      ),
      verb(
        'api-versions',
        'Print the supported API versions on the server, in the form of "group/version"',
        async () => (await import('./api-versions.ts')).apiVersions,
      ),
      verb('config', 'Modify kubeconfig files', async () => (await import('./config.ts')).config),
      verb(
        'version',
        'Print the client and server version information',
        async () => (await import('./version.ts')).version,
      ),
    ],
  },
]

export const VERBS: readonly VerbEntry[] = VERB_GROUPS.flatMap(g => g.verbs)
