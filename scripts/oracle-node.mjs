// Starts a server with a node on the machine's Docker engine, replays ../shared/oracle/node against it, and takes
// everything away again. Needs root, a Docker engine and the kit's images (../shared/conformance/images makes them).
//   npm run oracle:node [-- --match REGEX --diff --parallel N --json FILE]
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const oracle = join(root, '../shared/oracle')
const IMAGES = ['registry.k8s.io/e2e-test-images/busybox:1.37.0-1', 'registry.k8s.io/e2e-test-images/agnhost:2.63.0', 'registry.k8s.io/pause:3.10.2']
/** No ordinary word: the replay replaces it everywhere. */
const NODE = 'kubelite-oracle-node-1'
const PORT = 27743
const KUBELET_PORT = 27750

if (!existsSync(join(oracle, 'node'))) {
  console.log('oracle:node: left out, ../shared/oracle/node is not here')
  process.exit(0)
}
function fail(message) {
  console.error(`oracle:node: ${message}`)
  process.exit(1)
}
if (process.getuid() !== 0) fail('needs root')
const socket = process.env.DOCKER_SOCKET ?? '/var/run/docker.sock'
for (const image of IMAGES) {
  try {
    execFileSync('docker', ['-H', `unix://${socket}`, 'image', 'inspect', image], { stdio: 'ignore' })
  } catch {
    fail(`the engine at ${socket} has no image ${image}: start Docker and run ../shared/conformance/images`)
  }
}

const dir = mkdtempSync(join(tmpdir(), 'kubelite-oracle-node-'))
const kubeconfig = join(dir, 'kubeconfig')
const binary = existsSync(join(root, 'dist/kubelite')) ? join(root, 'dist/kubelite') : join(root, 'bin/kubelite')
const common = ['--data-dir', join(dir, 'data'), '--docker-socket', socket]
const log = openSync(join(dir, 'server.log'), 'w')
const server = spawn(
  binary,
  ['server', ...common, '--node-name', NODE, '--https-listen-port', String(PORT), '--kubelet-port', String(KUBELET_PORT), '--write-kubeconfig', kubeconfig],
  { stdio: ['ignore', log, log] },
)
const gone = new Promise(resolve => server.once('exit', resolve))
const kubectl = (...args) => execFileSync(binary, ['kubectl', '--kubeconfig', kubeconfig, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const deadline = Date.now() + 60_000
for (;;) {
  try {
    if (/\sReady\s/.test(kubectl('get', 'nodes'))) break
  } catch {
    // Not up yet.
  }
  if (server.exitCode !== null || Date.now() > deadline) {
    server.kill('SIGKILL')
    fail(`the node does not get Ready:\n${readFileSync(join(dir, 'server.log'), 'utf8').slice(-2000)}`)
  }
  await new Promise(resolve => setTimeout(resolve, 200))
}

const args = process.argv.slice(2)
if (!args.includes('--parallel')) args.push('--parallel', '6')
const replay = spawn(process.execPath, [join(oracle, 'replay'), '--kubeconfig', kubeconfig, '--cases', join(oracle, 'node'), ...args], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => replay.kill(signal))
const code = await new Promise(resolve => replay.once('exit', c => resolve(c ?? 1)))
server.kill('SIGTERM')
await gone
execFileSync(binary, ['uninstall', ...common], { stdio: 'ignore' })
rmSync(dir, { recursive: true, force: true })
process.exit(code)
