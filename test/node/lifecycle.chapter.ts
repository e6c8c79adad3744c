import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply, attempt, field, here, inPod, k, lines, makePods, pod } from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

/** Starts, probes, crashes and ends. */
export function lifecycle(): void {
  const events = (name: string): Promise<string> =>
    k(
      'get',
      'events',
      '--field-selector',
      `involvedObject.name=${name}`,
      '-o',
      'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}',
    )
  const status = (name: string, path: string): Promise<string> =>
    field(`pod ${name}`, `.status.containerStatuses[0].${path}`)
  const shared = (): string => join(here().host.dir, 'notes')
  /** A volume to leave notes for the test in. */
  const notes = {
    spec: () => `volumes: [{name: notes, hostPath: {path: ${shared()}}}]`,
    more: 'volumeMounts: [{name: notes, mountPath: /notes}]',
  }

  beforeAll(async () => {
    mkdirSync(shared(), { recursive: true })
    // All at once: most of this chapter is waiting for time to pass.
    const init = (name: string, script: string, more = ''): string =>
      `- {name: ${name}, image: "web:1", imagePullPolicy: Never, command: [sh, -c, ${JSON.stringify(script)}], volumeMounts: [{name: notes, mountPath: /notes}]${more}}`
    await apply(
      pod('inits', 'cat /notes/order; sleep 100000', {
        more: notes.more,
        spec: `${notes.spec()}\ninitContainers:\n${init('first', 'sleep 1; echo first >> /notes/order')}\n${init('side', 'echo side >> /notes/order; sleep 100000', ', restartPolicy: Always')}\n${init('last', 'echo last >> /notes/order')}`,
      }),
      pod('bad-init', 'sleep 100000', {
        spec: `restartPolicy: Never\n${notes.spec()}\ninitContainers:\n${init('fails', 'exit 3')}`,
      }),
      pod('crash', 'echo run; exit 5'),
      pod('done', 'echo finished > /dev/termination-log', { spec: 'restartPolicy: Never' }),
      pod('failed', 'echo last words; exit 4', {
        spec: 'restartPolicy: OnFailure',
        more: 'terminationMessagePolicy: FallbackToLogsOnError',
      }),
      pod('lively', 'touch /tmp/well; sleep 3; rm /tmp/well; sleep 100000', {
        more: 'livenessProbe: {exec: {command: [cat, /tmp/well]}, periodSeconds: 1, failureThreshold: 2}',
      }),
      pod('slow', 'sleep 2; httpd -p 80 -h /www; sleep 100000', {
        more: 'startupProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1, failureThreshold: 30}\nreadinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}\nlivenessProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1, failureThreshold: 1}',
      }),
      pod('unready', 'httpd -p 80 -h /www; sleep 100000', {
        more: 'readinessProbe: {httpGet: {path: /no-such-page, port: 80}, periodSeconds: 1}',
      }),
    )
  })
  afterAll(() =>
    k(
      'delete',
      'pod',
      'inits',
      'bad-init',
      'crash',
      'done',
      'failed',
      'lively',
      'slow',
      'unready',
      '--ignore-not-found',
    ),
  )

  test('init containers run in order, one that restarts stays beside the others', async () => {
    await k('wait', '--for=condition=Ready', 'pod/inits', '--timeout=30s')
    expect(await k('logs', 'inits', '-c', 'c')).toBe('first\nside\nlast\n')
    expect(await field('pod inits', '.status.initContainerStatuses[*].state')).toMatch(
      /"terminated".*"running".*"terminated"/,
    )
    expect(await k('get', 'pod', 'inits', '--no-headers')).toMatch(/^inits\s+2\/2\s+Running\s+0/)
  })

  test('a failed init container fails a pod that never restarts', async () => {
    await waitUntil('the failure', async () => (await field('pod bad-init', '.status.phase')) === 'Failed')
    expect(await k('get', 'pod', 'bad-init', '--no-headers')).toMatch(/Init:Error|Init:ExitCode:3/)
    expect(await field('pod bad-init', '.status.initContainerStatuses[0].state.terminated.exitCode')).toBe('3')
  })

  test('a pod that is done has Succeeded, with its last message', async () => {
    await waitUntil('the end', async () => (await field('pod done', '.status.phase')) === 'Succeeded')
    expect(await status('done', 'state.terminated.message')).toBe('finished\n')
    expect(await status('done', 'state.terminated.reason')).toBe('Completed')
    expect(await k('get', 'pod', 'done', '--no-headers')).toMatch(/0\/1\s+Completed\s+0/)
  })

  test('a container that crashes starts again, later and later', async () => {
    await waitUntil('the back-off', async () => (await status('crash', 'state.waiting.reason')) === 'CrashLoopBackOff')
    expect(await status('crash', 'lastState.terminated.exitCode')).toBe('5')
    expect(await status('crash', 'state.waiting.message')).toMatch(
      /^back-off 10s restarting failed container=c pod=crash_default\(.{36}\)$/,
    )
    await waitUntil('the second restart', async () => Number(await status('crash', 'restartCount')) >= 2, 30_000)
    await waitUntil('the longer back-off', async () =>
      (await status('crash', 'state.waiting.message')).startsWith('back-off 20s'),
    )
    expect(await events('crash')).toMatch(/BackOff: Back-off restarting failed container c in pod crash_default/)
    expect(await status('failed', 'lastState.terminated.message')).toBe('last words\n')
  })

  test('a failed liveness probe restarts the container', async () => {
    await waitUntil('the restart', async () => Number(await status('lively', 'restartCount')) >= 1, 30_000)
    const seen = await events('lively')
    expect(seen).toMatch(/Unhealthy: Liveness probe failed: cat: can't open '\/tmp\/well'/)
    expect(seen).toMatch(/Killing: Container c failed liveness probe, will be restarted/)
  })

  test('a startup probe holds the others back', async () => {
    await k('wait', '--for=condition=Ready', 'pod/slow', '--timeout=30s')
    expect(await status('slow', 'started')).toBe('true')
    expect(await status('slow', 'restartCount')).toBe('0')
    expect(await events('slow')).toMatch(
      /Unhealthy: Startup probe failed: Get "http:\/\/10\.42\.0\.\d+:80\/index\.html": dial tcp 10\.42\.0\.\d+:80: connect: connection refused/,
    )
  })

  test('a pod whose readiness probe fails runs, and is not ready', async () => {
    expect(await k('get', 'pod', 'unready', '--no-headers')).toMatch(/0\/1\s+Running\s+0/)
    await waitUntil('the event', async () =>
      (await events('unready')).includes('Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404'),
    )
    expect(await field('pod unready', '.status.conditions[?(@.type=="Ready")].reason')).toBe('ContainersNotReady')
  })

  test('a pod that is deleted gets its time: preStop, TERM, then its own goodbye', async () => {
    const script =
      'trap "echo term >> /notes/end; sleep 1; echo bye >> /notes/end; exit 0" TERM; while true; do sleep 0.1; done'
    await makePods(
      pod('polite', script, {
        more: `${notes.more}\nlifecycle: {preStop: {exec: {command: [sh, -c, "echo prestop >> /notes/end"]}}, postStart: {exec: {command: [sh, -c, "echo poststart >> /notes/end"]}}}`,
        spec: notes.spec(),
      }).replace('PeriodSeconds: 1\n', 'PeriodSeconds: 20\n'),
    )
    const began = Date.now()
    await k('delete', 'pod', 'polite')
    expect(Date.now() - began).toBeLessThan(8_000)
    expect(lines(readFileSync(join(shared(), 'end'), 'utf8'))).toEqual(['poststart', 'prestop', 'term', 'bye'])
  })

  test('one that does not go is killed when its time is over', async () => {
    await makePods(
      pod('stubborn', 'trap "" TERM; while true; do sleep 0.1; done').replace(
        'PeriodSeconds: 1\n',
        'PeriodSeconds: 3\n',
      ),
    )
    const began = Date.now()
    const gone = k('delete', 'pod', 'stubborn')
    await waitUntil('Terminating', async () =>
      (await k('get', 'pod', 'stubborn', '--no-headers')).includes('Terminating'),
    )
    await gone
    expect(Date.now() - began).toBeGreaterThan(2_500)
    expect(Date.now() - began).toBeLessThan(8_000)
  })

  test('force takes a pod from the API at once, and its containers soon', async () => {
    await makePods(
      pod('forced', 'trap "" TERM; while true; do sleep 0.1; done').replace(
        'PeriodSeconds: 1\n',
        'PeriodSeconds: 30\n',
      ),
    )
    const began = Date.now()
    await k('delete', 'pod', 'forced', '--force', '--grace-period=0')
    expect((await attempt('get', 'pod', 'forced')).stderr).toContain('not found')
    expect(Date.now() - began).toBeLessThan(3_000)
    await waitUntil(
      'no containers',
      async () => (await here().host.docker('ps', '-aq', '--filter', 'name=_forced_')).trim() === '',
      10_000,
    )
  })

  test('limits are the kernel’s, and going over memory is OOMKilled', async () => {
    await makePods(pod('limited', 'sleep 100000', { more: 'resources: {limits: {memory: 32Mi, cpu: 250m}}' }))
    const id = (await status('limited', 'containerID')).replace('docker://', '')
    const limits = await here().host.docker(
      'inspect',
      '-f',
      '{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}}/{{.HostConfig.CpuPeriod}}',
      id,
    )
    expect(limits.trim()).toBe('33554432 25000/100000')
    await apply(
      pod('greedy', 'tail /dev/zero', { spec: 'restartPolicy: Never', more: 'resources: {limits: {memory: 16Mi}}' }),
    )
    await waitUntil('the end', async () => (await status('greedy', 'state.terminated.reason')) === 'OOMKilled')
    expect(await status('greedy', 'state.terminated.exitCode')).toBe('137')
    await k('delete', 'pod', 'limited', 'greedy')
  })

  test('an image that is not there is named, with Kubernetes’ reasons', async () => {
    await apply(pod('no-image', 'true').replace('web:1', 'nowhere:1'))
    await waitUntil(
      'the reason',
      async () => (await status('no-image', 'state.waiting.reason')) === 'ErrImageNeverPull',
    )
    expect(await status('no-image', 'state.waiting.message')).toBe(
      'Container image "nowhere:1" is not present with pull policy of Never',
    )
    await k('delete', 'pod', 'no-image')
  })

  test('users, capabilities, read-only roots', async () => {
    await makePods(
      pod('secure', 'id; echo x > /file || echo refused; grep CapEff /proc/self/status; sleep 100000', {
        spec: 'securityContext: {runAsUser: 1234, runAsGroup: 2345, fsGroup: 3456, supplementalGroups: [4567]}\nvolumes: [{name: v, emptyDir: {}}]',
        more: 'securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}\nvolumeMounts: [{name: v, mountPath: /v}]',
      }),
    )
    const text = await k('logs', 'secure')
    expect(text).toMatch(
      /uid=1234.* gid=2345.* groups=(2345,)?3456,4567|uid=1234.* gid=2345.* groups=(2345,)?4567,3456/,
    )
    expect(text).toContain('refused')
    expect(text).toMatch(/CapEff:\s+0000000000000000/)
    expect(await inPod('secure', 'echo y > /v/file; stat -c %g /v/file')).toBe('3456\n')
    await k('delete', 'pod', 'secure')
    expect(existsSync(shared())).toBe(true)
  })
}
