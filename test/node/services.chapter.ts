import { createSocket } from 'node:dgram'
import { OUTSIDE_IP } from '../support/hosts.ts'
import {
  apply,
  field,
  get,
  getInPod,
  here,
  inPod,
  k,
  makePods,
  NODE_CONTAINER,
  NODE_VOLUMES,
  nodeOnHost,
  onHost,
  pod,
  startOnHost,
} from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

const SERVER = 'exec httpd -f -p 80 -h /www'
const UDP_ECHO =
  'exec node -e \'const s = require("dgram").createSocket("udp4"); s.on("message", (m, r) => s.send(require("os").hostname() + " " + m, r.port, r.address)); s.bind(5000)\''

const service = (name: string, spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
const WEB = 'selector: {app: web}, ports: [{port: 80}]'

/** Sends a datagram from the host's network and prints what comes back within some time. */
const udpFromHost = (ip: string, port: string): Promise<string> =>
  nodeOnHost(
    `const s = require('dgram').createSocket('udp4'); s.on('message', m => { console.log(String(m)); s.close(); clearTimeout(t) });
     const t = setTimeout(() => s.close(), 5000); s.on('error', e => { console.log(e.code); s.close(); clearTimeout(t) }); s.connect(${port}, '${ip}', () => s.send('hello'))`,
  )

/** The same from outside. */
const udpFromOutside = (ip: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const timer = setTimeout(() => (socket.close(), reject(new Error('no answer from outside'))), 5000)
    socket.on('message', m => (clearTimeout(timer), socket.close(), resolve(String(m))))
    socket.send('hello', port, ip)
  })

/** Cluster addresses and node ports, by protocol and policy. */
export function services(): void {
  const ipOf = (name: string): Promise<string> => field(`svc ${name}`, '.spec.clusterIP')
  const nodePortOf = (name: string): Promise<string> => field(`svc ${name}`, '.spec.ports[0].nodePort')
  const ask = async (times: number, one: () => Promise<string>): Promise<Set<string>> => {
    const seen = new Set<string>()
    for (let i = 0; i < times; i++) seen.add((await one()).trim())
    return seen
  }

  beforeAll(async () => {
    await makePods(
      pod('web-a', SERVER, { labels: 'app: web' }),
      pod('web-b', SERVER, { labels: 'app: web' }),
      pod('udp', UDP_ECHO, { more: NODE_CONTAINER, spec: NODE_VOLUMES }),
    )
    await apply(
      service('web', WEB),
      service('sticky', `sessionAffinity: ClientIP, ${WEB}`),
      service('udp', 'type: NodePort, selector: {app: udp}, ports: [{port: 5001, targetPort: 5000, protocol: UDP}]'),
      service('empty', 'type: NodePort, selector: {app: nobody}, ports: [{port: 80}]'),
      service('open', `type: NodePort, ${WEB}`),
      service('kept', `type: NodePort, externalTrafficPolicy: Local, ${WEB}`),
      service('inside', `internalTrafficPolicy: Local, ${WEB}`),
      service(
        'elsewhere',
        'type: NodePort, externalTrafficPolicy: Local, internalTrafficPolicy: Local, ports: [{port: 80}]',
      ),
      service(
        'named',
        'selector: {app: web}, ports: [{port: 8000, targetPort: 80, name: one}, {port: 8001, targetPort: 80, name: two}]',
      ),
      `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: elsewhere-1, labels: {kubernetes.io/service-name: elsewhere}}
addressType: IPv4
ports: [{port: 80, protocol: TCP, name: ""}]
endpoints: [{addresses: [10.42.9.9], nodeName: another, conditions: {ready: true}}]
`,
    )
    // Each service has rules of its own: none says anything of the others.
    for (const [name, port] of [
      ['web', 80],
      ['sticky', 80],
      ['inside', 80],
      ['open', 80],
      ['kept', 80],
      ['named', 8001],
    ] as const) {
      const ip = await ipOf(name)
      await waitUntil(
        `both pods behind ${name}`,
        async () => name === 'sticky' || (await ask(12, () => get(`http://${ip}:${port}/cgi-bin/name`))).size === 2,
      )
      await waitUntil(`an answer of ${name}`, () => get(`http://${ip}:${port}/cgi-bin/name`))
    }
  })
  afterAll(async () => {
    await k(
      'delete',
      'svc',
      'web',
      'sticky',
      'udp',
      'empty',
      'open',
      'kept',
      'inside',
      'elsewhere',
      'named',
      '--ignore-not-found',
    )
    await k('delete', 'pod', 'web-a', 'web-b', 'udp', '--ignore-not-found')
  })

  test('a client of a sticky service stays with its pod', async () => {
    const ip = await ipOf('sticky')
    expect((await ask(10, () => get(`http://${ip}/cgi-bin/name`))).size).toBe(1)
    const fromPod = await inPod(
      'tool',
      `for i in 1 2 3 4 5 6 7 8; do printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w 20 ${ip} 80 | tail -n 1; done`,
    )
    expect(new Set(fromPod.trim().split('\n')).size).toBe(1)
  })

  test('several ports lead to their own targets', async () => {
    const ip = await ipOf('named')
    expect(await get(`http://${ip}:8000/index.html`)).toBe('welcome\n')
    expect(await get(`http://${ip}:8001/index.html`)).toBe('welcome\n')
  })

  test('a pod reaches itself through its service', async () => {
    const ip = await ipOf('web')
    const seen = await inPod(
      'web-a',
      `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w 20 ${ip} 80 | tail -n 1; done`,
    )
    expect(new Set(seen.trim().split('\n'))).toEqual(new Set(['web-a', 'web-b']))
  })

  test('UDP: by cluster address, by node port from the host and from outside', async () => {
    const [ip, port] = [await ipOf('udp'), await nodePortOf('udp')]
    const node = here().host.ip
    const answer = 'udp hello'
    await waitUntil('an answer', async () => (await udpFromHost(ip, '5001')).trim() === answer)
    await waitUntil('an answer by the node port', async () => (await udpFromHost(node, port)).trim() === answer)
    await waitUntil('an answer outside', async () => (await udpFromOutside(node, Number(port))) === answer)
  })

  test('UDP: a new pod takes over from the old one for clients that go on', async () => {
    const ip = await ipOf('udp')
    // One socket all the time: its connection-tracking entry would keep the old address.
    await using client = startOnHost(process.execPath, [
      '-e',
      `const s = require('dgram').createSocket('udp4'); let last;
       s.on('message', m => { const name = String(m).split(' ')[0]; if (name !== last) console.log(last = name) });
       s.bind(() => setInterval(() => s.send('x', 5001, '${ip}'), 100))`,
    ])
    await waitUntil('the first', () => client.out() === 'udp\n')
    await makePods(pod('udp-2', UDP_ECHO, { more: NODE_CONTAINER, spec: NODE_VOLUMES, labels: 'app: udp' }))
    const second = await field('pod udp-2', '.status.podIP')
    await waitUntil('its rule', async () => (await onHost('iptables-save', '-t', 'nat')).includes(`${second}:5000`))
    // Who has a pod keeps it while that is there.
    expect(client.out()).toBe('udp\n')
    await k('delete', 'pod', 'udp')
    await waitUntil('the second', () => client.out() === 'udp\nudp-2\n')
    await k('delete', 'pod', 'udp-2')
  })

  test('a service without endpoints refuses at once, everywhere', async () => {
    const [ip, port] = [await ipOf('empty'), await nodePortOf('empty')]
    await waitUntil('the rule', async () =>
      (await onHost('iptables-save', '-t', 'filter')).includes('default/empty: has no endpoints'),
    )
    // 7: refused. Without an answer it would be 28.
    await expect(onHost('curl', '-s', '--max-time', '60', `http://${ip}/`)).rejects.toMatchObject({ code: 7 })
    await expect(onHost('curl', '-s', '--max-time', '60', `http://${here().host.ip}:${port}/`)).rejects.toMatchObject({
      code: 7,
    })
    await expect(fetch(`http://${here().host.ip}:${port}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    expect(await inPod('tool', `nc -w 60 ${ip} 80 </dev/null 2>&1 || true`)).toContain('refused')
  })

  test('externalTrafficPolicy Local keeps the client’s address, Cluster does not', async () => {
    const from = async (name: string): Promise<string> =>
      (await (await fetch(`http://${here().host.ip}:${await nodePortOf(name)}/cgi-bin/from`)).text()).trim()
    expect(await waitUntil('an answer', () => from('kept'))).toContain(OUTSIDE_IP)
    expect(await waitUntil('an answer', () => from('open'))).not.toContain(OUTSIDE_IP)
  })

  test('internalTrafficPolicy Local uses the pods of the node', async () => {
    expect(await get(`http://${await ipOf('inside')}/index.html`)).toBe('welcome\n')
    expect(await getInPod('tool', await ipOf('inside'), '/index.html')).toBe('welcome\n')
  })

  test('a load balancer’s address answers the sources that it is for, and its health port tells of local pods', async () => {
    const address = '203.0.113.50'
    const ranges = (range: string): string =>
      `type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: [${range}], ${WEB}`
    await apply(service('balanced', ranges(`${here().host.ip}/32`)))
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } })
    await k('patch', 'svc', 'balanced', '--subresource=status', '--type=merge', '-p', status)
    const curl = (): Promise<string> => onHost('curl', '-s', '--max-time', '1', `http://${address}/index.html`)
    expect(await waitUntil('an answer', () => curl().catch(() => ''))).toBe('welcome\n')
    const port = await field('svc balanced', '.spec.healthCheckNodePort')
    const health = await onHost('curl', '-s', '-w', '%{http_code}', `http://127.0.0.1:${port}/healthz`)
    expect([health.slice(-3), JSON.parse(health.slice(0, -3))]).toEqual([
      '200',
      { service: { namespace: 'default', name: 'balanced' }, localEndpoints: 2, serviceProxyHealthy: true },
    ])
    await apply(service('balanced', ranges('198.51.100.0/24')))
    await waitUntil('the rule', async () => (await onHost('iptables-save', '-t', 'nat')).includes('-s 198.51.100.0/24'))
    await expect(curl()).rejects.toMatchObject({ code: 28 })
    await k('delete', 'svc', 'balanced')
    await waitUntil('the end of its health port', () =>
      onHost('curl', '-s', `http://127.0.0.1:${port}/healthz`).then(
        () => false,
        () => true,
      ),
    )
  })

  test('local traffic without local pods is dropped, not refused', async () => {
    await waitUntil('the rule', async () =>
      (await onHost('iptables-save', '-t', 'filter')).includes('default/elsewhere: has no local endpoints'),
    )
    const timedOut = { code: 28 }
    await expect(onHost('curl', '-s', '--max-time', '1', `http://${await ipOf('elsewhere')}/`)).rejects.toMatchObject(
      timedOut,
    )
    const outside = fetch(`http://${here().host.ip}:${await nodePortOf('elsewhere')}/`, {
      signal: AbortSignal.timeout(1000),
    })
    await expect(outside).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('rules that somebody else removed are written again', async () => {
    const url = `http://${await ipOf('web')}/index.html`
    const repairs = (): number => here().cluster.log().split('Somebody removed the rules of services').length
    const before = repairs()
    for (const table of ['nat', 'filter']) await onHost('iptables', '-t', table, '-F')
    // Any change of a service makes the proxy look; without one it looks after half a minute.
    await waitUntil('the answer', async () => {
      await k('annotate', 'svc', 'web', `look=${Date.now()}`, '--overwrite')
      return repairs() > before && (await get(url)) === 'welcome\n'
    })
  })

  test('a pod talks to the API by name with its token and the mounted authority', async () => {
    const script = `
      const fs = require('fs'), dir = '/var/run/secrets/kubernetes.io/serviceaccount/'
      const req = require('https').get('https://kubernetes.default.svc/api/v1/namespaces/' + fs.readFileSync(dir + 'namespace', 'utf8') + '/pods', {
        ca: fs.readFileSync(dir + 'ca.crt'), headers: { authorization: 'Bearer ' + fs.readFileSync(dir + 'token', 'utf8') } },
        res => { let text = ''; res.on('data', c => text += c); res.on('end', () => console.log(res.statusCode, JSON.parse(text).message ?? '')) })
      req.on('error', e => console.log(e.message))`
    expect(await k('exec', 'tool', '--', 'node', '-e', script)).toContain(
      '403 pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods"',
    )
    await k('create', 'rolebinding', 'tool-reads', '--clusterrole=view', '--serviceaccount=default:default')
    expect(await k('exec', 'tool', '--', 'node', '-e', script)).toBe('200 \n')
    await k('delete', 'rolebinding', 'tool-reads')
    expect((await inPod('tool', 'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT')).trim()).toBe('10.43.0.1:443')
  })
}
