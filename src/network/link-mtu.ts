import { run } from '../base/run.ts'

const ETHERNET_MTU = 1500

/** MTU in bytes of the link that holds an address of this machine; 1500 where no link does. */
export async function linkMtu(ip: string): Promise<number> {
  const addresses = JSON.parse(await run('ip', ['-j', 'addr', 'show'])) as {
    mtu: number
    addr_info: { local?: string }[]
  }[]
  const link = addresses.find(l => l.addr_info.some(a => a.local === ip))
  return Math.min(link?.mtu ?? ETHERNET_MTU, 65_535)
}
