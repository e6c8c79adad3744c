import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { ancestors, hostFiles } from '../base/host-files.ts'

/** What a node's process may do where it runs, and what it shares with the host: in a container it is what was given. */
export interface Surroundings {
  /** Effective capabilities, as the kernel numbers them. */
  readonly capabilities: bigint
  /** True in a container that shares the host's processes. */
  readonly inContainer: boolean
  /** False where processes above this one may not be looked at: those of pods may not either. */
  readonly seesProcesses: boolean
  /** False where the kernel's network settings are read-only. */
  readonly writesSettings: boolean
  /** True where the data directory is the host's own directory of the same name. */
  readonly sharesDataDir: boolean
  /** True where the host sees what is mounted in the data directory. */
  readonly sharesMounts: boolean
}

const SYS_PTRACE = 19n
const NEEDED: readonly (readonly [bit: bigint, name: string, use: string])[] = [
  [12n, 'NET_ADMIN', 'links, routes and iptables rules'],
  [21n, 'SYS_ADMIN', 'mounts and the namespaces of pods'],
]

/** What keeps a node from working here, each with what to do; empty where all is well. */
export function nodeFaults(dataDir: string, s: Surroundings): string[] {
  const faults = NEEDED.filter(([bit]) => !has(s, bit)).map(
    ([, name, use]) => `it may not make ${use} (docker run --cap-add ${name})`,
  )
  if (!s.seesProcesses && !has(s, SYS_PTRACE))
    faults.push('it may not enter the namespaces of pods (docker run --cap-add SYS_PTRACE)')
  if (!s.inContainer) return faults
  if (!s.writesSettings)
    faults.push('the kernel settings in /proc/sys are read-only (docker run --security-opt systempaths=unconfined)')
  if (!s.sharesDataDir)
    faults.push(
      `${dataDir} is not the host's directory of that name, where the engine looks for volumes (docker run -v ${dataDir}:${dataDir}:rshared)`,
    )
  else if (!s.sharesMounts)
    faults.push(
      `the host does not see what is mounted in ${dataDir} (docker run -v ${dataDir}:${dataDir}:rshared; on the host it must lie on a shared mount)`,
    )
  return faults
}

const has = (s: Surroundings, bit: bigint): boolean => ((s.capabilities >> bit) & 1n) === 1n

/** Looks around. The data directory must be there. */
export function readSurroundings(dataDir: string): Surroundings {
  const inContainer = hostFiles().apart
  const own = statSync(dataDir)
  const hosts = inContainer ? statSync(hostFiles().reach(dataDir), { throwIfNoEntry: false }) : own
  return {
    capabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`),
    inContainer,
    seesProcesses: ancestors().every(a => a.open),
    writesSettings: may('/proc/sys/net/ipv4/ip_forward', constants.W_OK),
    sharesDataDir: hosts !== undefined && hosts.dev === own.dev && hosts.ino === own.ino,
    sharesMounts: isShared(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(dataDir)),
  }
}

/** True where the mount that a path lies on passes on what is mounted below it. */
export function isShared(mountinfo: string, path: string): boolean {
  let [best, shared] = ['', false]
  for (const line of mountinfo.split('\n')) {
    const [, , , , point = '', , ...rest] = line.split(' ')
    const above = point === '/' || path === point || path.startsWith(`${point}/`)
    // Later lines lie above earlier ones of the same place.
    if (point === '' || !above || point.length < best.length) continue
    best = point
    shared = rest.slice(0, rest.indexOf('-')).some(field => field.startsWith('shared:'))
  }
  return shared
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
