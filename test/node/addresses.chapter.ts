import { createServer } from 'node:net'
import { OUTSIDE_IP } from '../support/hosts.ts'
import { field, get, getInPod, here, inPod, k, makePods, onHost, pod } from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

const HTTPD = 'exec httpd -f -p 80 -h /www'

/** Pod addresses, host ports, the host's network, and the way out. */
export function addresses(): void {
  beforeAll(() =>
    makePods(
      pod('ports', HTTPD, { more: 'ports: [{containerPort: 80, hostPort: 8081}]' }),
      pod('local-port', HTTPD, { more: 'ports: [{containerPort: 80, hostPort: 8083, hostIP: 127.0.0.2}]' }),
      pod('on-host', 'exec httpd -f -p 8082 -h /www', { spec: 'hostNetwork: true' }),
    ),
  )
  afterAll(() => k('delete', 'pod', 'ports', 'local-port', 'on-host', '--ignore-not-found'))

  test('a host port answers on the host, on its loopback, from pods and from outside', async () => {
    const url = `http://${here().host.ip}:8081/cgi-bin/name`
    expect(await waitUntil('the host port', () => get(url))).toBe('ports\n')
    expect(await get('http://127.0.0.1:8081/cgi-bin/name')).toBe('ports\n')
    expect(await (await fetch(url)).text()).toBe('ports\n')
    expect(await getInPod('tool', here().host.ip, '/cgi-bin/name', 8081)).toBe('ports\n')
  })

  test('a host port of one address is not seen on others', async () => {
    expect(await waitUntil('the host port', () => get('http://127.0.0.2:8083/cgi-bin/name'))).toBe('local-port\n')
    await expect(get(`http://${here().host.ip}:8083/cgi-bin/name`)).rejects.toMatchObject({ code: 7 })
  })

  test('a host port is gone with its pod', async () => {
    await k('delete', 'pod', 'local-port')
    await waitUntil('no rule', async () => !(await onHost('iptables-save', '-t', 'nat')).includes('127.0.0.2/32'))
  })

  test('a pod on the host network has the host’s address, name and ports', async () => {
    const { host } = here()
    expect(await field('pod on-host', '.status.podIP')).toBe(host.ip)
    expect(await field('pod on-host', '.status.hostIP')).toBe(host.ip)
    expect(await inPod('on-host', 'ip -4 addr show dev eth0')).toContain(`inet ${host.ip}/24`)
    await waitUntil('the page', async () => (await getInPod('tool', host.ip, '/index.html', 8082)) === 'welcome\n')
    const ours = (await onHost('cat', '/etc/resolv.conf')).split('\n').filter(l => l.startsWith('nameserver'))
    const theirs = (await inPod('on-host', 'cat /etc/resolv.conf')).split('\n').filter(l => l.startsWith('nameserver'))
    expect(theirs).toEqual(ours)
  })

  test('a pod reaches the outside with the host’s address', async () => {
    const seen: string[] = []
    const server = createServer(socket => {
      seen.push(socket.remoteAddress ?? '')
      socket.end('outside\n')
    })
    await new Promise<void>(resolve => server.listen(0, OUTSIDE_IP, resolve))
    try {
      const { port } = server.address() as { port: number }
      expect(await inPod('tool', `nc -w 20 ${OUTSIDE_IP} ${port} </dev/null`)).toBe('outside\n')
      expect(seen).toEqual([here().host.ip])
    } finally {
      await new Promise(resolve => server.close(resolve))
    }
  })

  test('the bridge keeps its hardware address, whatever hangs on it', async () => {
    // The lowest address of its ports would be a bridge's own choice: pods would lose their gateway as others come.
    expect(await onHost('ip', '-o', 'link', 'show', 'kubelite0')).toContain('link/ether 0a:58:0a:2a:00:01')
  })

  test('pods of one node see each other’s own addresses', async () => {
    const tool = await field('pod tool', '.status.podIP')
    const ports = await field('pod ports', '.status.podIP')
    expect((await getInPod('tool', ports, '/cgi-bin/from')).trim()).toContain(tool)
  })
}
