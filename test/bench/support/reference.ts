import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Peer } from './peer.ts'
import { isReady } from './server.ts'

const exec = promisify(execFile)
const KIT = join(process.cwd(), '../shared/reference')
const HOME = process.env.KUBELITE_REFERENCE_DIR ?? join(homedir(), '.cache/kubelite-reference')
const URL = 'https://127.0.0.1:16443'

/** The real control plane: kube-apiserver, etcd, controller manager and scheduler. */
export interface Reference {
  open(): Promise<Peer>
  /** Stops it, unless it ran before. */
  end(): Promise<void>
}

/** Starts the reference where it is built on this machine; undefined where it is not. */
export async function startReference(): Promise<Reference | undefined> {
  if (!existsSync(join(KIT, 'up')) || !existsSync(join(HOME, 'bin/kube-apiserver'))) return undefined
  const ran = await isReady(`${URL}/readyz`)
  if (!ran) await exec(join(KIT, 'up'))
  const run = join(HOME, 'run')
  const pids = readdirSync(run)
    .filter(f => f.endsWith('.pid'))
    .map(f => Number(readFileSync(join(run, f), 'utf8')))
  return {
    open: () => Peer.open(join(run, 'pki/admin.kubeconfig'), pids),
    end: async () => {
      if (!ran) await exec(join(KIT, 'down'))
    },
  }
}
