import { existsSync, realpathSync } from 'node:fs'
import { Cluster, type Outcome, webImage } from './cluster.ts'
import { type Host, Hosts } from './hosts.ts'
import { type Running, started, startProgram } from './running.ts'

/** The one machine that all chapters of test/node share: making it takes longer than most tests. */
export interface Room {
  readonly host: Host
  readonly cluster: Cluster
}

let hosts: Hosts | undefined
let room: Room | undefined

/** The room; only inside tests. */
export function here(): Room {
  if (!room) throw new Error('The room is not open')
  return room
}

/** Makes the machine, its cluster and the pod `tool`, which has Node in it. */
export async function openRoom(): Promise<void> {
  Hosts.requirements()
  hosts = new Hosts()
  const host = await hosts.add('node')
  await webImage(host, 'web:1')
  const cluster = new Cluster(host)
  room = { host, cluster }
  await cluster.start()
  await cluster.nodesReady()
  await makePods(pod('tool', 'sleep 100000', { more: NODE_CONTAINER, spec: NODE_VOLUMES }))
}

export async function closeRoom(): Promise<void> {
  await room?.cluster.stopAll()
  await hosts?.dispose()
}

/** kubectl in the room; rejects where it fails. */
export const k = (...args: string[]): Promise<string> => here().cluster.kubectl(...args)
/** kubectl in the room, whatever comes of it. */
export const attempt = (...args: string[]): Promise<Outcome> => here().cluster.try(...args)
export const apply = (...manifests: string[]): Promise<string> => here().cluster.apply(manifests.join('---\n'))
/** Output of a shell in a pod. */
export const inPod = (name: string, script: string): Promise<string> => k('exec', name, '--', 'sh', '-c', script)
/** One field of an object, by its JSON path. */
export const field = (what: string, path: string): Promise<string> =>
  k('get', ...what.split(' '), '-o', `jsonpath={${path}}`)
export const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean)
/** A program in the host's network. */
export const onHost = (command: string, ...args: string[]): Promise<string> => here().host.run(command, ...args)
/** A Node script in the host's network. */
export const nodeOnHost = (script: string): Promise<string> => onHost(process.execPath, '-e', script)
/** What a URL answers, asked from the host. */
export const get = (url: string): Promise<string> => onHost('curl', '-sf', '--max-time', '20', url)
/** What a URL answers, asked from a pod. (Debian's static busybox crashes in wget: nc asks as well.) */
export const getInPod = (name: string, host: string, path = '/', port = 80): Promise<string> =>
  inPod(name, `printf "GET ${path} HTTP/1.0\\r\\n\\r\\n" | nc -w 20 ${host} ${port} | sed '1,/^\\r*$/d'`)

/** Applies pods and waits until they are Ready. */
export async function makePods(...manifests: string[]): Promise<void> {
  await apply(...manifests)
  const names = manifests.map(m => `pod/${/name: (\S+?)[,}\s]/.exec(m)?.[1]}`)
  await k('wait', '--for=condition=Ready', ...names, '--timeout=120s')
}

export interface PodParts {
  /** Further fields of the container, as lines of YAML without indent. */
  readonly more?: string
  /** Further fields of the pod's spec, likewise. */
  readonly spec?: string
  readonly labels?: string
}

/** A pod of one container `c` that runs a shell script. */
export function pod(name: string, script: string, parts: PodParts = {}): string {
  const indent = (text: string, by: number): string =>
    text
      .split('\n')
      .filter(l => l.trim())
      .map(l => `${' '.repeat(by)}${l}\n`)
      .join('')
  return `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {${parts.labels ?? `app: ${name}`}}}
spec:
  terminationGracePeriodSeconds: 1
${indent(parts.spec ?? '', 2)}  containers:
  - name: c
    image: web:1
    imagePullPolicy: Never
    command: [sh, -c, ${JSON.stringify(script)}]
${indent(parts.more ?? '', 4)}`
}

/** What a container needs to run the Node of these tests: it brings no libraries, so it gets those of this machine. */
export const NODE_CONTAINER = `volumeMounts:
- {name: node, mountPath: /bin/node, readOnly: true}
- {name: lib, mountPath: /lib, readOnly: true}
${existsSync('/lib64') ? '- {name: lib64, mountPath: /lib64, readOnly: true}' : ''}`
export const NODE_VOLUMES = `volumes:
- {name: node, hostPath: {path: ${realpathSync(process.execPath)}, type: File}}
- {name: lib, hostPath: {path: ${realpathSync('/lib')}}}
${existsSync('/lib64') ? `- {name: lib64, hostPath: {path: ${realpathSync('/lib64')}}}` : ''}`

/** Starts kubectl in the room with further variables. */
export function startKubectl(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const { kubeconfig } = here().cluster
  return startProgram(process.env.KUBELITE_KUBECTL ?? 'kubectl', ['--kubeconfig', kubeconfig, ...args], env)
}

/** The same on a terminal of the given size. */
export function startOnTerminal(args: readonly string[], size = { rows: 31, columns: 97 }): Running {
  const words = [process.env.KUBELITE_KUBECTL ?? 'kubectl', '--kubeconfig', here().cluster.kubeconfig, ...args]
  const quoted = words.map(w => `'${w.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  return startProgram('script', [
    '-qefc',
    `stty rows ${size.rows} columns ${size.columns}; exec ${quoted}`,
    '/dev/null',
  ])
}

/** Starts a program in the host's network. */
export function startOnHost(command: string, args: readonly string[]): Running {
  return started(here().host.start(command, args, 'program.log'))
}
