import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Set to true by the bundler for the single binary. */
declare const KUBELITE_BUNDLED: boolean | undefined
const bundled = typeof KUBELITE_BUNDLED !== 'undefined' && KUBELITE_BUNDLED

// The only use of import.meta: swc (jest) and esbuild (binary) both turn it into CommonJS' __dirname.
const root = join(import.meta.dirname, '..', '..')
const load = createRequire(join(root, 'package.json'))

/** Files that the binary carries, by asset name, and where they are in a checkout. */
const SOURCES: Record<string, string> = {
  'better_sqlite3.node': `node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`,
}

interface Sea {
  getRawAsset(name: string): ArrayBuffer
}

/** The bytes of an asset: part of the binary, or a file of the checkout (path relative to its root by default). */
export function readAsset(name: string): Buffer {
  if (bundled) return Buffer.from((load('node:sea') as Sea).getRawAsset(name))
  return readFileSync(join(root, SOURCES[name] ?? name))
}

/** A path at which the asset is a file. The binary writes it to `dir` first, once for each content length. */
export function assetFile(name: string, dir: string): string {
  if (!bundled) return join(root, SOURCES[name] ?? name)
  const bytes = readAsset(name)
  const path = join(dir, `${bytes.length}-${name.replaceAll('/', '_')}`)
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true })
    writeFileSync(`${path}.${process.pid}`, bytes, { mode: 0o700 })
    renameSync(`${path}.${process.pid}`, path)
  }
  return path
}

/**
 * Starts a worker thread from a source file such as `src/store/sqlite-writer.ts`.
 * The binary holds each worker as a bundle of its own, as an asset of the same name.
 */
export function startWorker(source: string, options: WorkerOptions): Worker {
  if (bundled) return new Worker(readAsset(source).toString('utf8'), { ...options, eval: true })
  return new Worker(join(root, source), options)
}
