import { exitCode, field, k, lines, makePods, pod, startKubectl } from '../support/node-room.ts'
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
      pod('says', 'for i in 1 2 3 4 5 6; do echo word $i; sleep 0.5; done', { spec: 'restartPolicy: Never' }),
    )
    await using follow = startKubectl(['logs', '-f', 'says'])
    await waitUntil('a later line', () => follow.out().includes('word 4'))
    expect(await exitCode(follow)).toBe(0)
    expect(lines(follow.out())).toEqual([1, 2, 3, 4, 5, 6].map(i => `word ${i}`))
  })

  test('follow goes on for as long as the container lives', async () => {
    await using follow = startKubectl(['logs', '-f', '--tail=1', 'talks'])
    await waitUntil('five lines', () => lines(follow.out()).length >= 5)
    const numbers = lines(follow.out()).map(l => Number(l.split(' ')[1]))
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i))
  })

  test('since leaves out what is older', async () => {
    await waitUntil('some lines', async () => lines(await k('logs', 'talks')).length > 15)
    const all = lines(await k('logs', 'talks')).length
    const some = lines(await k('logs', '--since=1s', 'talks')).length
    expect(some).toBeGreaterThan(0)
    expect(some).toBeLessThan(all - 5)
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
      30_000,
    )
    expect(await k('logs', 'twice', '--previous')).toBe('first run\n')
    await expect(k('logs', 'talks', '--previous')).rejects.toThrow(
      'previous terminated container "c" in pod "talks" not found',
    )
  })

  test('several containers: the first by default, one by name, all with their names', async () => {
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
