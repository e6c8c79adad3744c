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
} from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

const SERVER = 'exec httpd -f -p 80 -h /www'
const UDP_ECHO =
  'exec node -e \'const s = require("dgram").createSocket("udp4"); s.on("message", (m, r) => s.send(require("os").hostname() + " " + m, r.port, r.address)); s.bind(5000)\''

const service = (name: string, spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}}\n`
const WEB = 'selector: {app: web}, ports: [{port: 80}]'

/** Sends a datagram from the host's network and prints what comes back within a second. */
const udpFromHost = (ip: string, port: string): Promise<string> =>
  nodeOnHost(
    `const s = require('dgram').createSocket('udp4'); s.on('message', m => { console.log(String(m)); s.close(); clearTimeout(t) });
     const t = setTimeout(() => s.close(), 1000); s.on('error', e => { console.log(e.code); s.close(); clearTimeout(t) }); s.connect(${port}, '${ip}', () => s.send('hello'))`,
  )

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
    await waitUntil(
      'both pods',
      async () => (await ask(12, async () => get(`http://${await ipOf('web')}/cgi-bin/name`))).size === 2,
    )
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
      `for i in 1 2 3 4 5 6 7 8; do printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w 3 ${ip} 80 | tail -n 1; done`,
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
      `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf "GET /cgi-bin/name HTTP/1.0\\r\\n\\r\\n" | nc -w 3 ${ip} 80 | tail -n 1; done`,
    )
    expect(new Set(seen.trim().split('\n'))).toEqual(new Set(['web-a', 'web-b']))
  })

  test('UDP: by cluster address, by node port from the host and from outside', async () => {
    const [ip, port] = [await ipOf('udp'), await nodePortOf('udp')]
    expect(await waitUntil('an answer', async () => (await udpFromHost(ip, '5001')).trim())).toBe('udp hello')
    expect((await udpFromHost(here().host.ip, port)).trim()).toBe('udp hello')
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createSocket('udp4')
      const timer = setTimeout(() => (socket.close(), reject(new Error('no answer from outside'))), 3000)
      socket.on('message', m => (clearTimeout(timer), socket.close(), resolve(String(m))))
      socket.send('hello', Number(port), here().host.ip)
    })
    expect(answer).toBe('udp hello')
  })

  test('UDP: a new pod takes over from the old one for clients that go on', async () => {
    const ip = await ipOf('udp')
    // One socket all the time: its connection-tracking entry would keep the old address.
    const client = nodeOnHost(
      `const s = require('dgram').createSocket('udp4'); const seen = new Set();
       s.on('message', m => { const name = String(m).split(' ')[0]; seen.add(name); if (name === 'udp-2') { console.log([...seen].join()); process.exit(0) } });
       s.bind(40404, () => setInterval(() => s.send('x', 5001, '${ip}'), 100)); setTimeout(() => { console.log('only ' + [...seen]); process.exit(1) }, 20000)`,
    )
    await makePods(pod('udp-2', UDP_ECHO, { more: NODE_CONTAINER, spec: NODE_VOLUMES, labels: 'app: udp' }))
    await k('delete', 'pod', 'udp')
    expect((await client).trim()).toBe('udp,udp-2')
    await k('delete', 'pod', 'udp-2')
  })

  test('a service without endpoints refuses at once, everywhere', async () => {
    const [ip, port] = [await ipOf('empty'), await nodePortOf('empty')]
    await waitUntil('the rule', async () =>
      (await onHost('iptables-save', '-t', 'filter')).includes('default/empty: has no endpoints'),
    )
    const began = Date.now()
    await expect(onHost('curl', '-s', '--max-time', '10', `http://${ip}/`)).rejects.toMatchObject({ code: 7 })
    await expect(onHost('curl', '-s', '--max-time', '10', `http://${here().host.ip}:${port}/`)).rejects.toMatchObject({
      code: 7,
    })
    await expect(fetch(`http://${here().host.ip}:${port}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    expect(await inPod('tool', `nc -w 10 ${ip} 80 </dev/null 2>&1 || true`)).toContain('refused')
    expect(Date.now() - began).toBeLessThan(3000)
  })

  test('externalTrafficPolicy Local keeps the client’s address, Cluster does not', async () => {
    const from = async (name: string): Promise<string> =>
      (await (await fetch(`http://${here().host.ip}:${await nodePortOf(name)}/cgi-bin/from`)).text()).trim()
    expect(await from('kept')).toContain(OUTSIDE_IP)
    expect(await from('open')).not.toContain(OUTSIDE_IP)
  })

  test('internalTrafficPolicy Local uses the pods of the node', async () => {
    expect(await get(`http://${await ipOf('inside')}/index.html`)).toBe('welcome\n')
    expect(await getInPod('tool', await ipOf('inside'), '/index.html')).toBe('welcome\n')
  })

  test('local traffic without local pods is dropped, not refused', async () => {
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
    for (const table of ['nat', 'filter']) await onHost('iptables', '-t', table, '-F')
    await expect(get(url)).rejects.toMatchObject({ code: expect.any(Number) as number })
    // Any change of a service makes the proxy look; without one it looks after half a minute.
    await waitUntil('the answer', async () => {
      await k('annotate', 'svc', 'web', `look=${Date.now()}`, '--overwrite')
      return (await get(url)) === 'welcome\n'
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
