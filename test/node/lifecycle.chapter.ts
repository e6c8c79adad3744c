import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply, attempt, field, here, inPod, k, lines, makePods, pod, startKubectl } from '../support/node-room.ts'
import type { Running } from '../support/running.ts'
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

  /** What the statuses of the pod `crash` say, from the beginning: exit code of the run before, reason, message. */
  let statuses: Running

  beforeAll(async () => {
    mkdirSync(shared(), { recursive: true })
    const c = '.status.containerStatuses[0]'
    statuses = startKubectl([
      'get',
      'pods',
      '--field-selector=metadata.name=crash',
      '-w',
      '-o',
      `jsonpath={${c}.lastState.terminated.exitCode} {${c}.state.waiting.reason} {${c}.state.waiting.message}{"\\n"}`,
    ])
    // All at once: most of this chapter is waiting for time to pass.
    const init = (name: string, script: string, more = ''): string =>
      `- {name: ${name}, image: "web:1", imagePullPolicy: Never, command: [sh, -c, ${JSON.stringify(script)}], volumeMounts: [{name: notes, mountPath: /notes}]${more}}`
    await apply(
      pod('inits', 'cat /notes/order; sleep 100000', {
        more: notes.more,
        spec: `${notes.spec()}\ninitContainers:\n${init('first', 'sleep 1; echo first >> /notes/order')}\n${init('side', 'echo side >> /notes/order; sleep 100000', ', restartPolicy: Always, startupProbe: {exec: {command: [grep, side, /notes/order]}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 300}')}\n${init('last', 'echo last >> /notes/order')}`,
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
        more: 'livenessProbe: {exec: {command: [cat, /tmp/well]}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 2}',
      }),
      pod('slow', 'until test -e /notes/go; do sleep 0.1; done; httpd -p 80 -h /www; sleep 100000', {
        spec: notes.spec(),
        more: `${notes.more}\nstartupProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1, failureThreshold: 300}\nreadinessProbe: {tcpSocket: {port: 80}, periodSeconds: 1}\nlivenessProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1, timeoutSeconds: 60, failureThreshold: 1}`,
      }),
      pod('unready', 'httpd -p 80 -h /www; sleep 100000', {
        more: 'readinessProbe: {httpGet: {path: /no-such-page, port: 80}, periodSeconds: 1, timeoutSeconds: 60}',
      }),
    )
  })
  afterAll(async () => {
    await statuses[Symbol.asyncDispose]()
    await k(
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
    )
  })

  test('init containers run in order, one that restarts stays beside the others', async () => {
    await k('wait', '--for=condition=Ready', 'pod/inits', '--timeout=120s')
    await waitUntil('the log', async () => (await k('logs', 'inits', '-c', 'c')) === 'first\nside\nlast\n')
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
    // What was, not what is: by the time that it is asked for, the first back-off may be over.
    const told = (text: RegExp): Promise<unknown> =>
      waitUntil(`${text}`, () =>
        statuses
          .out()
          .split('\n')
          .some(line => text.test(line)),
      )
    await told(/^5 CrashLoopBackOff back-off 10s restarting failed container=c pod=crash_default\(.{36}\)$/)
    await told(/^5 CrashLoopBackOff back-off 20s restarting/)
    expect(Number(await status('crash', 'restartCount'))).toBeGreaterThanOrEqual(2)
    await waitUntil('the event', async () =>
      /BackOff: Back-off restarting failed container c in pod crash_default/.test(await events('crash')),
    )
    await waitUntil(
      'the last words of the other',
      async () => (await status('failed', 'lastState.terminated.message')) === 'last words\n',
    )
  })

  test('a failed liveness probe restarts the container', async () => {
    await waitUntil('the restart', async () => Number(await status('lively', 'restartCount')) >= 1)
    for (const text of [
      "Unhealthy: Liveness probe failed: cat: can't open '/tmp/well'",
      'Killing: Container c failed liveness probe, will be restarted',
    ])
      await waitUntil(`the event ${text}`, async () => (await events('lively')).includes(text))
  })

  test('a startup probe holds the others back', async () => {
    const refused =
      /Unhealthy: Startup probe failed: Get "http:\/\/10\.42\.0\.\d+:80\/index\.html": dial tcp 10\.42\.0\.\d+:80: connect: connection refused/
    await waitUntil('the event', async () => refused.test(await events('slow')))
    expect(await status('slow', 'started')).toBe('false')
    writeFileSync(join(shared(), 'go'), '')
    await k('wait', '--for=condition=Ready', 'pod/slow', '--timeout=120s')
    expect(await status('slow', 'started')).toBe('true')
    expect(await status('slow', 'restartCount')).toBe('0')
  })

  test('a pod whose readiness probe fails runs, and is not ready', async () => {
    await waitUntil('it to run', async () =>
      /0\/1\s+Running\s+0/.test(await k('get', 'pod', 'unready', '--no-headers')),
    )
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
      }).replace('PeriodSeconds: 1\n', 'PeriodSeconds: 1000\n'),
    )
    // It does not take all of its time: that would be longer than anything is waited for.
    await k('delete', 'pod', 'polite')
    expect(lines(readFileSync(join(shared(), 'end'), 'utf8'))).toEqual(['poststart', 'prestop', 'term', 'bye'])
  })

  test('one that does not go is killed when its time is over', async () => {
    await makePods(
      pod('stubborn', 'trap "" TERM; while true; do sleep 0.1; done').replace(
        'PeriodSeconds: 1\n',
        'PeriodSeconds: 3\n',
      ),
    )
    await using watch = startKubectl(['get', 'pod', 'stubborn', '--no-headers', '-w'])
    await waitUntil('the watch', () => watch.out().includes('Running'))
    const began = performance.now()
    await k('delete', 'pod', 'stubborn')
    expect(performance.now() - began).toBeGreaterThan(2_500)
    await waitUntil('Terminating', () => watch.out().includes('Terminating'))
  })

  test('force takes a pod from the API at once, and its containers soon', async () => {
    await makePods(
      pod('forced', 'trap "" TERM; while true; do sleep 0.1; done').replace(
        'PeriodSeconds: 1\n',
        'PeriodSeconds: 1000\n',
      ),
    )
    await k('delete', 'pod', 'forced', '--force', '--grace-period=0')
    expect((await attempt('get', 'pod', 'forced')).stderr).toContain('not found')
    await waitUntil(
      'no containers',
      async () => (await here().host.docker('ps', '-aq', '--filter', 'name=_forced_')).trim() === '',
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
    const text = await waitUntil('the log', async () => {
      const log = await k('logs', 'secure')
      return log.includes('CapEff') && log
    })
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
