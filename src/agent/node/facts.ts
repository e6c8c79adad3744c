import { readFileSync, statfsSync } from 'node:fs'
import { cpus, hostname, totalmem } from 'node:os'
import { hostFiles } from '../../base/host-files.ts'

/** The machine as its operating system describes it. */
export interface MachineFacts {
  readonly cpus: number
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly hostname: string
  readonly machineId: string
  readonly systemUuid: string
  readonly bootId: string
  readonly kernel: string
  readonly osImage: string
  /** `amd64`, `arm64`. */
  readonly architecture: string
}

/** What is left of the machine now. */
export interface Headroom {
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly diskInodes: number
  readonly diskInodesTotal: number
  readonly pids: number
  readonly pidsTotal: number
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', ia32: '386' }

export function readMachine(diskPath: string): MachineFacts {
  const disk = statfsSync(diskPath)
  return {
    cpus: cpus().length || 1,
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    hostname: hostname(),
    machineId: readLine('/etc/machine-id') || readLine('/var/lib/dbus/machine-id'),
    systemUuid: readLine('/sys/class/dmi/id/product_uuid') || readLine('/etc/machine-id'),
    bootId: readLine('/proc/sys/kernel/random/boot_id'),
    kernel: readLine('/proc/sys/kernel/osrelease'),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(readText('/etc/os-release'))?.[1] ?? 'Linux',
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
  }
}

export function readHeadroom(diskPath: string): Headroom {
  const disk = statfsSync(diskPath)
  const tasks = /\d+\/(\d+)/.exec(readText('/proc/loadavg'))?.[1]
  const pidsTotal = Number(readLine('/proc/sys/kernel/pid_max')) || 32_768
  return {
    memoryBytes: Number(/^MemAvailable:\s+(\d+)/m.exec(readText('/proc/meminfo'))?.[1] ?? 0) * 1024,
    diskBytes: disk.bavail * disk.bsize,
    diskInodes: disk.ffree,
    diskInodesTotal: disk.files,
    pids: pidsTotal - Number(tasks ?? 0),
    pidsTotal,
  }
}

const readLine = (path: string): string => readText(path).trim()

function readText(path: string): string {
  try {
    return readFileSync(hostFiles().reach(path), 'utf8')
  } catch {
    return ''
  }
}
