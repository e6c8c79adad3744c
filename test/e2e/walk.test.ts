/**
 * The walk of a first-time user, with the stock kubectl and real containers, on one host.
 * @jest-environment ./test/support/telling-environment.ts
 */
import { Cluster, webImage } from '../support/cluster.ts'
import { type Host, Hosts } from '../support/hosts.ts'
import { startProgram } from '../support/running.ts'
import { TEST_MS, waitUntil } from '../support/wait.ts'

jest.setTimeout(TEST_MS)

const POD = `apiVersion: v1
kind: Pod
metadata: {name: nginx, labels: {app: nginx}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: nginx, image: nginx, imagePullPolicy: Never, ports: [{containerPort: 80}]}
`
const RC = `apiVersion: v1
kind: ReplicationController
metadata: {name: my-nginx}
spec:
  replicas: 2
  selector: {app: my-nginx}
  template:
    metadata: {labels: {app: my-nginx}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: nginx
        image: nginx
        imagePullPolicy: Never
        ports: [{containerPort: 80}]
        readinessProbe: {exec: {command: [sh, -c, "! test -e /tmp/broken"]}, periodSeconds: 1, timeoutSeconds: 60}
`
const SVC = `apiVersion: v1
kind: Service
metadata: {name: nginxsvc, labels: {app: my-nginx}}
spec: {selector: {app: my-nginx}, ports: [{port: 80, protocol: TCP}]}
`

let hosts: Hosts
let host: Host
let cluster: Cluster
const k = (...args: string[]): Promise<string> => cluster.kubectl(...args)
const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean)

beforeAll(async () => {
  Hosts.requirements()
  hosts = new Hosts()
  host = await hosts.add('walk')
  await webImage(host, 'nginx:latest', 'nginx:1.27')
  cluster = new Cluster(host)
  await cluster.start()
  await cluster.nodesReady()
})
afterAll(async () => {
  await cluster?.stopAll()
  await hosts?.dispose()
})

/** Names that answer at an address, from `count` requests. */
async function answers(url: string, count: number): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let i = 0; i < count; i++) seen.add((await host.run('curl', '-sf', '--max-time', '20', url)).trim())
  return seen
}

describe.each(['stock', 'own'] as const)('with the %s kubectl', client => {
  beforeAll(() => {
    cluster.client = client
  })

  test('cluster-info names the control plane and DNS', async () => {
    const text = (await k('cluster-info')).replace(/\u001b\[[0-9;]*m/g, '')
    expect(text).toContain(`Kubernetes control plane is running at ${cluster.url}`)
    expect(text).toContain('CoreDNS is running at')
  })

  test('nodes are listed; one made by hand comes and goes', async () => {
    expect(lines(await k('get', 'nodes'))).toHaveLength(2)
    await cluster.apply('apiVersion: v1\nkind: Node\nmetadata: {name: by-hand}\n', 'create')
    expect(await k('get', 'nodes', '--no-headers')).toMatch(/by-hand\s+(Unknown|NotReady)/)
    expect(await k('delete', 'node', 'by-hand')).toBe('node "by-hand" deleted\n')
  })

  test('a namespace from a manifest', async () => {
    expect(await cluster.apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: development}\n', 'create')).toBe(
      'namespace/development created\n',
    )
    expect(await k('get', 'namespaces', '--no-headers')).toMatch(/^development\s+Active/m)
    await k('delete', 'namespace', 'development')
  })

  test('a pod runs, is described and deleted', async () => {
    expect(await cluster.apply(POD, 'create')).toBe('pod/nginx created\n')
    await k('wait', '--for=condition=Ready', 'pod/nginx', '--timeout=120s')
    expect(await k('get', 'pods', '--no-headers')).toMatch(/^nginx\s+1\/1\s+Running\s+0\s/)
    const described = await waitUntil('the events', async () => {
      const text = await k('describe', 'pod', 'nginx')
      return text.includes('Started') && text
    })
    for (const text of [
      /Status:\s+Running/,
      /IP:\s+10\.42\.0\.\d+/,
      /Reason:?\s+/,
      /Scheduled/,
      /Created/,
      /Started/,
      /QoS Class:\s+BestEffort/,
    ])
      expect(described).toMatch(text)
    expect(await k('delete', 'pod', 'nginx')).toContain('pod "nginx" deleted')
  })

  describe('a replication controller behind a service', () => {
    const pods = async (): Promise<string[]> =>
      lines(
        await k('get', 'pods', '-l', 'app=my-nginx', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}'),
      )
    const ready = async (): Promise<number> =>
      Number(await k('get', 'rc', 'my-nginx', '-o', 'jsonpath={.status.readyReplicas}'))
    let ip: string

    test('it is made and scaled', async () => {
      await cluster.apply(RC, 'create')
      expect(lines(await k('get', 'rc'))[0]).toMatch(/^NAME\s+DESIRED\s+CURRENT\s+READY\s+AGE/)
      expect(await k('scale', '--replicas=3', 'rc', 'my-nginx')).toBe('replicationcontroller/my-nginx scaled\n')
      await waitUntil('three ready pods', async () => (await ready()) === 3)
    })

    test('a killed container starts again, a deleted pod is replaced', async () => {
      const [first = ''] = await pods()
      const id = (await host.docker('ps', '-q', '--filter', `name=k8s_nginx_${first}`)).trim()
      await host.docker('kill', id)
      await waitUntil(
        'the restart',
        async () =>
          (await k('get', 'pod', first, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}')) === '1',
      )
      const [, second = ''] = await pods()
      await k('delete', 'pod', second)
      await waitUntil('three ready pods', async () => (await ready()) === 3)
      expect(await pods()).not.toContain(second)
    })

    test('the service reaches all three, and none that is not ready', async () => {
      await cluster.apply(SVC, 'create')
      expect(await k('get', 'svc', 'nginxsvc', '--no-headers')).toMatch(
        /^nginxsvc\s+ClusterIP\s+10\.43\.\d+\.\d+\s+<none>\s+80\/TCP/,
      )
      await waitUntil(
        'endpoints',
        async () =>
          (await k('get', 'ep', 'nginxsvc', '-o', 'jsonpath={.subsets[0].addresses[*].ip}')).split(' ').length === 3,
      )
      expect(await k('get', 'ep', 'nginxsvc', '--no-headers')).toMatch(
        /10\.42\.0\.\d+:80,10\.42\.0\.\d+:80,10\.42\.0\.\d+:80/,
      )
      ip = await k('get', 'svc', 'nginxsvc', '-o', 'jsonpath={.spec.clusterIP}')
      const names = await pods()
      await waitUntil('answers of all', async () => (await answers(`http://${ip}/cgi-bin/name`, 20)).size === 3)
      const [broken = ''] = names
      await k('exec', broken, '--', 'touch', '/tmp/broken')
      await waitUntil(
        'two endpoints',
        async () =>
          (await k('get', 'ep', 'nginxsvc', '-o', 'jsonpath={.subsets[0].addresses[*].ip}')).split(' ').length === 2,
      )
      await waitUntil(
        'rules without it',
        async () =>
          !(await host.run('iptables-save', '-t', 'nat')).includes(
            `${await k('get', 'pod', broken, '-o', 'jsonpath={.status.podIP}')}:80`,
          ),
      )
      expect(await answers(`http://${ip}/cgi-bin/name`, 20)).toEqual(new Set(names.filter(n => n !== broken)))
    })

    test('pods find it by name, over UDP and TCP', async () => {
      const [pod = ''] = await pods()
      const other = (await pods())[1] ?? pod
      const web = await k(
        'exec',
        other,
        '--',
        'sh',
        '-c',
        'printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w 20 nginxsvc.default 80 | tail -n 1',
      )
      expect(web.trim()).toMatch(/^my-nginx-/)
      expect(await k('exec', other, '--', 'nslookup', 'nginxsvc.default.svc.cluster.local')).toContain(ip)
      await k('delete', 'rc,svc', '-l', 'app=my-nginx')
      await k('delete', 'rc', 'my-nginx', '--ignore-not-found')
      await k('delete', 'svc', 'nginxsvc', '--ignore-not-found')
    })
  })

  describe('a deployment', () => {
    const get = (path: string): Promise<string> => k('get', 'deployment', 'web', '-o', `jsonpath={${path}}`)

    test('create, set image, rollout status, history, undo', async () => {
      expect(await k('create', 'deployment', 'web', '--image=nginx:1.27', '--replicas=2')).toBe(
        'deployment.apps/web created\n',
      )
      expect(await k('rollout', 'status', 'deployment/web', '--timeout=120s')).toContain(
        'deployment "web" successfully rolled out',
      )
      expect(await k('set', 'image', 'deployment/web', 'nginx=nginx:latest')).toBe(
        'deployment.apps/web image updated\n',
      )
      await k(
        'patch',
        'deployment',
        'web',
        '-p',
        '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"nginx","imagePullPolicy":"Never"}]}}}}',
      )
      expect(await k('rollout', 'status', 'deployment/web', '--timeout=120s')).toContain('successfully rolled out')
      expect(lines(await k('rollout', 'history', 'deployment/web')).length).toBeGreaterThanOrEqual(4)
      expect(await k('rollout', 'undo', 'deployment/web', '--to-revision=1')).toBe('deployment.apps/web rolled back\n')
      await k('rollout', 'status', 'deployment/web', '--timeout=120s')
      expect(await get('.spec.template.spec.containers[0].image')).toBe('nginx:1.27')
    })

    test('expose as a node port, which answers', async () => {
      expect(await k('expose', 'deployment', 'web', '--port=80', '--type=NodePort')).toBe('service/web exposed\n')
      const port = await k('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}')
      await waitUntil('an answer', async () => (await answers(`http://${host.ip}:${port}/cgi-bin/name`, 1)).size === 1)
    })

    test('apply --record keeps the cause', async () => {
      const recorded = (value: string): string =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: recorded}\ndata: {a: "${value}"}\n`
      expect(await cluster.apply(recorded('1'), 'apply', '--record')).toBe('configmap/recorded created\n')
      expect(await cluster.apply(recorded('2'), 'apply', '--record')).toBe('configmap/recorded configured\n')
      expect(await cluster.apply(recorded('2'), 'apply', '--record')).toContain('configmap/recorded')
      expect(
        await k('get', 'cm', 'recorded', '-o', 'jsonpath={.metadata.annotations.kubernetes\\.io/change-cause}'),
      ).toContain('apply')
      await k('delete', 'deployment,svc', 'web')
    })
  })

  describe('streams', () => {
    beforeAll(async () => {
      await cluster.apply(`apiVersion: v1
kind: Pod
metadata: {name: tool}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: c, image: nginx, imagePullPolicy: Never, command: [sh, -c, "echo one; echo two; echo three >&2; exec httpd -f -p 80 -h /www"]}
`)
      await k('wait', '--for=condition=Ready', 'pod/tool', '--timeout=120s')
    })

    test('logs: whole, tail, timestamps, limit', async () => {
      await waitUntil('the log', async () => (await k('logs', 'tool')).includes('three'))
      expect(lines(await k('logs', 'tool')).sort()).toEqual(['one', 'three', 'two'])
      expect(lines(await k('logs', 'tool', '--tail=1'))).toHaveLength(1)
      expect(await k('logs', 'tool', '--timestamps', '--tail=1')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /)
      expect(await k('logs', 'tool', '--limit-bytes=3')).toHaveLength(3)
    })

    test('exec: output, errors, exit codes', async () => {
      expect(await k('exec', 'tool', '--', 'hostname')).toBe('tool\n')
      const failed = await cluster.try('exec', 'tool', '--', 'sh', '-c', 'echo bad >&2; exit 7')
      expect([failed.code, failed.stderr]).toEqual([7, 'bad\ncommand terminated with exit code 7\n'])
      expect((await cluster.try('exec', 'tool', '--', 'no-such-program')).code).not.toBe(0)
    })

    test('port-forward carries a request', async () => {
      await using forwarder = startProgram(...cluster.kubectlCommand('port-forward', 'pod/tool', ':80'))
      const port = await waitUntil('the forwarder', () => /127\.0\.0\.1:(\d+)/.exec(forwarder.out())?.[1])
      const body = await (await fetch(`http://127.0.0.1:${port}/index.html`)).text()
      expect(body).toBe('welcome\n')
    })
  })

  afterAll(async () => {
    await k('delete', 'pod', 'tool', '--ignore-not-found')
    await k('delete', 'configmap', 'recorded', '--ignore-not-found')
  })
})
