/**
 * A server and an agent on two machines (network namespaces with an engine each).
 * @jest-environment ./test/support/telling-environment.ts
 */
import { Cluster, webImage } from '../support/cluster.ts'
import { type Host, Hosts, OUTSIDE_IP } from '../support/hosts.ts'
import { startProgram } from '../support/running.ts'
import { TEST_MS, waitUntil } from '../support/wait.ts'

jest.setTimeout(TEST_MS)

let hosts: Hosts
let one: Host
let two: Host
let cluster: Cluster
const k = (...args: string[]): Promise<string> => cluster.kubectl(...args)

const podOn = (name: string, node: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web}}
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 1
  containers:
  - {name: c, image: "web:1", imagePullPolicy: Never, ports: [{containerPort: 80}], command: [sh, -c, "echo hello from ${name}; exec httpd -f -p 80 -h /www"]}
`

beforeAll(async () => {
  Hosts.requirements()
  hosts = new Hosts()
  one = await hosts.add('one')
  two = await hosts.add('two')
  await Promise.all([webImage(one, 'web:1'), webImage(two, 'web:1')])
  cluster = new Cluster(one)
  await cluster.start()
  cluster.join(two)
  await cluster.nodesReady(2)
  await cluster.apply([podOn('first', 'one'), podOn('second', 'two')].join('---\n'))
  await k('wait', '--for=condition=Ready', 'pod/first', 'pod/second', '--timeout=120s')
  await k('create', 'service', 'nodeport', 'web', '--tcp=80:80')
})
afterAll(async () => {
  await cluster?.stopAll()
  await hosts?.dispose()
})

const ipOf = (pod: string): Promise<string> => k('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}')
/** Debian's static busybox crashes in wget (its resolver wants libraries that are not there): nc asks as well. */
const nameAt = (pod: string, host: string, seconds = 20): Promise<string> =>
  k(
    'exec',
    pod,
    '--',
    'sh',
    '-c',
    `printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w ${seconds} ${host} 80 | tail -n 1`,
  )

test('each node has a pod range of its own', async () => {
  const ranges = (await k('get', 'nodes', '-o', 'jsonpath={.items[*].spec.podCIDR}')).split(' ')
  expect(new Set(ranges).size).toBe(2)
})

test('pods reach each other across nodes, both ways', async () => {
  const [first, second] = [await ipOf('first'), await ipOf('second')]
  expect(await waitUntil('a way from first to second', () => nameAt('first', second))).toBe('second\n')
  expect(await waitUntil('a way from second to first', () => nameAt('second', first))).toBe('first\n')
})

test('a service works from both nodes and from their pods, and reaches pods on both', async () => {
  const ip = await k('get', 'svc', 'web', '-o', 'jsonpath={.spec.clusterIP}')
  const port = await k('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}')
  const both = async (ask: () => Promise<string>): Promise<boolean> => {
    const seen = new Set<string>()
    for (let i = 0; i < 12; i++) seen.add((await ask()).trim())
    return seen.has('first') && seen.has('second')
  }
  for (const host of [one, two]) {
    await waitUntil(`answers of both pods on ${host.name}`, () =>
      both(() => host.run('curl', '-sf', '--max-time', '20', `http://${ip}/cgi-bin/name`)),
    )
    await waitUntil(`answers of both pods by the node port of ${host.name}`, () =>
      both(() => host.run('curl', '-sf', '--max-time', '20', `http://${host.ip}:${port}/cgi-bin/name`)),
    )
  }
  for (const pod of ['first', 'second']) await waitUntil(`answers in ${pod}`, () => both(() => nameAt(pod, ip)))
})

test('pods on both nodes find the service and the API by name', async () => {
  const ip = await k('get', 'svc', 'web', '-o', 'jsonpath={.spec.clusterIP}')
  for (const pod of ['first', 'second']) {
    await waitUntil(`the name in ${pod}`, async () =>
      (await k('exec', pod, '--', 'nslookup', 'web.default.svc.cluster.local')).includes(ip),
    )
    expect(await k('exec', pod, '--', 'nslookup', 'kubernetes.default.svc.cluster.local')).toContain('10.43.0.1')
    // The API speaks TLS: to plain text it answers with a refusal, and so proves that it is there.
    await waitUntil(`the API from ${pod}`, () =>
      k('exec', pod, '--', 'sh', '-c', 'nc -w 20 10.43.0.1 443 </dev/null && echo there'),
    )
    expect(await waitUntil('an answer', () => nameAt(pod, 'web.default.svc.cluster.local'))).toMatch(
      /^(first|second)\n$/,
    )
  }
})

test('logs, exec and port-forward reach pods on either node', async () => {
  for (const pod of ['first', 'second']) {
    await waitUntil(`the log of ${pod}`, async () => (await k('logs', pod)) === `hello from ${pod}\n`)
    expect(await k('exec', pod, '--', 'hostname')).toBe(`${pod}\n`)
  }
})

test('port-forward and the proxy reach pods on either node', async () => {
  for (const pod of ['first', 'second']) {
    expect(await k('get', '--raw', `/api/v1/namespaces/default/pods/${pod}/proxy/cgi-bin/name`)).toBe(`${pod}\n`)
    await using forwarder = startProgram(...cluster.kubectlCommand('port-forward', `pod/${pod}`, ':80'))
    const port = await waitUntil('the forwarder', () => /127\.0\.0\.1:(\d+)/.exec(forwarder.out())?.[1])
    expect(await (await fetch(`http://127.0.0.1:${port}/cgi-bin/name`)).text()).toBe(`${pod}\n`)
  }
})

test('local traffic stays on the node where it came, with its own address', async () => {
  await k('label', 'pod', 'second', 'only=here')
  await cluster.apply(
    'apiVersion: v1\nkind: Service\nmetadata: {name: local}\nspec: {type: NodePort, externalTrafficPolicy: Local, internalTrafficPolicy: Local, selector: {only: here}, ports: [{port: 80}]}\n',
  )
  const ip = await k('get', 'svc', 'local', '-o', 'jsonpath={.spec.clusterIP}')
  const port = await k('get', 'svc', 'local', '-o', 'jsonpath={.spec.ports[0].nodePort}')
  const curl = (host: Host, url: string, seconds = 20): Promise<string> =>
    host.run('curl', '-sf', '--max-time', String(seconds), url)
  expect(await waitUntil('an answer', () => curl(two, `http://${ip}/cgi-bin/name`))).toBe('second\n')
  const fromOutside = async (): Promise<string> => (await fetch(`http://${two.ip}:${port}/cgi-bin/from`)).text()
  expect(await waitUntil('an answer outside', fromOutside)).toContain(OUTSIDE_IP)
  await waitUntil('the rule', async () =>
    (await one.run('iptables-save', '-t', 'filter')).includes('default/local: has no local endpoints'),
  )
  await expect(curl(one, `http://${ip}/cgi-bin/name`, 2)).rejects.toMatchObject({ code: 28 })
  await expect(curl(two, `http://${one.ip}:${port}/cgi-bin/name`, 2)).rejects.toMatchObject({ code: 28 })
  expect(await nameAt('first', ip, 2).catch(() => '')).toBe('')
  await k('delete', 'svc', 'local')
})

test('a deployment spreads over both nodes, and scales down to nothing', async () => {
  await cluster.apply(`apiVersion: apps/v1
kind: Deployment
metadata: {name: spread}
spec:
  replicas: 6
  selector: {matchLabels: {app: spread}}
  template:
    metadata: {labels: {app: spread}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "web:1", imagePullPolicy: Never}]
`)
  await k('rollout', 'status', 'deployment/spread', '--timeout=120s')
  const nodes = (await k('get', 'pods', '-l', 'app=spread', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ')
  expect(new Set(nodes)).toEqual(new Set(['one', 'two']))
  await k('scale', 'deployment', 'spread', '--replicas=0')
  await waitUntil('no pods', async () => (await k('get', 'pods', '-l', 'app=spread', '-o', 'name')) === '')
  await k('delete', 'deployment', 'spread')
})

test('a wrong token does not join', async () => {
  const { kubelite } = await import('../support/hosts.ts')
  const hash = '0'.repeat(64)
  const attempt = (token: string): Promise<string> =>
    two
      .run(
        kubelite(),
        'agent',
        '--join',
        cluster.url,
        '--token',
        token,
        '--data-dir',
        `${two.dir}/other`,
        '--node-name',
        'thief',
      )
      .then(
        () => 'joined',
        (error: { stderr: string }) => error.stderr,
      )
  expect(await attempt('nonsense')).toContain('--token: invalid value')
  expect(await attempt(`KL1${hash}::secret`)).toContain('is not the server that the token was made by')
  const real = (await import('node:fs')).readFileSync(`${cluster.dataDir}/token`, 'utf8').trim()
  expect(await attempt(real.replace(/::.*/, '::wrong-secret'))).toContain('The token is not valid, or has expired')
})
