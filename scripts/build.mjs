#!/usr/bin/env node
// Makes dist/kubelite: one executable with Node 26, the bundled program, its worker threads and better-sqlite3's library.
//   node scripts/build.mjs
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const work = join(dist, 'work')
const node = join(root, 'node_modules/node/bin/node')
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version

/** Sources that run as worker threads: each is an asset of its own, named by its path (src/base/assets.ts). */
const WORKERS = ['src/store/sqlite-writer.ts', 'src/app/pki-worker.ts']
/** Files that the program reads with readAsset, by the name it asks for. */
const ASSETS = {
  'better_sqlite3.node': `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
}

/** dockerode drags in SSH and gRPC for transports that kubelite never uses: 70 ms and 34 MB at start. */
const withoutUnusedTransports = {
  name: 'without-unused-transports',
  setup(b) {
    b.onResolve({ filter: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|cpu-features)$/ }, a => ({ path: a.path, namespace: 'unused' }))
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
  plugins: [withoutUnusedTransports],
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
const config = join(work, 'sea.json')
const output = join(work, 'kubelite')
writeFileSync(config, JSON.stringify({ main, output, executable: node, disableExperimentalSEAWarning: true, useCodeCache: true, useSnapshot: false, execArgvExtension: 'none', assets }, null, 1))
execFileSync(node, ['--build-sea', config], { stdio: ['ignore', 'ignore', 'inherit'] })
chmodSync(output, 0o755)
renameSync(output, join(dist, 'kubelite'))
console.log(`dist/kubelite ${version}: ${(statSync(join(dist, 'kubelite')).size / 2 ** 20).toFixed(0)} MiB`)
