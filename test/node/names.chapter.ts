import { apply, field, here, inPod, k, makePods, nodeOnHost, onHost, pod } from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

const DNS = '10.43.0.10'

/** Asks the cluster's DNS from the host's network; the answer as JSON, or the error's code. */
async function ask(method: string, ...args: string[]): Promise<unknown> {
  const script = `const r = new (require('dns').promises.Resolver)(); r.setServers(['${DNS}']);
    r[${JSON.stringify(method)}](...${JSON.stringify(args)}).then(a => console.log(JSON.stringify(a)), e => console.log(JSON.stringify(e.code)))`
  return JSON.parse(await nodeOnHost(script))
}

/** DNS as pods see it, and the files that lead them there. */
export function names(): void {
  const hostnamed = (name: string): string =>
    pod(name, 'exec httpd -f -p 80 -h /www', { labels: 'app: db', spec: `hostname: ${name}\nsubdomain: db` })
  const domain = 'default.svc.cluster.local'
  let ips: string[]

  beforeAll(async () => {
    await apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}, ports: [{name: http, port: 80}, {name: stats, port: 9000, protocol: UDP}]}\n',
      'apiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {selector: {app: db}, ports: [{name: http, port: 8080, targetPort: 80}]}\n',
      `apiVersion: v1\nkind: Service\nmetadata: {name: away}\nspec: {type: ExternalName, externalName: front.${domain}}\n`,
      'apiVersion: v1\nkind: Service\nmetadata: {name: far}\nspec: {type: ExternalName, externalName: www.example.org}\n',
    )
    await makePods(
      hostnamed('db-0'),
      hostnamed('db-1'),
      pod('own-dns', 'sleep 100000', {
        spec: 'dnsPolicy: None\ndnsConfig: {nameservers: [10.43.0.10, 192.0.2.7], searches: [a.example, b.example], options: [{name: ndots, value: "2"}, {name: edns0}]}',
      }),
      pod('more-dns', 'sleep 100000', {
        spec: 'dnsConfig: {nameservers: [192.0.2.7], searches: [a.example], options: [{name: ndots, value: "3"}]}\nhostAliases: [{ip: 192.0.2.1, hostnames: [one.example, two.example]}]',
      }),
      pod('host-dns', 'sleep 100000', { spec: 'dnsPolicy: Default' }),
    )
    ips = [await field('pod db-0', '.status.podIP'), await field('pod db-1', '.status.podIP')]
    await waitUntil('both addresses', async () => ((await ask('resolve4', `db.${domain}`)) as string[]).length === 2)
  })
  afterAll(async () => {
    await k('delete', 'svc', 'db', 'front', 'away', 'far')
    await k('delete', 'pod', 'db-0', 'db-1', 'own-dns', 'more-dns', 'host-dns')
  })

  test('a headless service has the addresses of its pods, each under its host name', async () => {
    expect(new Set((await ask('resolve4', `db.${domain}`)) as string[])).toEqual(new Set(ips))
    expect(await ask('resolve4', `db-0.db.${domain}`)).toEqual([ips[0]])
    expect(await ask('resolve4', `db-9.db.${domain}`)).toBe('ENOTFOUND')
    expect(await inPod('db-0', 'hostname -f')).toBe(`db-0.db.${domain}\n`)
    expect(await inPod('db-0', 'cat /etc/hosts')).toContain(`${ips[0]}\tdb-0.db.${domain}\tdb-0`)
  })

  test('SRV records name ports', async () => {
    const srv = (await ask('resolveSrv', `_http._tcp.db.${domain}`)) as { name: string; port: number }[]
    expect(srv.map(r => `${r.name}:${r.port}`).sort()).toEqual([`db-0.db.${domain}:80`, `db-1.db.${domain}:80`])
    const one = (await ask('resolveSrv', `_http._tcp.front.${domain}`)) as { name: string; port: number }[]
    expect(one.map(r => `${r.name}:${r.port}`)).toEqual([`front.${domain}:8080`])
    expect(await ask('resolveSrv', `_none._tcp.db.${domain}`)).toBe('ENOTFOUND')
  })

  test('addresses lead back to names', async () => {
    expect(await ask('reverse', await field('svc front', '.spec.clusterIP'))).toEqual([`front.${domain}`])
    expect(await ask('reverse', ips[1] ?? '')).toContain(`db-1.db.${domain}`)
    expect(await ask('reverse', DNS)).toEqual(['kube-dns.kube-system.svc.cluster.local'])
  })

  test('an ExternalName is a CNAME, and brings the addresses of names in the cluster', async () => {
    expect(await ask('resolveCname', `far.${domain}`)).toEqual(['www.example.org'])
    expect(await ask('resolve4', `away.${domain}`)).toEqual([await field('svc front', '.spec.clusterIP')])
  })

  test('names of pods by address; names of nobody', async () => {
    expect(await ask('resolve4', `${ips[0]?.replaceAll('.', '-')}.default.pod.cluster.local`)).toEqual([ips[0]])
    expect(await ask('resolve4', `nobody.${domain}`)).toBe('ENOTFOUND')
    expect(await ask('resolve6', `front.${domain}`)).toBe('ENODATA')
  })

  test('search paths complete short names', async () => {
    const ip = await field('svc front', '.spec.clusterIP')
    for (const name of ['front', 'front.default', 'front.default.svc'])
      expect(
        await k(
          'exec',
          'tool',
          '--',
          'node',
          '-e',
          `require('dns').lookup('${name}', (e, a) => console.log(e?.code ?? a))`,
        ),
      ).toBe(`${ip}\n`)
    const search =
      (await onHost('cat', '/etc/resolv.conf'))
        .split('\n')
        .find(l => l.startsWith('search'))
        ?.replace('search', '') ?? ''
    expect(await inPod('tool', 'cat /etc/resolv.conf')).toBe(
      `search ${domain} svc.cluster.local cluster.local${search}\nnameserver ${DNS}\noptions ndots:5\n`,
    )
  })

  test('dnsPolicy and dnsConfig make resolv.conf', async () => {
    expect(await inPod('own-dns', 'cat /etc/resolv.conf')).toBe(
      'search a.example b.example\nnameserver 10.43.0.10\nnameserver 192.0.2.7\noptions ndots:2 edns0\n',
    )
    const merged = await inPod('more-dns', 'cat /etc/resolv.conf')
    expect(merged).toMatch(
      new RegExp(`^search ${domain} svc\\.cluster\\.local cluster\\.local( \\S+)* a\\.example$`, 'm'),
    )
    expect(merged).toContain('nameserver 10.43.0.10\nnameserver 192.0.2.7\n')
    expect(merged).toContain('options ndots:3\n')
    const servers = (text: string): string[] => text.split('\n').filter(l => l.startsWith('nameserver'))
    expect(servers(await inPod('host-dns', 'cat /etc/resolv.conf'))).toEqual(
      servers(await here().host.run('cat', '/etc/resolv.conf')),
    )
  })

  test('hostAliases are in /etc/hosts', async () => {
    const text = await inPod('more-dns', 'cat /etc/hosts')
    expect(text).toContain('# Entries added by HostAliases.\n192.0.2.1\tone.example\ttwo.example\n')
    expect(text).toContain(`${await field('pod more-dns', '.status.podIP')}\tmore-dns\n`)
    expect(text).toMatch(/^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/)
  })

  test('a large answer comes by TCP', async () => {
    const addresses = Array.from({ length: 60 }, (_, i) => `10.42.200.${i + 1}`)
    await apply(
      'apiVersion: v1\nkind: Service\nmetadata: {name: many}\nspec: {clusterIP: None, ports: [{port: 80}]}\n',
      `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: many-1, labels: {kubernetes.io/service-name: many}}\naddressType: IPv4\nports: [{port: 80, name: ""}]\nendpoints: [${addresses.map(a => `{addresses: [${a}]}`).join(', ')}]\n`,
    )
    const all = await waitUntil('60 addresses', async () => {
      const answer = await ask('resolve4', `many.${domain}`)
      return Array.isArray(answer) && answer.length === 60 && (answer as string[])
    })
    expect(new Set(all)).toEqual(new Set(addresses))
    await k('delete', 'svc', 'many')
    await k('delete', 'endpointslice', 'many-1', '--ignore-not-found')
  })
}
