import type { LogOptions } from '../../../src/agent/runtime/runtime.ts'
import { KubeletRoom } from '../../support/kubelet-room.ts'
import { until } from '../../support/until.ts'

const EXEC = '/exec/default/web/c?command=ls&command=-l&output=1&error=1'

let room: KubeletRoom

beforeEach(async () => {
  room = await KubeletRoom.open()
})
afterEach(() => room.close())

describe('who may ask', () => {
  test.each([
    ['nobody without a certificate', undefined, 401],
    ['nobody with a certificate of others', 'system:nodes', 401],
    ['administrators', 'system:masters', 200],
    ['administrators among others', ['a', 'system:masters'], 200],
  ])('%s', async (_who, as, code) => {
    room.organization = as
    expect((await room.get('/pods')).code).toBe(code)
  })

  test('everybody may know that it lives', async () => {
    room.organization = undefined
    expect(await room.get('/healthz')).toEqual({ code: 200, text: 'ok' })
  })

  test('streams are refused likewise', async () => {
    room.organization = undefined
    expect((await room.channels(EXEC, 'v4.channel.k8s.io').open()).refusal).toBe('401 Unauthorized')
    await expect(room.spdy(EXEC)).rejects.toThrow('401 Unauthorized')
    expect(room.host.calls).toEqual([])
  })
})

describe('requests', () => {
  test.each([
    ['/nonsense', 404, '404 page not found'],
    ['/', 404, '404 page not found'],
    ['/containerLogs/default/%ZZ/c', 400, 'malformed request path'],
    ['/exec/default/web/c', 400, 'Upgrade request required'],
    ['/containerLogs/default/nobody/c', 404, 'pod "nobody" not found'],
    ['/containerLogs/default/web/c?previous=true', 400, 'previous terminated container "c" in pod "web" not found'],
    ['/containerLogs/default/web/soon', 400, 'container "soon" in pod "web" is waiting to start: ContainerCreating'],
  ])('%s', async (path, code, text) => {
    expect(await room.get(path)).toEqual({ code, text })
  })

  test.each([
    ['ErrImagePull', "image can't be pulled"],
    ['ImagePullBackOff', 'trying and failing to pull image'],
    ['CreateContainerConfigError', 'CreateContainerConfigError'],
  ])('a log of a container that waits for %s', async (reason, text) => {
    room.host.waiting = reason
    expect((await room.get('/containerLogs/default/web/soon')).text).toBe(
      `container "soon" in pod "web" is waiting to start: ${text}`,
    )
  })

  test('pods and stats', async () => {
    expect(JSON.parse((await room.get('/pods')).text)).toMatchObject({
      kind: 'PodList',
      items: [{ metadata: { name: 'web' } }],
    })
    expect(JSON.parse((await room.get('/stats/summary')).text)).toMatchObject({
      node: { nodeName: 'n' },
      pods: [{ podRef: { name: 'web' }, containers: [{ name: 'c', cpu: { usageCoreNanoSeconds: 5 } }] }],
    })
  })
})

describe('logs', () => {
  test.each<[string, Partial<LogOptions>]>([
    ['', { follow: false, timestamps: false }],
    ['follow=true&timestamps=true', { follow: true, timestamps: true }],
    ['tailLines=0', { tail: 0 }],
    ['sinceSeconds=10', { since: Date.UTC(2026, 0, 1) - 10_000 }],
    ['sinceTime=2025-12-31T00:00:00Z', { since: Date.UTC(2025, 11, 31) }],
    ['sinceTime=nonsense', {}],
  ])('of "%s"', async (query, options) => {
    expect(await room.get(`/containerLogs/default/web/c?${query}`)).toEqual({ code: 200, text: 'one\ntwo\n' })
    expect(room.host.calls).toEqual([{ logs: 'id-of-c', follow: false, timestamps: false, ...options }])
  })

  test('of ended containers', async () => {
    await room.get('/containerLogs/default/web/old')
    expect(room.host.calls).toMatchObject([{ logs: 'id-of-old' }])
  })

  test.each([
    [3, 'one'],
    [4, 'one\n'],
    [100, 'one\ntwo\n'],
  ])('of at most %d bytes', async (limit, text) => {
    expect((await room.get(`/containerLogs/default/web/c?limitBytes=${limit}`)).text).toBe(text)
    await until('the source’s end', () => room.host.logsClosed > 0)
  })
})
