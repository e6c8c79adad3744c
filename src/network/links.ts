import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { run } from '../base/run.ts'

const ETHERNET_MTU = 1500

/** Names of this network namespace's links. Not from /sys, which may show those of another namespace. */
export function linkNames(): string[] {
  return [...readFileSync('/proc/self/net/dev', 'utf8').matchAll(/^\s*([^\s:]+):/gm)].map(m => m[1] ?? '')
}

export function linkExists(name: string): boolean {
  return linkNames().includes(name)
}

/** MTU in bytes of the link that holds an address of this machine; 1500 where no link does. */
export async function linkMtu(ip: string): Promise<number> {
  const addresses = JSON.parse(await run('ip', ['-j', 'addr', 'show'])) as {
    mtu: number
    addr_info: { local?: string }[]
  }[]
  const link = addresses.find(l => l.addr_info.some(a => a.local === ip))
  return Math.min(link?.mtu ?? ETHERNET_MTU, 65_535)
}

/** Writes a kernel setting only where it differs: unchanged files stay untouched, and read-only ones do not hurt. */
export function writeSysctl(name: string, value: string): void {
  const path = `/proc/sys/${name}`
  if (!existsSync(path) || readFileSync(path, 'utf8').trim() === value) return
  writeFileSync(path, value)
}
