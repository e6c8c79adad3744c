/**
 * Server and agent in containers, by the Dockerfile and the line that the README gives.
 * @jest-environment ./test/support/telling-environment.ts
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Cluster, webImage } from '../support/cluster.ts'
import { kubeliteImage, readmeRun } from '../support/container.ts'
import { type Host, Hosts } from '../support/hosts.ts'
import { TEST_MS, waitUntil } from '../support/wait.ts'
import { witness } from '../support/witness.ts'

jest.setTimeout(TEST_MS)
const exec = promisify(execFile)

const demo = (node: string): string => `apiVersion: v1
kind: Pod
metadata: {name: on-${node}, labels: {app: web}}
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 1
  volumes:
  - {name: words, configMap: {name: words}}
  - {name: scratch, emptyDir: {}}
  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: given, hostPath: {path: FILES/given}}
  - {name: made, hostPath: {path: FILES/made, type: DirectoryOrCreate}}
  containers:
  - name: web
    image: web:1
    imagePullPolicy: Never
    command: [sh, -c, "cp /words/word /scratch/word; cp /words/word /memory/word; echo of on-${node} > /made/sub/mark; exec httpd -f -p 80 -h /www"]
    volumeMounts:
    - {name: words, mountPath: /words}
    - {name: scratch, mountPath: /scratch}
    - {name: memory, mountPath: /memory}
    - {name: given, mountPath: /given}
    - {name: made, mountPath: /made/sub, subPath: sub}
`
const WORDS = (word: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {word: ${word}}\n`

let hosts: Hosts
let one: Host
let two: Host
let cluster: Cluster
const k = (...args: string[]): Promise<string> => cluster.kubectl(...args)

/** The places of a host that its kubelite is given. */
const dataOf = (host: Host): string => join(host.dir, 'mounts/data')
const filesOf = (host: Host): string => join(host.dir, 'files')

async function runKubelite(host: Host, ...command: string[]): Promise<void> {
  const places = {
    '/var/run/docker.sock': host.dockerSocket,
    '/var/lib/kubelite': dataOf(host),
    '/etc/kubelite': join(host.dir, 'etc'),
  }
  const flags = ['--data-dir', dataOf(host), '--node-name', host.name, '--node-ip', host.ip]
  await host.docker(...readmeRun(places), 'kubelite', ...command, ...flags)
  witness(`kubelite on ${host.name}`, async () => {
    const { stdout, stderr } = await exec('docker', [
      '-H',
      `unix://${host.dockerSocket}`,
      'logs',
      '--tail=25',
      'kubelite',
    ])
    return stdout + stderr
  })
}

async function makeHost(name: string): Promise<Host> {
  const host = await hosts.add(name)
  mkdirSync(dataOf(host), { recursive: true })
  mkdirSync(filesOf(host))
  // As it is where systemd has made all mounts shared.
  const mounts = join(host.dir, 'mounts')
  await exec('mount', ['--bind', mounts, mounts])
  await exec('mount', ['--make-rshared', mounts])
  return host
}

beforeAll(async () => {
  Hosts.requirements()
  hosts = new Hosts()
  one = await makeHost('one')
  two = await makeHost('two')
  await Promise.all([one, two].flatMap(host => [webImage(host, 'web:1'), kubeliteImage(host, 'kubelite')]))
  cluster = new Cluster(one)
  await runKubelite(one, 'server')
  await connect()
  await runKubelite(
    two,
    'agent',
    '--join',
    cluster.url,
    '--token',
    readFileSync(join(dataOf(one), 'token'), 'utf8').trim(),
  )
  await cluster.nodesReady(2)
  await cluster.apply(WORDS('first'))
  await cluster.apply(['one', 'two'].map((n, i) => demo(n).replaceAll('FILES', filesOf(i ? two : one))).join('---\n'))
  await k('expose', 'pod', 'on-one', '--name=web', '--port=80', '--selector=app=web')
  await k('wait', '--for=condition=Ready', 'pod/on-one', 'pod/on-two', '--timeout=120s')
})
afterAll(async () => {
  await hosts?.dispose()
})

/** Waits for the API, and gives the kubeconfig that the server wrote an address that is seen from outside. */
async function connect(): Promise<void> {
  const written = join(one.dir, 'etc/kubelite.yaml')
  await waitUntil('the kubeconfig', () => existsSync(written)).catch(async error => {
    throw new Error(`${error.message}: ${await one.docker('logs', 'kubelite')}`)
  })
  writeFileSync(cluster.kubeconfig, readFileSync(written, 'utf8').replace('127.0.0.1', one.ip))
  await waitUntil('the API', async () => (await k('get', '--raw', '/readyz')) === 'ok')
}

/** Container and number of restarts of both pods. */
const running = (): Promise<string> =>
  k(
    'get',
    'pods',
    '-o',
    'jsonpath={range .items[*]}{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
  )

async function bothAnswer(host: Host): Promise<void> {
  const url = `http://${await k('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}')}/cgi-bin/name`
  const seen = new Set<string>()
  await waitUntil(`answers of both pods on ${host.name}`, async () => {
    seen.add(await host.run('curl', '-sf', '--max-time', '20', url))
    return seen.size === 2
  })
  expect([...seen].sort()).toEqual(['on-one\n', 'on-two\n'])
}

const mountsBelow = (host: Host): string[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[1] ?? '')
    .filter(path => path.startsWith(`${dataOf(host)}/`))

test('pods on both nodes answer through a service', async () => {
  await bothAnswer(one)
  await bothAnswer(two)
})

test.each(['one', 'two'])('volumes are there in the pod on %s', async name => {
  const inPod = (...command: string[]): Promise<string> => k('exec', `on-${name}`, '--', ...command)
  await waitUntil('the words', async () => (await inPod('cat', '/scratch/word', '/memory/word')) === 'firstfirst')
  expect(await inPod('grep', ' /memory ', '/proc/mounts')).toMatch(/^tmpfs \/memory tmpfs .*size=1024k/)
  expect(await inPod('ls', '-d', '/given', '/var/run/secrets/kubernetes.io/serviceaccount/token')).toContain('token')
  const host = name === 'one' ? one : two
  // On the host, and not in kubelite's own container.
  expect(existsSync(join(filesOf(host), 'given'))).toBe(true)
  expect(readFileSync(join(filesOf(host), 'made/sub/mark'), 'utf8')).toBe(`of on-${name}\n`)
})

test('a node tells of its host', async () => {
  const info = JSON.parse(await k('get', 'node', 'one', '-o', 'jsonpath={.status.nodeInfo}')) as Record<string, string>
  expect(info.osImage).toBe(/^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1])
  const id = existsSync('/etc/machine-id') ? readFileSync('/etc/machine-id', 'utf8').trim() : ''
  expect(info.machineID).toBe(id)
})

test('a restart of both containers keeps the pods, and their volumes live on', async () => {
  const before = await running()
  await one.docker('restart', '-t', '20', 'kubelite')
  await two.docker('kill', 'kubelite')
  await two.docker('start', 'kubelite')
  await connect()
  await cluster.nodesReady(2)
  await bothAnswer(two)
  expect(await running()).toBe(before)
  await cluster.apply(WORDS('second'))
  for (const pod of ['on-one', 'on-two'])
    await waitUntil(
      `the new word in ${pod}`,
      async () => (await k('exec', pod, '--', 'cat', '/words/word')) === 'second',
    )
})

test('a deleted pod leaves no mount and no cgroup on the host', async () => {
  const uid = await k('get', 'pod', 'on-two', '-o', 'jsonpath={.metadata.uid}')
  const traces = async (): Promise<string[]> => [
    ...mountsBelow(two).filter(m => m.includes(uid)),
    // Groups of others may go while they are looked at.
    ...(await exec('sh', ['-c', `find /sys/fs/cgroup -type d -name '*${uid}*' 2>/dev/null || true`])).stdout
      .split('\n')
      .filter(Boolean),
  ]
  expect((await traces()).length).toBeGreaterThan(2)
  await k('delete', 'pod', 'on-two')
  await waitUntil('an end of all traces', async () => (await traces()).length === 0)
})

test('a container that was given too little says what it lacks', async () => {
  const run = [
    'run',
    '--rm',
    '--network',
    'host',
    '-v',
    `${two.dockerSocket}:/var/run/docker.sock`,
    'kubelite',
    'server',
  ]
  await expect(two.docker(...run)).rejects.toThrow(/NET_ADMIN.*SYS_ADMIN/)
  const more = ['--pid', 'host', ...['NET_ADMIN', 'SYS_ADMIN', 'SYS_PTRACE'].flatMap(c => ['--cap-add', c])]
  await expect(two.docker('run', ...more, ...run.slice(1))).rejects.toThrow(
    /systempaths=unconfined.*-v \/var\/lib\/kubelite:\/var\/lib\/kubelite:rshared/,
  )
})

test('uninstall in a container leaves the host as it was', async () => {
  await one.docker('rm', '-f', 'kubelite')
  const places = {
    '/var/run/docker.sock': one.dockerSocket,
    '/var/lib/kubelite': dataOf(one),
    '/etc/kubelite': one.dir,
  }
  const args = readmeRun(places)
    .filter(word => word !== '-d')
    .map(word => (word === 'unless-stopped' ? 'no' : word))
  await one.docker(...args, 'kubelite', 'uninstall', '--data-dir', dataOf(one))
  expect(await one.docker('ps', '-aq', '--filter', 'name=k8s_')).toBe('')
  expect(mountsBelow(one)).toEqual([])
  expect(await one.run('ip', '-br', 'link')).not.toContain('kubelite')
  expect(await one.run('iptables-save')).not.toContain('KUBELITE')
})
