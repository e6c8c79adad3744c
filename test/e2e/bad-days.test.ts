/** What goes wrong on real machines: ends in order and without, engines and disks that fail, wrong input, moves. */
import { type ChildProcess, execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Cluster, webImage } from '../support/cluster.ts'
import { end, type Host, Hosts, kubelite, LOGS } from '../support/hosts.ts'
import { RawApi } from '../support/raw-api.ts'
import { waitUntil } from '../support/wait.ts'

jest.setTimeout(120_000)
const exec = promisify(execFile)

let hosts: Hosts
let one: Host
let two: Host
let cluster: Cluster
let agent: ChildProcess
/** What the machines had before kubelite ran on them. */
const before = new Map<Host, string>()
const k = (...args: string[]): Promise<string> => cluster.kubectl(...args)
const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean)

const POD = (name: string, node: string, restartPolicy = 'Always'): string => `apiVersion: v1
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
async function traces(host: Host): Promise<string> {
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

/** IDs of a machine's running containers (without sandboxes: with them), sorted. */
const running = async (host: Host): Promise<string[]> => lines(await host.docker('ps', '-q', '--no-trunc')).sort()
const restarts = async (): Promise<string> =>
  k('get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.uid}={.status.containerStatuses[0].restartCount} {end}')
const nodeCondition = (node: string, part: string): Promise<string> =>
  k('get', 'node', node, '-o', `jsonpath={.status.conditions[?(@.type=="Ready")].${part}}`)
const podsRunning = (): Promise<unknown> =>
  waitUntil('all pods Running', async () => {
    const states = (await k('get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[0].ready}')).split(' ')
    return states.length > 0 && states.every(s => s === 'true')
  })

/** Runs kubelite until it ends by itself; gives its exit code and what it said. */
async function ends(...args: string[]): Promise<{ code: number; text: string }> {
  return one.run(kubelite(), ...args).then(
    text => ({ code: 0, text }),
    (e: { code: number; stdout: string; stderr: string }) => ({ code: e.code, text: e.stdout + e.stderr }),
  )
}

beforeAll(async () => {
  Hosts.requirements()
  hosts = new Hosts()
  one = await hosts.add('one')
  two = await hosts.add('two')
  await Promise.all([webImage(one, 'web:1'), webImage(two, 'web:1')])
  for (const host of [one, two]) before.set(host, await traces(host))
  cluster = new Cluster(one)
  await cluster.start()
  agent = cluster.join(two)
  await cluster.nodesReady(2)
  await cluster.apply([DEPLOYMENT, POD('alone', 'one'), POD('far', 'two')].join('---\n'))
  await k('rollout', 'status', 'deployment/web', '--timeout=60s')
  await podsRunning()
})
afterAll(async () => {
  await cluster?.stopAll()
  await hosts?.dispose()
})

describe('a wrong start ends at once and says why', () => {
  test.each([
    ['an unknown flag', ['--nonsense'], '--nonsense'],
    ['a wrong number', ['--https-listen-port', '99999'], '--https-listen-port: invalid value "99999"'],
    ['a wrong range', ['--cluster-cidr', '10.42.0.0'], '--cluster-cidr: invalid value "10.42.0.0"'],
    ['a wrong name', ['--node-name', 'Not_A_Name'], '--node-name: invalid value "Not_A_Name"'],
    ['a wrong choice', ['--runtime', 'rkt'], '--runtime: invalid value "rkt"'],
    ['a missing file', ['--config', '/no/such/file'], '--config: cannot read /no/such/file'],
    ['ranges that overlap', ['--service-cidr', '10.42.0.0/20'], '--cluster-cidr and --service-cidr overlap'],
  ])('%s', async (_what, flags, message) => {
    const outcome = await ends('server', '--data-dir', join(one.dir, 'never'), ...flags)
    expect(outcome.code).toBe(1)
    expect(outcome.text).toContain(message)
    expect(existsSync(join(one.dir, 'never'))).toBe(false)
  })

  test('a wrong setting in a file, by its name', async () => {
    writeFileSync(join(one.dir, 'config.yaml'), 'cluster-cidr: 10.1.0.0/16\nclusterdomain: x\n')
    const outcome = await ends('server', '--config', join(one.dir, 'config.yaml'))
    expect([outcome.code, outcome.text]).toEqual([
      1,
      expect.stringContaining('config.yaml: unknown setting "clusterdomain"'),
    ])
  })

  test('a port that is taken', async () => {
    const outcome = await ends(
      'server',
      '--data-dir',
      join(one.dir, 'second'),
      '--write-kubeconfig',
      join(one.dir, 'second.yaml'),
    )
    expect(outcome.code).toBe(1)
    expect(outcome.text).toMatch(/port 6443 .*(in use|taken).*--https-listen-port/)
  })

  test('a data directory that another server uses', async () => {
    const outcome = await ends('server', '--data-dir', cluster.dataDir, '--https-listen-port', '7443')
    expect(outcome.code).toBe(1)
    expect(outcome.text).toMatch(
      /data is in use by another kubelite \(process \d+\): stop it, or give another --data-dir/,
    )
    expect((await cluster.try('get', '--raw', '/readyz')).stdout).toBe('ok')
  })

  test('an engine that is not there; and its end is not waited for', async () => {
    const flags = [
      '--data-dir',
      join(one.dir, 'second'),
      '--write-kubeconfig',
      join(one.dir, 'second.yaml'),
      '--https-listen-port',
      '7443',
      '--kubelet-port',
      '7444',
      '--node-name',
      'second',
      '--docker-socket',
      '/no/such.sock',
    ]
    const server = one.start(kubelite(), ['server', ...flags], 'second.log')
    const log = (): string => readFileSync(join(LOGS, 'one-second.log'), 'utf8')
    await waitUntil('the message', () => log().includes('/no/such.sock'), 40_000)
    expect(log()).toMatch(/Docker engine/)
    const began = Date.now()
    await end(server)
    expect(Date.now() - began).toBeLessThan(5_000)
    rmSync(join(one.dir, 'second'), { recursive: true })
  })
})

describe('the server', () => {
  test('ends in order and starts again: nothing happens to the pods, watches go on where they were', async () => {
    const [containers, counts] = [await running(one), await restarts()]
    const version = await k('get', 'pods', '-o', 'jsonpath={.metadata.resourceVersion}')
    await k('label', 'pod', 'alone', 'day=bad')
    await cluster.stop()
    expect(await running(one)).toEqual(containers)
    expect(cluster.log()).toContain('kubelite has stopped')
    await cluster.start()
    await cluster.nodesReady(2)
    expect(await running(one)).toEqual(containers)
    expect(await restarts()).toBe(counts)
    const seen = await k(
      'get',
      '--raw',
      `/api/v1/namespaces/default/pods?watch=1&resourceVersion=${version}&timeoutSeconds=1`,
    )
    expect(
      lines(seen).map(
        l =>
          (JSON.parse(l) as { type: string; object: { metadata: { labels?: { day?: string } } } }).object.metadata
            .labels?.day,
      ),
    ).toContain('bad')
  })

  test('a client that waits is served by the next server', async () => {
    const waiting = k('wait', '--for=jsonpath={.metadata.labels.waited}=yes', 'pod/alone', '--timeout=60s')
    await waitUntil('the watch', async () => (await k('get', '--raw', '/metrics')).includes('verb="WATCH"'))
    await cluster.stop()
    await cluster.start()
    await k('label', 'pod', 'alone', 'waited=yes')
    expect(await waiting).toContain('condition met')
  })

  test('killed in the middle of writes: nothing acknowledged is lost, no pod doubled, no container touched', async () => {
    const [containers, counts] = [await running(one), await restarts()]
    const acknowledged: string[] = []
    {
      using api = new RawApi(cluster.kubeconfig)
      const writer = async (number: number): Promise<void> => {
        for (let i = 0; ; i++) {
          const name = `w${number}-${i}`
          const body = JSON.stringify({ metadata: { name }, data: { i: String(i) } })
          const answer = await api
            .ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body })
            .catch(() => undefined)
          if (answer?.code !== 201) return
          acknowledged.push(name)
        }
      }
      const writers = Array.from({ length: 8 }, (_, i) => writer(i))
      await waitUntil('some writes', () => acknowledged.length > 500)
      await cluster.kill()
      await Promise.all(writers)
    }
    await cluster.start()
    const kept = new Set((await k('get', 'cm', '-o', 'name')).split('\n'))
    expect(acknowledged.filter(name => !kept.has(`configmap/${name}`))).toEqual([])
    await cluster.nodesReady(2)
    await podsRunning()
    expect(await running(one)).toEqual(containers)
    expect(await restarts()).toBe(counts)
  })
})

describe('Docker', () => {
  test('stopped: the node says so; started: pods run as their policy says, each once', async () => {
    await cluster.apply(POD('never', 'one', 'Never'))
    await podsRunning()
    const pods = (await k('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ')
    await one.stopDocker()
    await waitUntil('NotReady', async () => (await nodeCondition('one', 'status')) === 'False', 30_000)
    expect(await nodeCondition('one', 'reason')).toBe('KubeletNotReady')
    expect(await nodeCondition('one', 'message')).toMatch(/[Dd]ocker|container runtime/)
    expect((await cluster.try('get', '--raw', '/readyz')).stdout).toBe('ok')
    await one.startDocker()
    await waitUntil('Ready', async () => (await nodeCondition('one', 'status')) === 'True', 30_000)
    await waitUntil(
      'the end of one',
      async () => (await k('get', 'pod', 'never', '-o', 'jsonpath={.status.phase}')) === 'Failed',
    )
    await k('delete', 'pod', 'never')
    await podsRunning()
    const after = (await k('get', 'pods', '-o', 'jsonpath={.items[*].metadata.uid}')).split(' ')
    expect(after).toEqual(pods.filter(p => after.includes(p)))
    expect(after).toHaveLength(pods.length - 1)
    // A sandbox and a container for each pod, and no more.
    const onNode = lines(await k('get', 'pods', '--field-selector', 'spec.nodeName=one', '-o', 'name')).length
    await waitUntil('as many containers as pods want', async () => (await running(one)).length === onNode * 2, 20_000)
  })
})

describe('an agent', () => {
  const containersOfFar = (): Promise<string[]> => running(two)

  test('killed and started: its pod runs on', async () => {
    const containers = await containersOfFar()
    agent.kill('SIGKILL')
    await waitUntil('its end', () => agent.signalCode !== null)
    expect(await containersOfFar()).toEqual(containers)
    agent = cluster.join(two)
    await waitUntil('the way to its pods', async () => (await k('exec', 'far', '--', 'hostname')) === 'far\n', 20_000)
    expect(await containersOfFar()).toEqual(containers)
  })

  test('its node deleted and joined again under the same name: a node like any other', async () => {
    await end(agent)
    await k('delete', 'pod', 'far', '--force', '--grace-period=0')
    await k('delete', 'node', 'two')
    await waitUntil('one node', async () => lines(await k('get', 'nodes', '-o', 'name')).length === 1)
    agent = cluster.join(two)
    await cluster.nodesReady(2)
    await waitUntil('nothing of the old pod', async () => (await containersOfFar()).length === 0, 20_000)
    await cluster.apply(POD('far', 'two'))
    await podsRunning()
    const ip = await k('get', 'pod', 'far', '-o', 'jsonpath={.status.podIP}')
    await waitUntil('a way there', () => one.run('curl', '-sf', '--max-time', '2', `http://${ip}/cgi-bin/name`), 20_000)
  })
})

describe('wrong input', () => {
  let api: RawApi
  beforeAll(() => {
    api = new RawApi(cluster.kubeconfig)
  })
  afterAll(() => api[Symbol.dispose]())
  const CONFIGMAPS = '/api/v1/namespaces/default/configmaps'
  const post = (
    body: string | Buffer,
    headers: Record<string, string> = {},
    path = CONFIGMAPS,
  ): ReturnType<RawApi['ask']> => api.ask(path, { method: 'POST', body, headers })

  test.each<[string, () => Promise<{ code: number; text: string }>, number, string | RegExp]>([
    ['JSON that ends too early', () => post('{"metadata": {"name": "x"'), 400, 'unexpected end of JSON input'],
    [
      'no JSON at all',
      () => post('hello'),
      400,
      /invalid character 'h' looking for beginning of value|couldn't get version\/kind/,
    ],
    ['YAML that is none', () => post('a: [b', { 'content-type': 'application/yaml' }), 400, /yaml|YAML/],
    [
      'another kind',
      () => post('{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}'),
      400,
      'Secret in version \\"v1\\" cannot be handled as a ConfigMap',
    ],
    [
      'a kind of nobody',
      () => post('{"apiVersion":"v1","kind":"Nonsense","metadata":{"name":"x"}}'),
      400,
      /no kind \\"Nonsense\\" is registered for version \\"v1\\"|cannot be handled as a ConfigMap/,
    ],
    [
      'a field of the wrong type',
      () => post('{"metadata":{"name":"x"},"data":{"a":1}}'),
      400,
      'cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'an unknown field, strictly',
      () => post('{"metadata":{"name":"x"},"datum":{}}', {}, `${CONFIGMAPS}?fieldValidation=Strict`),
      400,
      'strict decoding error: unknown field \\"datum\\"',
    ],
    [
      'a body above 3 MiB',
      () => post(JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(3 * 1024 * 1024) } })),
      413,
      'limit is 3145728',
    ],
    [
      'an object above 1 MiB of data',
      () => post(JSON.stringify({ metadata: { name: 'x' }, data: { a: 'x'.repeat(1_100_000) } })),
      422,
      'Too long',
    ],
    [
      'deep nesting',
      () => post(`{"metadata":{"name":"x"},"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      400,
      /exceeded max depth|cannot unmarshal/,
    ],
    [
      'a wrong name',
      () => post('{"metadata":{"name":"Not A Name"}}'),
      422,
      'a lowercase RFC 1123 subdomain must consist of',
    ],
    [
      'an unknown media type',
      () => post('x', { 'content-type': 'text/csv' }),
      415,
      'the body of the request was in an unknown format',
    ],
    ['a wrong token', () => api.ask('/api/v1/pods', { as: { bearer: 'nonsense' } }), 401, 'Unauthorized'],
    [
      'a token that looks real',
      () => api.ask('/api/v1/pods', { as: { bearer: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.` } }),
      401,
      'Unauthorized',
    ],
    [
      'no credentials',
      () => api.ask('/api/v1/pods', { as: 'nobody' }),
      403,
      'User \\"system:anonymous\\" cannot list resource',
    ],
    [
      'a path of nobody',
      () => api.ask('/api/v9/pods'),
      404,
      /could not find the requested resource|404 page not found/,
    ],
    [
      'a wrong selector',
      () => api.ask('/api/v1/pods?labelSelector=%3D%3D%3D'),
      400,
      "found '==', expected: !, identifier, or 'end of string'",
    ],
    ['a wrong continue token', () => api.ask('/api/v1/pods?continue=zzz'), 400, 'continue key is not valid'],
    [
      'a patch of the wrong form',
      () =>
        api.ask(`${CONFIGMAPS}/kube-root-ca.crt`, {
          method: 'PATCH',
          body: '{"op":"add"}',
          headers: { 'content-type': 'application/json-patch+json' },
        }),
      400,
      /cannot unmarshal object into Go value of type/,
    ],
    [
      'bytes that are no UTF-8',
      () => post(Buffer.concat([Buffer.from('{"metadata":{"name":"x'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')])),
      422,
      'Invalid value',
    ],
  ])('%s', async (_what, send, code, message) => {
    const answer = await send()
    expect([answer.code, answer.text]).toEqual([
      code,
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
    ])
  })

  test('whatever comes on the socket, the server stays', async () => {
    const [pid] = [one.ip]
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\0'.repeat(1000), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'])
      await exec('sh', [
        '-c',
        `printf '%b' '${bytes.replaceAll('\0', '\\0000').replaceAll('\r\n', '\\r\\n')}' | busybox timeout 2 busybox nc ${pid} 6443 || true`,
      ])
    expect((await api.ask('/readyz')).text).toBe('ok')
    expect((await k('get', 'pods', '-o', 'name')).length).toBeGreaterThan(0)
  })
})

test('a full disk: writes are refused with the reason, reads go on, and all is well when there is room', async () => {
  const dir = join(one.dir, 'small')
  mkdirSync(dir)
  await exec('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', dir])
  const kubeconfig = join(one.dir, 'small.yaml')
  const flags = [
    '--disable-agent',
    '--data-dir',
    join(dir, 'data'),
    '--https-listen-port',
    '8443',
    '--write-kubeconfig',
    kubeconfig,
    '--advertise-address',
    one.ip,
  ]
  const server = one.start(kubelite(), ['server', ...flags], 'small.log')
  try {
    await waitUntil('the kubeconfig', () => existsSync(kubeconfig))
    writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace('127.0.0.1', one.ip))
    using api = new RawApi(kubeconfig)
    await waitUntil('the API', async () => (await api.ask('/readyz')).text === 'ok')
    const create = (name: string): ReturnType<RawApi['ask']> =>
      api.ask('/api/v1/namespaces/default/configmaps', {
        method: 'POST',
        body: JSON.stringify({ metadata: { name }, data: { a: 'x'.repeat(100_000) } }),
      })
    await waitUntil('the namespace', async () => (await create('first')).code === 201)
    const free = (): number => statfsSync(dir).bavail * statfsSync(dir).bsize
    writeFileSync(join(dir, 'filler'), Buffer.alloc(Math.max(free() - 500_000, 0)))
    const acknowledged = ['first']
    let refused: Awaited<ReturnType<typeof create>> | undefined
    for (let i = 0; i < 60 && !refused; i++) {
      const answer = await create(`c${i}`)
      if (answer.code === 201) acknowledged.push(`c${i}`)
      else refused = answer
    }
    expect(refused?.code).toBe(500)
    expect(refused?.body?.message).toMatch(/disk is full|database or disk/)
    expect((await api.ask('/api/v1/namespaces/default/configmaps/first')).code).toBe(200)
    expect((await api.ask('/livez')).text).toBe('ok')
    rmSync(join(dir, 'filler'))
    await waitUntil('room', async () => (await create('again')).code === 201, 20_000)
    const names = (
      (await api.ask('/api/v1/namespaces/default/configmaps')).body as unknown as {
        items: { metadata: { name: string } }[]
      }
    ).items.map(i => i.metadata.name)
    expect(names).toEqual(expect.arrayContaining([...acknowledged, 'again']))
  } finally {
    await end(server)
    await exec('umount', ['-l', dir])
  }
})

test('a host whose address changes: API, node and services follow, pods stay', async () => {
  const containers = await running(one)
  await cluster.stop()
  const moved = one.ip.replace(/\.1$/, '.101')
  await one.run('ip', 'addr', 'add', `${moved}/24`, 'dev', 'eth0')
  await one.run('ip', 'addr', 'del', `${one.ip}/24`, 'dev', 'eth0')
  await one.run('ip', 'addr', 'replace', `${moved}/24`, 'dev', 'eth0')
  await one.run('ip', 'route', 'replace', 'default', 'via', one.ip.replace(/\.1$/, '.254'))
  const there = new Cluster({
    ...one,
    ip: moved,
    run: one.run.bind(one),
    start: one.start.bind(one),
    docker: one.docker.bind(one),
  } as Host)
  cluster = there
  await there.start()
  await waitUntil('the node', async () => (await nodeCondition('one', 'status')) === 'True')
  await waitUntil(
    'its address',
    async () =>
      (await k('get', 'node', 'one', '-o', 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')) === moved,
  )
  expect(await k('get', 'endpoints', 'kubernetes', '-o', 'jsonpath={.subsets[*].addresses[*].ip}')).toBe(moved)
  expect(await running(one)).toEqual(containers)
  expect(await k('exec', 'alone', '--', 'sh', '-c', 'nc -w 3 10.43.0.1 443 </dev/null && hostname')).toBe('alone\n')
})

test('uninstall leaves a machine as it was', async () => {
  await end(agent)
  await cluster.stop()
  for (const host of [two, one]) {
    const refusal = await host.run(
      kubelite(),
      'uninstall',
      '--data-dir',
      join(host.dir, 'data'),
      '--docker-socket',
      host.dockerSocket,
      '--delete-data',
    )
    expect(refusal).toMatch(/removed \d+ containers/)
    const after = (await traces(host)).replaceAll('.101', '.1')
    expect(after).toBe(before.get(host))
    expect(existsSync(join(host.dir, 'data'))).toBe(false)
  }
})
