// Runs one suite of tests and notes how it went, whatever comes of it.
//   run-suite.mjs <state directory> <title> <minutes> <jest arguments …>
// In the state directory: <suite>.log has all output; passed and failed tests are added to `counts` (a line each for a
// suite: `passed failed`), failures with the first lines of their messages to `failures`, for the very end of a run.
// A suite that does not end, or whose process does not, is a failure of its own: nothing waits for it for ever.
import { spawn } from 'node:child_process'
import { appendFileSync, createWriteStream, existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const [state, title, minutes, ...args] = process.argv.slice(2)
const name = title.toLowerCase().replace(/\W+/g, '-')
const json = join(state, `${name}.json`)
const logFile = join(state, `${name}.log`)
/** Time for the process to end once all tests have. */
const LEAVE_MS = 60_000
/** Lines of a failure's message that are shown again at the end; more of the first ones, which tell what was to be seen. */
const MESSAGE_LINES = 14
const FIRST_MESSAGE_LINES = 110
const FIRST = 2

// What an earlier run left would count as this one's.
rmSync(json, { force: true })
const log = createWriteStream(logFile)
const jest = spawn(
  join(root, 'node_modules/.bin/node'),
  ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--json', `--outputFile=${json}`, ...args],
  // Own process group: its workers end with it.
  { cwd: root, env: testEnv(), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
)
jest.stderr.on('data', chunk => {
  process.stdout.write(chunk)
  log.write(chunk)
})
// The results that --json prints are in the file.
jest.stdout.resume()
let stopped
const stop = why => {
  stopped ??= why
  try {
    process.kill(-jest.pid, 'SIGKILL')
  } catch {
    // Gone by itself in this very moment.
  }
}
const limit = setTimeout(() => stop(`did not end within ${minutes} minutes`), Number(minutes) * 60_000)
let leaving
const looking = setInterval(() => {
  if (existsSync(json)) leaving ??= setTimeout(() => stop('all tests have ended, but something of theirs has not'), LEAVE_MS)
}, 1000)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(`was interrupted (${signal})`))

const [code, signal] = await new Promise(resolve => {
  jest.once('error', error => resolve([error.message, null]))
  jest.once('close', (...how) => resolve(how))
})
for (const timer of [limit, leaving, looking]) clearTimeout(timer)
await new Promise(resolve => log.end(resolve))
note(read())

/** The environment without what is meant for other programs than the tests. */
function testEnv() {
  const ours = new Set(['HOME', 'VERIFY', 'BINARY', 'KUBECTL', 'TEST_SLOT', 'SEED'].map(key => `KUBELITE_${key}`))
  const foreign = key => /^(https?|no|all)_proxy$/i.test(key) || ['KUBECONFIG', 'NODE_OPTIONS', 'NODE_USE_ENV_PROXY'].includes(key)
  const kept = ([key]) => !foreign(key) && (!key.startsWith('KUBELITE_') || ours.has(key))
  return Object.fromEntries(Object.entries(process.env).filter(kept))
}

/** @returns {{ passed: number, failures: { what: string, message: string }[] }} */
function read() {
  let results
  try {
    results = JSON.parse(readFileSync(json, 'utf8'))
  } catch {
    // Said below: there is no result.
  }
  const failures = (results?.testResults ?? []).flatMap(file => {
    const path = relative(root, file.name)
    const failed = file.assertionResults.filter(a => a.status === 'failed')
    if (failed.length === 0 && file.status === 'failed') return [{ what: path, message: file.message }]
    return failed.map(a => ({ what: `${path}: ${a.fullName}`, message: a.failureMessages.join('\n') }))
  })
  const tail = () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-MESSAGE_LINES).join('\n')
  if (stopped) failures.push({ what: `${title}: ${stopped}`, message: tail() })
  else if (!results || (code !== 0 && failures.length === 0))
    failures.push({ what: `${title}: jest ended with ${signal ?? `code ${code}`}`, message: tail() })
  return { passed: results?.numPassedTests ?? 0, failures }
}

function note({ passed, failures }) {
  appendFileSync(join(state, 'counts'), `${passed} ${failures.length}\n`)
  for (const [i, { what, message }] of failures.entries())
    appendFileSync(join(state, 'failures'), `${what}\n${indented(message, i < FIRST ? FIRST_MESSAGE_LINES : MESSAGE_LINES)}\n`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

/** The first lines of a message; of its stack only where in the tests it was. */
function indented(message, count) {
  // oxlint-disable-next-line no-control-regex -- colours begin with the control character
  const lines = message.replace(/\x1b\[[\d;]*m/g, '').split('\n').filter(line => line.trim() !== '')
  const where = lines.find(line => /^\s+at .*\/test\//.test(line))
  const shown = lines.filter(line => !/^\s+at /.test(line)).slice(0, count)
  return [...shown, ...(where ? [where.trim().replace(`${root}/`, '')] : [])].map(line => `      ${line}`).join('\n')
}
