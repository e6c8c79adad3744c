// Starts a server without a node on a port and a data directory of its own, replays ../shared/oracle against it,
// and stops it. Options that are not known here go to the replay program.
// --accept adds the cases of which every answer was equal to test/api/oracle-equal.txt, which the tests hold to.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const oracle = join(root, '../shared/oracle')
if (!existsSync(join(oracle, 'replay'))) {
  console.log('oracle: left out, ../shared/oracle is not here')
  process.exit(0)
}

const args = process.argv.slice(2)
/** Takes an option of our own out of the arguments. */
function take(name, fallback) {
  const at = args.indexOf(`--${name}`)
  return at < 0 ? fallback : args.splice(at, 2)[1]
}
const freePort = () =>
  new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

const acceptAt = args.indexOf('--accept')
const accept = acceptAt >= 0 && args.splice(acceptAt, 1).length > 0
const port = Number(take('port', 0)) || (await freePort())
const storage = take('storage', 'memory')
const log = take('log', undefined)
const dir = mkdtempSync(join(tmpdir(), 'kubelite-oracle-'))
const kubeconfig = join(dir, 'kubeconfig')
const logFile = log ?? join(dir, 'server.log')
const out = openSync(logFile, 'w')
// Settings of whoever runs this are not meant for this server.
const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('KUBELITE_') || k === 'KUBELITE_VERIFY'))
const server = spawn(
  process.execPath,
  [
    join(root, 'src/main.ts'), 'server', '--disable-agent', '--storage', storage, '--data-dir', join(dir, 'data'),
    '--bind-address', '127.0.0.1', '--https-listen-port', String(port), '--write-kubeconfig', kubeconfig,
  ],
  { cwd: root, env, stdio: ['ignore', out, out] },
)
const gone = new Promise(resolve => server.once('exit', resolve))

function ready() {
  return new Promise(resolve => {
    const req = https.get({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, timeout: 10_000 }, res => {
      res.resume()
      resolve(res.statusCode === 200)
    })
    req.on('error', () => resolve(false))
    req.on('timeout', () => req.destroy())
  })
}

const deadline = Date.now() + 120_000
while (!(existsSync(kubeconfig) && (await ready()))) {
  if (server.exitCode !== null || Date.now() > deadline) {
    console.error(`oracle: the server does not start:\n${readFileSync(logFile, 'utf8')}`)
    server.kill('SIGKILL')
    process.exit(1)
  }
  await new Promise(resolve => setTimeout(resolve, 100))
}

const results = join(dir, 'results.json')
if (accept) args.push('--json', results)
const replay = spawn(process.execPath, [join(oracle, 'replay'), '--kubeconfig', kubeconfig, ...args], { stdio: 'inherit' })
const stop = signal => {
  replay.kill(signal)
  server.kill(signal)
}
process.on('SIGINT', () => stop('SIGINT'))
process.on('SIGTERM', () => stop('SIGTERM'))
const code = await new Promise(resolve => replay.once('exit', c => resolve(c ?? 1)))
server.kill('SIGTERM')
const slow = setTimeout(() => server.kill('SIGKILL'), 5000)
await gone
clearTimeout(slow)
if (accept) {
  const file = join(root, 'test/api/oracle-equal.txt')
  const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  const whole = JSON.parse(readFileSync(results, 'utf8')).filter(r => r.failures.length === 0).map(r => r.file)
  const all = [...new Set([...known, ...whole])].sort()
  writeFileSync(file, `${all.join('\n')}\n`)
  console.log(`${all.length - known.length} cases more are held to from now on, ${all.length} in all`)
}
rmSync(dir, { recursive: true, force: true })
process.exit(code)
