import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Cluster, webImage } from './cluster.ts'
import { type Host, Hosts, kubelite } from './hosts.ts'
import { waitUntil } from './wait.ts'

/** The two machines that all chapters of the bad days share. A chapter may replace the cluster or the agent. */
export interface BadDays {
  readonly one: Host
  readonly two: Host
  cluster: Cluster
  /** The process that is the node of `two`. */
  agent: ChildProcess
  /** What the machines had before kubelite ran on them. */
  readonly before: ReadonlyMap<Host, string>
}

let hosts: Hosts | undefined
let room: BadDays | undefined

/** The room; only inside tests. */
export function here(): BadDays {
  if (!room) throw new Error('The room is not open')
  return room
}

/** kubectl in the room; rejects where it fails. */
export const k = (...args: string[]): Promise<string> => here().cluster.kubectl(...args)
export const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean)

/** A pod of one container on a node. */
export const POD = (name: string, node: string, restartPolicy = 'Always'): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  nodeName: ${node}
  restartPolicy: ${restartPolicy}
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "web:1", imagePullPolicy: Never}]
`
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeName: one
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "web:1", imagePullPolicy: Never}]
`

/** Everything of a machine that kubelite may touch, as text that is the same when nothing is left behind. */
export async function traces(host: Host): Promise<string> {
  const links = lines(await host.run('ip', '-o', 'link')).map(l => l.split(':')[1]?.trim())
  const rules = lines(await host.run('iptables-save')).filter(l => !l.startsWith('#'))
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter(l => l.includes(`${host.dir}/data`))
  return JSON.stringify(
    {
      links,
      routes: await host.run('ip', 'route'),
      rules: rules.map(l => l.replace(/\[\d+:\d+\]/, '')).filter(l => !/^(\*|COMMIT|:[A-Z]+ ACCEPT)/.test(l)),
      mounts,
      containers: await host.docker('ps', '-aq'),
      images: lines(await host.docker('images', '--format', '{{.Repository}}')).filter(i => i.startsWith('kubelite')),
    },
    undefined,
    1,
  )
}

/** IDs of a machine's running containers, sandboxes among them, sorted. */
export const running = async (host: Host): Promise<string[]> =>
  lines(await host.docker('ps', '-q', '--no-trunc')).sort()
/** UIDs of the pods with their counts of restarts. */
export const restarts = (): Promise<string> =>
  k('get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.uid}={.status.containerStatuses[0].restartCount} {end}')
/** A part of a node's condition Ready. */
export const nodeReady = (node: string, part: string): Promise<string> =>
  k('get', 'node', node, '-o', `jsonpath={.status.conditions[?(@.type=="Ready")].${part}}`)
/** Waits until every pod is ready. */
export const podsRunning = (): Promise<unknown> =>
  waitUntil('all pods Running', async () => {
    // A pod without a status yet is a line too.
    const each = 'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].ready}{"\\n"}{end}'
    const states = lines(await k('get', 'pods', '-o', each))
    return states.length > 0 && states.every(s => s.endsWith(' true'))
  })

/** Runs kubelite until it ends by itself; gives its exit code and what it said. */
export function ends(...args: string[]): Promise<{ code: number; text: string }> {
  return here()
    .one.run(kubelite(), ...args)
    .then(
      text => ({ code: 0, text }),
      (e: { code: number; stdout: string; stderr: string }) => ({ code: e.code, text: e.stdout + e.stderr }),
    )
}

/** Makes the machines, a server on one, an agent on the other, and pods on both. */
export async function openRoom(): Promise<void> {
  Hosts.requirements()
  hosts = new Hosts()
  const one = await hosts.add('one')
  const two = await hosts.add('two')
  await Promise.all([webImage(one, 'web:1'), webImage(two, 'web:1')])
  const before = new Map<Host, string>()
  for (const host of [one, two]) before.set(host, await traces(host))
  const cluster = new Cluster(one)
  await cluster.start().catch(async (error: unknown) => {
    await cluster.stopAll()
    throw error
  })
  room = { one, two, cluster, agent: cluster.join(two), before }
  await cluster.nodesReady(2)
  await cluster.apply([DEPLOYMENT, POD('alone', 'one'), POD('far', 'two')].join('---\n'))
  await k('rollout', 'status', 'deployment/web', '--timeout=120s')
  await podsRunning()
}

export async function closeRoom(): Promise<void> {
  await room?.cluster.stopAll()
  await hosts?.dispose()
}
