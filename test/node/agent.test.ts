/** @jest-environment ./test/support/telling-environment.ts */
import { readFileSync } from 'node:fs'
import { configMap } from '../../src/kinds/core/config-map.ts'
import { NodeHarness, nodeTestObstacle, TEST_IMAGE } from '../support/node-harness.ts'
import { TEST_MS, waitUntil } from '../support/wait.ts'

jest.setTimeout(TEST_MS)
const obstacle = nodeTestObstacle()
if (obstacle) test.skip(obstacle, () => {})
const onEngine = obstacle ? describe.skip : describe

const STAYS = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done']
const stays = { name: 'c', image: TEST_IMAGE, imagePullPolicy: 'IfNotPresent', command: STAYS }
const isRunning = (s: { phase?: string | undefined }): boolean => s.phase === 'Running'

onEngine('an agent on the real engine', () => {
  let node: NodeHarness
  beforeAll(async () => {
    node = await NodeHarness.start()
  })
  afterAll(() => node?.close())

  test('the next agent takes over what runs, without a restart', async () => {
    const first = await node.startAgent()
    await node.createPod('kept', { containers: [stays] })
    const before = await node.waitFor('kept', 'to run', isRunning)
    await first.agent.stop()
    const second = await node.startAgent()
    const after = await node.status('kept')
    expect(after.containerStatuses).toEqual(before.containerStatuses)
    expect(after.podIP).toBe(before.podIP)
    await node.deletePod('kept')
    expect(await node.containersOf('kept')).toEqual([])
    await second.agent.stop()
  })

  test.each([0, 30, 80, 150, 250, 400, 600])(
    'killed %i ms after a pod came, an agent leaves nothing that the next one doubles',
    async ms => {
      const name = `killed-${ms}`
      const first = await node.startAgent()
      await node.createPod(name, { containers: [stays, { ...stays, name: 'd' }] })
      await new Promise(resolve => setTimeout(resolve, ms))
      first.kill()
      const second = await node.startAgent()
      const status = await node.waitFor(
        name,
        'to be ready',
        s => isRunning(s) && (s.containerStatuses ?? []).every(c => c.ready),
      )
      const running = (await node.containersOf(name)).filter(c => c.state === 'running')
      expect(new Set(running.map(c => `${c.kind} ${c.name}`))).toEqual(
        new Set(['container c', 'container d', 'sandbox ']),
      )
      expect(running).toHaveLength(3)
      expect(status.containerStatuses?.map(c => c.restartCount)).toEqual([0, 0])
      await node.deletePod(name)
      expect(await node.containersOf(name)).toEqual([])
      await second.agent.stop()
    },
  )

  test('containers of a pod that went while no agent ran are removed', async () => {
    const first = await node.startAgent()
    await node.createPod('gone', { containers: [stays] })
    await node.waitFor('gone', 'to run', isRunning)
    await first.agent.stop()
    const { pod } = await import('../../src/kinds/core/pod.ts')
    await node.client.delete(pod, 'default', 'gone', { gracePeriodSeconds: 0 })
    const second = await node.startAgent()
    await waitUntil('the containers to go', async () => (await node.containersOf('gone')).length === 0)
    await second.agent.stop()
  })

  test('a sandbox that dies is made again, and the container starts in the new one', async () => {
    const { agent } = await node.startAgent()
    await node.createPod('renewed', { containers: [stays] })
    const before = await node.waitFor('renewed', 'to run', isRunning)
    const sandbox = (await node.containersOf('renewed')).find(c => c.kind === 'sandbox')
    await node.runtime.signalContainer(sandbox?.id ?? '', 'SIGKILL')
    const after = await node.waitFor(
      'renewed',
      'to run again',
      s => isRunning(s) && s.containerStatuses?.[0]?.restartCount === 1 && s.containerStatuses[0].ready,
    )
    expect(after.containerStatuses?.[0]?.containerID).not.toBe(before.containerStatuses?.[0]?.containerID)
    await node.deletePod('renewed')
    await agent.stop()
  })

  test('a changed ConfigMap reaches the running container, all files at once', async () => {
    const { agent } = await node.startAgent()
    const conf = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf', namespace: 'default' },
      data: { a: 'old' },
    }
    await node.client.create(configMap, conf)
    const command = [
      'sh',
      '-c',
      'until test "$(cat /v/a)" = new; do sleep 0.1; done; cat /v/a /v/b > /dev/termination-log',
    ]
    await node.createPod('live', {
      restartPolicy: 'Never',
      volumes: [{ name: 'v', configMap: { name: 'conf' } }],
      containers: [{ ...stays, command, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    })
    await node.waitFor('live', 'to run', isRunning)
    await node.client.patch(configMap, 'default', 'conf', 'merge', { data: { a: 'new', b: ' and more' } })
    const status = await node.waitFor('live', 'to end', s => s.phase === 'Succeeded')
    expect(status.containerStatuses?.[0]?.state?.terminated?.message).toBe('new and more')
    await node.deletePod('live')
    await agent.stop()
  })

  test('exec gives output, error output and the exit code; dial reaches the pod’s own loopback address', async () => {
    const { agent } = await node.startAgent()
    await node.createPod('talks', {
      containers: [
        {
          ...stays,
          command: [
            'sh',
            '-c',
            'trap "exit 0" TERM; (while :; do echo hello | nc -l -p 8080 127.0.0.1; done) & while :; do sleep 0.1; done',
          ],
        },
      ],
    })
    await node.waitFor('talks', 'to run', isRunning)
    const all = await node.containersOf('talks')
    const [sandbox, own] = ['sandbox', 'container'].map(kind => all.find(c => c.kind === kind))
    if (!sandbox || !own) throw new Error('no container')
    const process = await node.runtime.exec(own.id, {
      command: ['sh', '-c', 'cat; echo bad >&2; exit 7'],
      tty: false,
      stdin: true,
      stdout: true,
      stderr: true,
    })
    process.stdin.end('typed')
    const text = async (stream: AsyncIterable<unknown>): Promise<string> => {
      let out = ''
      for await (const chunk of stream) out += String(chunk)
      return out
    }
    expect(await Promise.all([text(process.stdout), text(process.stderr), process.exited])).toEqual([
      'typed',
      'bad\n',
      7,
    ])
    const answer = await waitUntil('an answer', async () => text(await node.runtime.dial(sandbox, 8080)))
    expect(answer).toBe('hello\n')
    await node.deletePod('talks')
    await agent.stop()
  })

  test('a command that is not there is no output: exec says so', async () => {
    const { agent } = await node.startAgent()
    await node.createPod('bare', { containers: [stays] })
    await node.waitFor('bare', 'to run', isRunning)
    const own = (await node.containersOf('bare')).find(c => c.kind === 'container')
    const streams = { tty: false, stdin: false, stdout: true, stderr: true }
    const process = await node.runtime.exec(own?.id ?? '', { command: ['no-such'], ...streams })
    const [out] = await Promise.all([
      process.stdout.toArray(),
      expect(process.exited).rejects.toThrow(/^failed to exec in container: .*"no-such": executable file not found/),
    ])
    expect(out).toEqual([])
    await node.deletePod('bare')
    await agent.stop()
  })

  test('a probe’s command that takes too long is ended', async () => {
    const { agent } = await node.startAgent()
    const readinessProbe = { exec: { command: ['sleep', '4321'] }, periodSeconds: 1, failureThreshold: 1 }
    await node.createPod('slow', { containers: [{ ...stays, readinessProbe }] })
    await node.waitFor('slow', 'to run', isRunning)
    const own = (await node.containersOf('slow')).find(c => c.kind === 'container')
    const sleepers = async (): Promise<number> => {
      const command = ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "']
      const process = await node.runtime.exec(own?.id ?? '', {
        command,
        tty: false,
        stdin: false,
        stdout: true,
        stderr: false,
      })
      const said = Buffer.concat((await process.stdout.toArray()) as Buffer[]).toString()
      return said.split('sleep 4321').length - 1
    }
    await waitUntil('the first probe', async () => (await sleepers()) > 0)
    await waitUntil('its end', async () => (await sleepers()) === 0)
    await node.deletePod('slow')
    await agent.stop()
  })

  test('a working directory that is a file is an error of the start', async () => {
    const { agent } = await node.startAgent()
    await node.createPod('nowhere', { restartPolicy: 'Never', containers: [{ ...stays, workingDir: '/etc/hostname' }] })
    const status = await node.waitFor('nowhere', 'to fail', s => s.phase === 'Failed')
    expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 128, reason: 'StartError' })
    await node.deletePod('nowhere')
    await waitUntil('its containers to go', async () => (await node.containersOf('nowhere')).length === 0)
    await agent.stop()
  })

  test('an image is a volume, read-only, also for the next start, and stays as long as the pod', async () => {
    const { agent } = await node.startAgent()
    const command = ['sh', '-c', 'cat /image/bin/busybox | wc -c; touch /image/x 2>&1; ls /part/sh; exit 1']
    const volumes = [{ name: 'image', image: { reference: TEST_IMAGE, pullPolicy: 'Never' } }]
    const volumeMounts = [
      { name: 'image', mountPath: '/image' },
      { name: 'image', mountPath: '/part', subPath: 'bin' },
    ]
    await node.createPod('pictures', {
      restartPolicy: 'OnFailure',
      volumes,
      containers: [{ ...stays, command, volumeMounts }],
    })
    await node.waitFor('pictures', 'to run twice', s => s.containerStatuses?.[0]?.restartCount === 1)
    const all = await node.containersOf('pictures')
    expect(all.filter(c => c.kind === 'image')).toHaveLength(1)
    const own = all.find(c => c.kind === 'container' && c.attempt === 0)
    const { merged } = await node.runtime.logs(own?.id ?? '', { follow: false, timestamps: false })
    const said = Buffer.concat((await merged.toArray()) as Buffer[]).toString()
    expect(said).toMatch(/^\d{6,}\ntouch: \/image\/x: Read-only file system\n\/part\/sh\n$/)
    await node.deletePod('pictures')
    expect(await node.containersOf('pictures')).toEqual([])
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(own?.podUid)
    await agent.stop()
  })

  test('an image volume whose image is not there is the container’s fault', async () => {
    const { agent } = await node.startAgent()
    const volumes = [{ name: 'image', image: { reference: 'kubelite-test/none:1', pullPolicy: 'Never' } }]
    const volumeMounts = [{ name: 'image', mountPath: '/image' }]
    await node.createPod('no-picture', { volumes, containers: [{ ...stays, volumeMounts }] })
    await node.waitFor(
      'no-picture',
      'to wait',
      s => s.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImageNeverPull',
    )
    await node.deletePod('no-picture')
    await agent.stop()
  })
})
