// Completes package-lock.json: names the optional packages of other platforms that npm left out when it wrote the file.
//   node scripts/generate/lock.mjs
// npm leaves out of the file what it could not ask the registry about, and `npm ci` then refuses the file it wrote itself
// ("Missing: @swc/core-darwin-arm64@ from lock file"). What is named here is only fetched on the platform it is made for.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']
const LIBC = { gnu: 'glibc', musl: 'musl' }

/** @param {string} name for example @unrs/resolver-binding-linux-x64-musl */
function platform(name) {
  const words = name.split('/').at(-1).split('-')
  const libc = LIBC[words.find(word => word in LIBC)]
  const cpu = CPU.find(each => words.includes(each))
  const os = OS.find(each => words.includes(each))
  if (!os && !cpu) throw new Error(`${name}: the name does not say which platform it is for`)
  return { ...(cpu && { cpu: [cpu] }), ...(libc && os === 'linux' && { libc: [libc] }), ...(os && { os: [os] }) }
}

/** @param {string} from path of the package that asks @param {string} name of the one that is asked for */
function isThere(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at ? `${at}/` : ''}node_modules/${name}`]) return true
    if (!at) return false
  }
}

const added = []
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isThere(from, name)) continue
    if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${from} wants ${name}@${version}: not one version`)
    lock.packages[`node_modules/${name}`] = { version, ...platform(name), ...(dev && { dev }), optional: true }
    added.push(`${name}@${version}`)
  }
}
const { '': root, ...rest } = lock.packages
lock.packages = { '': root, ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, 'en'))) }
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
process.stdout.write(`${added.length} added\n${added.map(each => `  ${each}\n`).join('')}`)
