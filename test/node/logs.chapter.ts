import { field, inPod, k, lines, makePods, pod, startKubectl } from '../support/node-room.ts'
import { exitCode } from '../support/running.ts'
import { waitUntil } from '../support/wait.ts'

/** kubectl logs, in its forms. */
export function logs(): void {
  beforeAll(() =>
    makePods(
      pod('talks', 'i=0; while true; do echo line $i; i=$((i+1)); sleep 0.2; done'),
      pod(
        'twice',
        'if test -e /v/again; then echo second run; sleep 100000; else touch /v/again; echo first run; sleep 1; exit 1; fi',
        {
          spec: 'volumes: [{name: v, emptyDir: {}}]',
          more: 'volumeMounts: [{name: v, mountPath: /v}]',
        },
      ),
      `${pod('two', 'echo from c; sleep 100000')}  - {name: d, image: "web:1", imagePullPolicy: Never, command: [sh, -c, "echo from d; sleep 100000"]}\n`,
    ),
  )
  afterAll(() => k('delete', 'pod', 'talks', 'twice', 'two', 'says', '--ignore-not-found'))

  test('follow shows what comes, and ends with the container', async () => {
    await makePods(
      pod('says', 'echo word 1; echo word 2; until test -e /tmp/go; do sleep 0.1; done; echo word 3; echo word 4', {
        spec: 'restartPolicy: Never',
      }),
    )
    await using follow = startKubectl(['logs', '-f', 'says'])
    await waitUntil('what is there', () => follow.out().includes('word 2'))
    await inPod('says', 'touch /tmp/go')
    expect(await exitCode(follow)).toBe(0)
    expect(lines(follow.out())).toEqual([1, 2, 3, 4].map(i => `word ${i}`))
  })

  test('follow goes on for as long as the container lives', async () => {
    await using follow = startKubectl(['logs', '-f', '--tail=1', 'talks'])
    await waitUntil('five lines', () => lines(follow.out()).length >= 5)
    const numbers = lines(follow.out()).map(l => Number(l.split(' ')[1]))
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  })

  test('since leaves out what is older', async () => {
    await waitUntil('some lines', async () => lines(await k('logs', 'talks')).length > 15)
    // On a busy machine a second may pass without a line.
    const some = await waitUntil('new lines', async () => lines(await k('logs', '--since=1s', 'talks')).length)
    expect(some).toBeLessThan(lines(await k('logs', 'talks')).length - 5)
    const [tenth = ''] = lines(await k('logs', '--timestamps', 'talks')).slice(10)
    const since = await k('logs', `--since-time=${tenth.split(' ')[0]}`, 'talks')
    expect(lines(since)[0]).toMatch(/^line ([5-9]|10)$/)
    expect(await k('logs', '--since-time=2100-01-01T00:00:00Z', 'talks')).toBe('')
  })

  test('previous is the run before, and is missing where there was none', async () => {
    await waitUntil(
      'the second run',
      async () =>
        (await field('pod twice', '.status.containerStatuses[0].state.running.startedAt')) !== '' &&
        (await k('logs', 'twice')) === 'second run\n',
    )
    expect(await k('logs', 'twice', '--previous')).toBe('first run\n')
    await expect(k('logs', 'talks', '--previous')).rejects.toThrow(
      'previous terminated container "c" in pod "talks" not found',
    )
  })

  test('several containers: the first by default, one by name, all with their names', async () => {
    await waitUntil('words of both', async () => lines(await k('logs', 'two', '--all-containers')).length === 2)
    expect(await k('logs', 'two')).toContain('from c')
    expect(await k('logs', 'two', '-c', 'd')).toBe('from d\n')
    expect(lines(await k('logs', 'two', '--all-containers', '--prefix')).sort()).toEqual([
      '[pod/two/c] from c',
      '[pod/two/d] from d',
    ])
    await expect(k('logs', 'two', '-c', 'nobody')).rejects.toThrow('container nobody is not valid for pod two')
  })

  test('a large log comes whole', async () => {
    await makePods(pod('large', 'seq 1 300000; echo end; sleep 100000'))
    const text = await waitUntil('its end', async () => {
      const t = await k('logs', 'large')
      return t.endsWith('end\n') && t
    })
    expect(lines(text)).toHaveLength(300_001)
    expect(lines(await k('logs', 'large', '--tail=3'))).toEqual(['299999', '300000', 'end'])
    expect((await k('logs', 'large', '--limit-bytes=1000')).length).toBe(1000)
    await k('delete', 'pod', 'large')
  })
}
