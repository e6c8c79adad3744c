/** What scripts/up and scripts/test do on machines of several sorts, with programs that only pretend. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubelite-scripts-'))
  mkdirSync(join(dir, 'bin'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** The engine answers once something has made the file `up`. */
const DOCKER = 'test -e "$STATE/up"'

interface Outcome {
  readonly code: number | null
  readonly said: string
  /** Commands that were run, of those that pretend. */
  readonly ran: string[]
}

/** Runs lines of shell after scripts/lib/common.sh. `programs`: name and body of those that pretend. */
function run(lines: string, programs: Readonly<Record<string, string>>): Outcome {
  for (const [name, body] of Object.entries(programs))
    writeFileSync(join(dir, 'bin', name), `#!/bin/sh\necho "${name} $*" >>"$STATE/ran"\n${body}\n`, { mode: 0o755 })
  const script = `source scripts/lib/common.sh\n${lines}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: `${dir}/bin:/usr/bin:/bin`, HOME: dir, STATE: dir, KUBELITE_HOME: dir },
  })
  const ran = existsSync(join(dir, 'ran')) ? readFileSync(join(dir, 'ran'), 'utf8').trim().split('\n') : []
  return { code: status, said: stdout + stderr, ran: ran.filter(line => !line.startsWith('docker ')) }
}

describe('the engine', () => {
  const WITH = 'has_systemd() { true; }\n'
  const WITHOUT = 'has_systemd() { false; }\n'

  test('one that answers is left alone', () => {
    const { code, ran } = run(`${WITH}start_docker`, { docker: 'true', dockerd: 'exit 9', systemctl: 'exit 9' })
    expect([code, ran]).toEqual([0, []])
  })

  test('systemd starts it where there is systemd', () => {
    const { code, ran, said } = run(`${WITH}start_docker`, {
      docker: DOCKER,
      dockerd: 'exit 9',
      systemctl: 'touch "$STATE/up"',
    })
    expect([code, ran]).toEqual([0, ['systemctl start docker']])
    expect(said).toContain('starting Docker (systemctl) ok')
    expect(existsSync(join(dir, 'dockerd.pid'))).toBe(false)
  })

  test('what the journal says is told where systemd cannot', () => {
    const { code, said } = run(`${WITH}start_docker`, {
      docker: DOCKER,
      dockerd: 'exit 9',
      systemctl: 'echo "Job for docker.service failed."; exit 1',
      journalctl: 'echo "unable to configure the Docker daemon: no such option"',
    })
    expect(code).toBe(1)
    expect(said).toMatch(/Docker does not start\n +unable to configure the Docker daemon: no such option\n.*journalctl/)
  })

  test('a unit that is masked is told, though no journal speaks of it', () => {
    const { code, said } = run(`${WITH}start_docker`, {
      docker: DOCKER,
      dockerd: 'exit 9',
      systemctl: 'echo "Failed to start docker.service: Unit docker.service is masked."; exit 1',
      journalctl: 'exit 1',
    })
    expect(code).toBe(1)
    expect(said).toContain('Unit docker.service is masked.')
  })

  test('without systemd it is started by itself, and its number kept for scripts/down', () => {
    const { code, ran } = run(
      `${WITHOUT}start_docker; cat "$state/dockerd.pid" >"$state/number"; wait "$(cat "$state/dockerd.pid")"`,
      {
        docker: DOCKER,
        dockerd: 'touch "$STATE/up"; sleep 1',
        iptables: 'true',
      },
    )
    expect(code).toBe(0)
    expect(ran).toContain('dockerd --live-restore')
    expect(readFileSync(join(dir, 'number'), 'utf8')).toMatch(/^\d+\n$/)
  })

  test('one that ends at once is not waited for, and its own words are told', () => {
    const { code, said } = run(`${WITHOUT}start_docker`, {
      docker: DOCKER,
      dockerd: 'echo "failed to start daemon: Devices cgroup is not mounted"; exit 1',
      iptables: 'true',
    })
    expect(code).toBe(1)
    expect(said).toContain('failed to start daemon: Devices cgroup is not mounted')
    expect(existsSync(join(dir, 'dockerd.pid'))).toBe(false)
  })
})

describe('packages', () => {
  test('what is there is not installed', () => {
    expect(run('install sh=dash /etc/passwd=base-passwd', { 'apt-get': 'exit 9' })).toMatchObject({ code: 0, ran: [] })
  })

  test('another user than root is told the command', () => {
    const { code, said } = run('install no-such=package', { 'apt-get': 'exit 9', id: 'echo 1000' })
    expect(code).toBe(1)
    expect(said).toContain('sudo apt-get install package')
  })

  test('a mirror that does not answer is told as such', () => {
    const { code, said } = run('tries() { "$@"; }\ninstall no-such=package', {
      'apt-get': 'echo "W: Temporary failure resolving deb.debian.org"',
      id: 'echo 0',
    })
    expect(code).toBe(1)
    expect(said).toContain('could not install package: the mirror does not answer')
  })

  test('a package that does not bring its program is told as such', () => {
    const { code, said } = run('install no-such=package', { 'apt-get': 'echo "Get:1 http://mirror"', id: 'echo 0' })
    expect(code).toBe(1)
    expect(said).toContain('no-such is still not there after installing the package package')
  })

  test('npm without a registry is asked for what it has, and then told as such', () => {
    const { code, said, ran } = run('root=$state\nnpm_ci', { npm: 'echo "npm error code EAI_AGAIN"; exit 1' })
    expect(code).toBe(1)
    expect(ran.filter(line => line.includes(' ci '))).toEqual(['npm ci --no-audit --no-fund --offline'])
    expect(said).toMatch(/the npm registry does not answer.*\n.*EAI_AGAIN/)
  })
})

test.each([
  ['the program itself', 'sleep', 'yes'],
  ['another program that has its number now', 'kubelite', 'no'],
])('a process file counts for %s', (_, name, answer) => {
  const { said } = run(
    `sleep 60 & echo $! >"$state/x.pid"; until grep -q sleep /proc/$!/cmdline; do :; done; running "$state/x.pid" ${name} && echo yes || echo no; kill $!`,
    {},
  )
  expect(said.trim()).toBe(answer)
})
