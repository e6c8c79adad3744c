import { durationText } from '../../../src/agent/backoff.ts'
import { fieldText, resourceText } from '../../../src/agent/downward.ts'
import { containerEnv, expandSubPath } from '../../../src/agent/env.ts'
import { expand } from '../../../src/agent/expand.ts'
import { imageNameFault, registryOf } from '../../../src/agent/image-name.ts'
import { hostsFile, parseResolver, resolverFile } from '../../../src/agent/pod-files.ts'
import type { References } from '../../../src/agent/references.ts'
import { serviceEnv, type ServiceView } from '../../../src/agent/service-env.ts'
import { withTag } from '../../../src/agent/container-status.ts'
import { container, podOf } from '../../support/pod-builder.ts'

const place = { podIp: '10.42.0.9', hostIp: '192.0.2.1', allocatable: { cpu: '4', memory: '8Gi' }, ownAnnotations: {} }

test.each([
  ['a known variable', 'x $(A) y', 'x one y'],
  ['an unknown one stays', '$(NONE)', '$(NONE)'],
  ['two dollars are one, and what follows is text', '$$(A)', '$(A)'],
  ['two dollars are one before anything', '$$$$', '$$'],
  ['a lonely dollar', '$A $ $', '$A $ $'],
  ['an open end', 'a $(A', 'a $(A'],
  ['names may hold anything up to the bracket', '$(A-b)', '$(A-b)'],
])('expands %s', (_, text, want) => {
  expect(expand(text, name => (name === 'A' ? 'one' : undefined))).toBe(want)
})

test.each([
  ['busybox', ''],
  ['registry.k8s.io/pause:3.10', ''],
  ['localhost:5000/a/b@sha256:' + 'a'.repeat(64), ''],
  ['UPPER/Case:1', 'invalid reference format: repository name (Case) must be lowercase'],
  ['Case', 'invalid reference format: repository name (Case) must be lowercase'],
  ['a b', 'invalid reference format'],
  ['a:', 'invalid reference format'],
  ['a/-b', 'invalid reference format'],
])('judges the image name %s', (image, fault) => {
  expect(imageNameFault(image)).toBe(fault)
})

test('finds the registry of an image', () => {
  expect(['nginx', 'library/nginx', 'quay.io/a/b', 'localhost/x', 'host:5000/x'].map(registryOf)).toEqual([
    'docker.io',
    'docker.io',
    'quay.io',
    'localhost',
    'host:5000',
  ])
})

test('an image without tag or digest is the latest', () => {
  expect(['a', 'h:5/a', 'a:1', `a@sha256:${'a'.repeat(64)}`].map(withTag)).toEqual([
    'a:latest',
    'h:5/a:latest',
    'a:1',
    `a@sha256:${'a'.repeat(64)}`,
  ])
})

test('writes durations as Go does', () => {
  expect([10_000, 80_000, 160_000, 300_000, 3_600_000].map(durationText)).toEqual([
    '10s',
    '1m20s',
    '2m40s',
    '5m0s',
    '1h0m0s',
  ])
})

test('downward maps are sorted lines with Go quotes', () => {
  const pod = podOf({}, { metadata: { annotations: { b: 'line1\nline2', a: 'say "ü"\u0001' } } })
  expect(fieldText(pod, 'metadata.annotations', place)).toBe('a="say \\"ü\\"\\x01"\nb="line1\\nline2"')
})

test.each([
  ['limits.cpu', undefined, '2'],
  ['limits.cpu', '1m', '1250'],
  ['requests.memory', '1Ki', '33792'],
  ['requests.cpu', undefined, '0'],
  ['limits.memory', '1Gi', '8'],
])('%s by %s is %s', (resource, divisor, want) => {
  const c = container('c', { resources: { requests: { memory: '33Mi' }, limits: { cpu: '1250m' } } })
  expect(resourceText(podOf({ containers: [c] }), c, { resource, ...(divisor ? { divisor } : {}) }, place)).toBe(want)
})

const objects: References = {
  configMap: async (_, name) =>
    name === 'conf' ? ({ metadata: {}, data: { k: 'v', 'x.y': 'odd' } } as never) : undefined,
  secret: async (_, name) =>
    name === 'sec' ? ({ metadata: {}, data: { k: Buffer.from('s').toString('base64') } } as never) : undefined,
}
const envOf = async (over: Parameters<typeof container>[1]): Promise<Record<string, string>> => {
  const c = container('c', over)
  const services = new Map([['SVC', '1']])
  return Object.fromEntries(await containerEnv(podOf({ containers: [c] }), c, { references: objects, place, services }))
}

test('env wins over envFrom, later sources over earlier ones, and services come last', async () => {
  const envFrom = [{ configMapRef: { name: 'conf' } }, { prefix: 'P_', secretRef: { name: 'sec' } }]
  const env = [
    { name: 'k', value: 'own $(P_k) $(SVC)' },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  ]
  expect(await envOf({ envFrom, env })).toEqual({ k: 'own s 1', 'x.y': 'odd', P_k: 's', IP: '10.42.0.9', SVC: '1' })
})

test.each([
  [
    "couldn't find key constructor in ConfigMap ns/conf",
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'conf', key: 'constructor' } } }] },
  ],
  ['configmap "none" not found', { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k' } } }] }],
  [
    "couldn't find key no in ConfigMap ns/conf",
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'conf', key: 'no' } } }] },
  ],
  [
    "couldn't find key no in Secret ns/sec",
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'sec', key: 'no' } } }] },
  ],
  ['secret "none" not found', { envFrom: [{ secretRef: { name: 'none' } }] }],
])('says %s', async (message, over) => {
  await expect(envOf(over)).rejects.toThrow(message)
})

test('optional sources that are missing leave their variables out', async () => {
  const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } }]
  expect(await envOf({ env, envFrom: [{ secretRef: { name: 'none', optional: true } }] })).toEqual({ SVC: '1' })
})

test('a sub-path may only use variables that exist', () => {
  expect(expandSubPath('a-$(A)', new Map([['A', 'b']]))).toBe('a-b')
  expect(() => expandSubPath('$(NONE)', new Map())).toThrow('missing value for NONE')
})

test('describes services in the pod’s namespace and the API itself', () => {
  const service = (namespace: string, name: string, clusterIP: string): ServiceView =>
    ({
      metadata: { namespace, name },
      spec: { clusterIP, ports: [{ name: 'web', port: 80 }] },
    }) as unknown as ServiceView
  const all = [
    service('ns', 'my-svc', '10.43.0.5'),
    service('ns', 'headless', 'None'),
    service('default', 'kubernetes', '10.43.0.1'),
    service('x', 'far', '10.43.0.7'),
  ]
  expect(Object.fromEntries([...serviceEnv(all, 'ns', true)].filter(([k]) => k.startsWith('MY_')))).toEqual({
    MY_SVC_SERVICE_HOST: '10.43.0.5',
    MY_SVC_SERVICE_PORT: '80',
    MY_SVC_SERVICE_PORT_WEB: '80',
    MY_SVC_PORT: 'tcp://10.43.0.5:80',
    MY_SVC_PORT_80_TCP: 'tcp://10.43.0.5:80',
    MY_SVC_PORT_80_TCP_PROTO: 'tcp',
    MY_SVC_PORT_80_TCP_PORT: '80',
    MY_SVC_PORT_80_TCP_ADDR: '10.43.0.5',
  })
  expect([...serviceEnv(all, 'ns', false).keys()].every(k => k.startsWith('KUBERNETES_'))).toBe(true)
})

const resolver = {
  node: parseResolver('search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n'),
  clusterDns: '10.43.0.10',
  clusterDomain: 'cluster.local',
}

test.each([
  [
    'ClusterFirst',
    {},
    'search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.43.0.10\noptions ndots:5\n',
  ],
  ['Default', { dnsPolicy: 'Default' }, 'search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n'],
  [
    'ClusterFirst on the host’s network',
    { hostNetwork: true },
    'search corp.example\nnameserver 192.0.2.53\noptions timeout:2\n',
  ],
  [
    'None with its own',
    {
      dnsPolicy: 'None',
      dnsConfig: {
        nameservers: ['10.9.9.9'],
        searches: ['one.example'],
        options: [{ name: 'ndots', value: '3' }, { name: 'edns0' }],
      },
    },
    'search one.example\nnameserver 10.9.9.9\noptions ndots:3 edns0\n',
  ],
  [
    'an option that replaces the cluster’s',
    { dnsConfig: { options: [{ name: 'ndots', value: '2' }] } },
    'search ns.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.43.0.10\noptions ndots:2\n',
  ],
])('writes the resolver file for %s', (_, spec, want) => {
  expect(resolverFile(podOf(spec), resolver)).toBe(want)
})

test('a resolver file holds no more than resolvers read', () => {
  const many = Array.from({ length: 40 }, (_, i) => `s${i}.example`)
  const text = resolverFile(
    podOf({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'], searches: many },
    }),
    { node: parseResolver(''), clusterDns: '10.43.0.10', clusterDomain: 'cluster.local' },
  )
  expect(text.match(/^nameserver/gm)).toHaveLength(3)
  expect(/^search (.*)$/m.exec(text)?.[1]?.split(' ')).toEqual(many.slice(0, 32))
  const long = 'x'.repeat(999)
  const short = resolverFile(
    podOf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a', 'b', 'c'].map(c => c + long) } }),
    {
      node: parseResolver(''),
      clusterDns: '',
      clusterDomain: 'cluster.local',
    },
  )
  expect(/^search (.*)$/m.exec(short)?.[1]?.length).toBe(2001)
})

test('writes the hosts file with the pod’s names and aliases', () => {
  const pod = podOf({
    hostname: 'me',
    subdomain: 'sub',
    hostAliases: [{ ip: '10.1.2.3', hostnames: ['a.example', 'b.example'] }],
  })
  const lines = hostsFile(pod, { ip: '10.42.0.9', clusterDomain: 'cluster.local', nodeHosts: '' }).split('\n')
  expect(lines.slice(7)).toEqual([
    '10.42.0.9\tme.sub.ns.svc.cluster.local\tme',
    '',
    '# Entries added by HostAliases.',
    '10.1.2.3\ta.example\tb.example',
    '',
  ])
})
