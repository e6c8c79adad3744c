import { COMMON_OPTIONS, readAgentConfig, readServerConfig, SERVER_OPTIONS } from '../../../src/app/config.ts'
import { readOptions } from '../../../src/app/options.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const server = (flags: Record<string, string | boolean | string[]>, env: Record<string, string> = {}) =>
  readServerConfig({ flags, env })

describe('readServerConfig()', () => {
  test('defaults follow k3s', () => {
    const c = server({ 'node-ip': '10.0.0.1' })
    expect(c).toMatchObject({
      httpsListenPort: 6443,
      clusterCidr: '10.42.0.0/16',
      serviceCidr: '10.43.0.0/16',
      clusterDns: '10.43.0.10',
      clusterDomain: 'cluster.local',
      nodePortRange: { from: 30000, to: 32767 },
      dataDir: '/var/lib/kubelite',
      advertiseAddress: '10.0.0.1',
      writeKubeconfigMode: 0o600,
    })
    expect(Object.isFrozen(c)).toBe(true)
  })
  test('DNS moves with the service range', () => {
    expect(server({ 'service-cidr': '10.96.0.0/12' }).clusterDns).toBe('10.96.0.10')
  })
  test('a range is named by its first address', () => {
    expect(server({ 'service-cidr': '10.96.3.7/12' }).serviceCidr).toBe('10.96.0.0/12')
    expect(server({ 'cluster-cidr': '10.50.3.7/16' }).clusterCidr).toBe('10.50.0.0/16')
  })
  test('labels and taints may be repeated or separated by commas', () => {
    const c = server({ 'node-label': ['a=1,b=2', 'c='], 'node-taint': ['k=v:NoSchedule', 'only:NoExecute'] })
    expect(c.node.labels).toEqual({ a: '1', b: '2', c: '' })
    expect(c.node.taints).toEqual([
      { key: 'k', value: 'v', effect: 'NoSchedule' },
      { key: 'only', value: '', effect: 'NoExecute' },
    ])
  })

  const wrong: [string, Record<string, string>, Record<string, string>, string][] = [
    ['a port that is none', { 'https-listen-port': '70000' }, {}, '--https-listen-port: invalid value "70000"'],
    [
      'a port that is no number',
      { 'https-listen-port': 'x' },
      {},
      '--https-listen-port: invalid value "x": must be a whole number',
    ],
    [
      'a variable is named as such',
      {},
      { KUBELITE_RUNTIME: 'podman' },
      'KUBELITE_RUNTIME: invalid value "podman": must be one of docker, hollow',
    ],
    ['a range that is none', { 'cluster-cidr': '10.42.0.0' }, {}, '--cluster-cidr: invalid value "10.42.0.0"'],
    ['ranges that overlap', { 'cluster-cidr': '10.0.0.0/8' }, {}, '--cluster-cidr and --service-cidr overlap'],
    ['DNS outside the services', { 'cluster-dns': '10.9.0.10' }, {}, '--cluster-dns: invalid value "10.9.0.10"'],
    ['DNS at the address of the API', { 'cluster-dns': '10.43.0.1' }, {}, '--cluster-dns: invalid value "10.43.0.1"'],
    ['DNS at the last address', { 'cluster-dns': '10.43.255.255' }, {}, '--cluster-dns: invalid value "10.43.255.255"'],
    ['an empty directory is not the current one', { 'data-dir': '' }, {}, '--data-dir: invalid value "": must not be'],
    [
      'an address that means all',
      { 'advertise-address': '0.0.0.0' },
      {},
      '--advertise-address: invalid value "0.0.0.0": must be an address that others can reach',
    ],
    ['a node name too long for a label', { 'node-name': 'a'.repeat(64) }, {}, '--node-name: invalid value'],
    ['a node name with two dots in a row', { 'node-name': 'a..b' }, {}, '--node-name: invalid value "a..b"'],
    ['a label without value', { 'node-label': 'a' }, {}, '--node-label: invalid value "a": must be key=value'],
    [
      'a label whose key has two parts too many',
      { 'node-label': 'a/b/c=d' },
      {},
      '--node-label: invalid value "a/b/c=d"',
    ],
    ['a label whose value ends in a dash', { 'node-label': 'a=d-' }, {}, '--node-label: invalid value "a=d-"'],
    ['a certificate name that is none', { 'tls-san': 'a.example,a_b!' }, {}, '--tls-san: invalid value "a_b!"'],
    ['a taint without effect', { 'node-taint': 'a=b' }, {}, '--node-taint: invalid value "a=b"'],
    [
      'node ports upside down',
      { 'service-node-port-range': '200-100' },
      {},
      '--service-node-port-range: invalid value "200-100"',
    ],
    ['a mode that is none', { 'write-kubeconfig-mode': '999' }, {}, '--write-kubeconfig-mode: invalid value "999"'],
  ]
  test.each(wrong)('%s', (_, flags, env, message) => {
    expect(() => server(flags, env)).toThrow(message)
  })

  describe('from a file', () => {
    let dir: string
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'kubelite-config-'))
    })
    afterEach(() => rmSync(dir, { recursive: true }))
    const file = (text: string): string => {
      const path = join(dir, 'config.yaml')
      writeFileSync(path, text)
      return path
    }

    test('flags come before variables, variables before the file', () => {
      const path = file('https-listen-port: 1\nkubelet-port: 2\ncluster-domain: file.local\nnode-label: [a=b]\n')
      const c = readServerConfig({
        flags: { 'https-listen-port': '3' },
        env: { KUBELITE_HTTPS_LISTEN_PORT: '4', KUBELITE_KUBELET_PORT: '5' },
        file: path,
      })
      expect([c.httpsListenPort, c.node.kubeletPort, c.clusterDomain, c.node.labels]).toEqual([
        3,
        5,
        'file.local',
        { a: 'b' },
      ])
    })
    test('a file for several commands may have the settings of all of them', () => {
      const path = file('data-dir: /x\nservice-cidr: 10.96.0.0/12\n')
      const values = readOptions(COMMON_OPTIONS, { flags: {}, env: {}, file: path }, SERVER_OPTIONS)
      expect([values['data-dir'], values['service-cidr']]).toEqual(['/x', undefined])
    })
    test('an unknown setting is named', () => {
      const path = file('htps-listen-port: 1\n')
      expect(() => readServerConfig({ flags: {}, env: {}, file: path })).toThrow('unknown setting "htps-listen-port"')
    })
    test('a wrong value names file and setting', () => {
      const path = file('https-listen-port: 0\n')
      expect(() => readServerConfig({ flags: {}, env: {}, file: path })).toThrow(
        `${path}: https-listen-port: invalid value 0`,
      )
    })
    test('a missing file is a clear error', () => {
      expect(() => readServerConfig({ flags: {}, env: {}, file: '/nonexistent' })).toThrow(
        '--config: cannot read /nonexistent',
      )
    })
  })
})

describe('readAgentConfig()', () => {
  test('needs a server and a token', () => {
    expect(() => readAgentConfig({ flags: {}, env: {} })).toThrow('--join is required')
    expect(() => readAgentConfig({ flags: { join: 'https://a:6443' }, env: {} })).toThrow('--token is required')
    expect(() => readAgentConfig({ flags: { join: 'http://a:6443', token: 'x' }, env: {} })).toThrow(
      '--join: invalid value "http://a:6443"',
    )
  })
})
