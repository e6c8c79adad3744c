#!/usr/bin/env node
// Makes dist/kubelite: one executable with Node 26, the bundled program, its worker threads and better-sqlite3's library.
//   node scripts/build.mjs
import { execFileSync } from 'node:child_process'
import { chmodSync, createReadStream, createWriteStream, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const work = join(dist, 'work')
const node = join(root, 'node_modules/node/bin/node')
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** Sources that run as worker threads: each is an asset of its own, named by its path (src/base/assets.ts). */
const WORKERS = ['src/store/sqlite-writer.ts']
/** Files that the program reads with readAsset, by the name it asks for. */
const ASSETS = {
  'better_sqlite3.node': `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
}

/**
 * dockerode drags in SSH and gRPC for transports that kubelite never uses (70 ms and 34 MB at start) and protobuf for
 * building images; express brings a parser of bodies with 500 kB of character sets, where kubelite reads bodies itself.
 */
const withoutUnusedLibraries = {
  name: 'without-unused-libraries',
  setup(b) {
    b.onResolve({ filter: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|cpu-features|protobufjs|body-parser)$/ }, a => ({ path: a.path, namespace: 'unused' }))
    b.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
  },
}

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  legalComments: 'none',
  absWorkingDir: root,
  define: { 'import.meta.dirname': '__dirname', KUBELITE_BUNDLED: 'true', KUBELITE_VERSION: JSON.stringify(version) },
  plugins: [withoutUnusedLibraries],
  logLevel: 'warning',
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const extra = JSON.parse(readFileSync(join(root, 'scripts/assets.json'), 'utf8'))
const assets = Object.fromEntries(Object.entries({ ...ASSETS, ...extra }).map(([name, path]) => [name, join(root, path)]))
for (const worker of WORKERS) {
  const outfile = join(work, worker.replaceAll('/', '_').replace(/\.ts$/, '.js'))
  await build({ ...shared, entryPoints: [worker], outfile })
  assets[worker] = outfile
}
const main = join(work, 'main.js')
await build({ ...shared, entryPoints: ['src/main.ts'], outfile: main })
for (const file of readdirSync(work)) onlyAscii(join(work, file))
/** V8 would let the space for young objects grow to 64 MB in a busy time, and leave it so; requests cost no more with 16. */
const execArgv = ['--max-semi-space-size=8']
const config = join(work, 'sea.json')
const output = join(work, 'kubelite')
writeFileSync(config, JSON.stringify({ main, output, executable: node, disableExperimentalSEAWarning: true, useCodeCache: true, useSnapshot: false, execArgv, execArgvExtension: 'none', assets }, null, 1))
execFileSync(node, ['--build-sea', config], { stdio: ['ignore', 'ignore', 'inherit'] })
await copyInChunks(output, join(dist, 'kubelite.new'))
rmSync(output)
chmodSync(join(dist, 'kubelite.new'), 0o755)
renameSync(join(dist, 'kubelite.new'), join(dist, 'kubelite'))
console.log(`dist/kubelite ${version}: ${(statSync(join(dist, 'kubelite')).size / 2 ** 20).toFixed(0)} MiB`)

/** esbuild leaves regular expressions as they are. One letter beyond ASCII, and Node holds a script at two bytes a letter. */
function onlyAscii(file) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/[^\x00-\x7f]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

/**
 * Copies in pieces of 64 kB. Written in one piece, a file lies in the page cache in pieces of megabytes, and each page
 * that the program touches counts the whole piece as its resident memory: 145 instead of 118 MB for a server.
 */
function copyInChunks(from, to) {
  return pipeline(createReadStream(from), createWriteStream(to))
}
