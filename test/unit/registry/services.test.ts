import { ServiceAllocator } from '../../../src/registry/allocators/services.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'

interface Port {
  port: number
  protocol?: string
  nodePort?: number
}
interface Spec {
  type?: string
  clusterIP?: string
  clusterIPs?: string[]
  ports?: Port[]
}
const service = (spec: Spec) =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec }) as unknown as AnyObject & { spec: Spec }
const small = () => new ServiceAllocator({ serviceCidr: '10.43.0.0/28', nodePorts: [30000, 30003], random: () => 0 })

test('an address is given, kept until the service is gone, and given again', () => {
  const allocator = small()
  const a = service({ clusterIP: '10.43.0.5', clusterIPs: ['10.43.0.5'] })
  allocator.beginCreate(a, false, []).commit()
  expect(() => allocator.beginCreate(service({ clusterIP: '10.43.0.5' }), false, [])).toThrow(
    'failed to allocate IP 10.43.0.5: provided IP is already allocated',
  )
  allocator.removed(a)
  allocator.beginCreate(service({ clusterIP: '10.43.0.5' }), false, []).commit()
})

test('a range is used up to its last address, and never its first and last', () => {
  const allocator = small()
  const ips = new Set<string>()
  for (let i = 0; i < 14; i++) {
    const s = service({})
    allocator.beginCreate(s, false, []).commit()
    ips.add(s.spec.clusterIP as string)
  }
  expect(ips.size).toBe(14)
  expect(ips.has('10.43.0.0') || ips.has('10.43.0.15')).toBe(false)
  expect(() => allocator.beginCreate(service({}), false, [])).toThrow('range is full')
})

test('what a failed write took is free again', () => {
  const allocator = small()
  allocator.beginCreate(service({ clusterIP: '10.43.0.5' }), false, []).cancel()
  allocator.beginCreate(service({ clusterIP: '10.43.0.5' }), false, []).commit()
})

test('ports of one number share a node port over protocols; others do not', () => {
  const allocator = small()
  const s = service({
    type: 'NodePort',
    ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }, { port: 80 }],
  })
  allocator.beginCreate(s, false, []).commit()
  const [udp, tcp, web] = (s.spec.ports as Port[]).map(p => p.nodePort)
  expect(udp).toBe(tcp)
  expect(web).not.toBe(udp)
})

test('a change to ClusterIP gives node ports back when it is stored', () => {
  const allocator = small()
  const old = service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] })
  allocator.beginCreate(old, false, []).commit()
  const { clusterIP, clusterIPs } = old.spec
  const next = service({ type: 'ClusterIP', clusterIP, clusterIPs, ports: [{ port: 80 }] } as Spec)
  const change = allocator.beginUpdate(next, old as never, false, [])
  const other = () => service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] })
  expect(() => allocator.beginCreate(other(), false, [])).toThrow('provided port is already allocated')
  change.commit()
  allocator.beginCreate(other(), false, []).commit()
})
