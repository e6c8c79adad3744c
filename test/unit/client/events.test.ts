import { silentLogger } from '../../../src/base/log.ts'
import type { Client } from '../../../src/client/client.ts'
import { EventRecorder } from '../../../src/client/events.ts'
import type { Event } from '../../../src/kinds/generated/types.ts'
import { FakeClock } from '../../support/fake-clock.ts'

function setup() {
  const clock = new FakeClock()
  const created: Event[] = []
  const patched: { name: string; body: unknown }[] = []
  const client = {
    create: async (_kind: unknown, event: Event) => {
      created.push(event)
      return event
    },
    patch: async (_kind: unknown, _namespace: string, name: string, _type: string, body: object) => {
      patched.push({ name, body })
      return { ...created.find(e => e.metadata.name === name), ...body }
    },
  } as unknown as Client
  const recorder = new EventRecorder({ client, clock, log: silentLogger, component: 'replicaset-controller' })
  return { clock, created, patched, recorder }
}

const target = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'a', uid: 'u', resourceVersion: '7' },
}

describe('event recorder', () => {
  test('an event says what client-go says', async () => {
    const { recorder, created } = setup()
    recorder.event(target, 'Normal', 'SuccessfulCreate', 'Created pod: web-x')
    await recorder.flush()
    const nanos = (BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n).toString(16)
    expect(created).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `web.${nanos}`, namespace: 'a' },
        involvedObject: {
          kind: 'ReplicaSet',
          namespace: 'a',
          name: 'web',
          uid: 'u',
          apiVersion: 'apps/v1',
          resourceVersion: '7',
        },
        reason: 'SuccessfulCreate',
        message: 'Created pod: web-x',
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        count: 1,
        type: 'Normal',
        source: { component: 'replicaset-controller' },
        reportingComponent: 'replicaset-controller',
        reportingInstance: '',
      },
    ])
  })

  test('the same event again raises the count of the first', async () => {
    const { recorder, created, patched, clock } = setup()
    recorder.event(target, 'Warning', 'FailedCreate', 'no')
    await recorder.flush()
    await clock.advance(5000)
    recorder.event(target, 'Warning', 'FailedCreate', 'no')
    await recorder.flush()
    expect(created).toHaveLength(1)
    expect(patched).toEqual([
      { name: created[0]?.metadata.name, body: { count: 2, lastTimestamp: '2026-01-01T00:00:05Z', message: 'no' } },
    ])
  })

  test('many similar events are combined, and a flood about one object is cut', async () => {
    const { recorder, created, patched } = setup()
    for (let i = 0; i < 40; i++) recorder.event(target, 'Normal', 'SuccessfulCreate', `Created pod: ${i}`)
    await recorder.flush()
    expect(created.map(e => e.message).slice(8)).toEqual([
      'Created pod: 8',
      '(combined from similar events): Created pod: 9',
    ])
    expect(created.length + patched.length).toBe(25)
  })

  test('events of one instant have different names', async () => {
    const { recorder, created } = setup()
    recorder.event(target, 'Normal', 'A', 'a')
    recorder.event(target, 'Normal', 'B', 'b')
    await recorder.flush()
    expect(new Set(created.map(e => e.metadata.name)).size).toBe(2)
  })
})
