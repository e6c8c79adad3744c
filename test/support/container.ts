import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Host, kubelite } from './hosts.ts'

const exec = promisify(execFile)
/** What the Dockerfile's own RUN would install. */
const PROGRAMS = [
  'iptables',
  'iptables-restore',
  'iptables-save',
  'ip',
  'bridge',
  'nsenter',
  'mount',
  'umount',
  'conntrack',
]

/** Builds the repository's Dockerfile in a host's engine, on a base of this machine's own files: no registry is needed. */
export async function kubeliteImage(host: Host, name: string): Promise<void> {
  const binary = kubelite()
  if (basename(dirname(binary)) === 'bin') throw new Error('This test needs dist/kubelite: node scripts/build.mjs')
  const work = mkdtempSync(join(tmpdir(), 'kubelite-context-'))
  try {
    await importBase(host, join(work, 'base'), 'kubelite-base:1')
    mkdirSync(join(work, 'context/dist'), { recursive: true })
    copyFileSync(binary, join(work, 'context/dist/kubelite'))
    for (const file of ['Dockerfile', '.dockerignore']) copyFileSync(file, join(work, 'context', file))
    await host.docker(
      'build',
      '--network=none',
      '--build-arg',
      'BASE=kubelite-base:1',
      '-t',
      name,
      join(work, 'context'),
    )
  } finally {
    rmSync(work, { recursive: true })
  }
}

async function importBase(host: Host, root: string, name: string): Promise<void> {
  for (const dir of ['bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'tmp', 'etc', 'run'])
    mkdirSync(join(root, dir), { recursive: true })
  for (const dir of ['lib', 'lib64']) symlinkSync(`usr/${dir}`, join(root, dir))
  const which = async (program: string): Promise<string> => (await exec('which', [program])).stdout.trim()
  copyFileSync(await which('busybox'), join(root, 'bin/busybox'))
  for (const applet of ['sh', 'cat', 'ls', 'grep']) symlinkSync('busybox', join(root, 'bin', applet))
  const files = new Set<string>()
  for (const program of [kubelite(), ...(await Promise.all(PROGRAMS.map(which)))])
    for (const [, library = ''] of (await exec('ldd', [program])).stdout.matchAll(/(\/\S+) \(/g)) files.add(library)
  for (const program of PROGRAMS) {
    const path = (await exec('readlink', ['-f', await which(program)])).stdout.trim()
    copyFileSync(path, join(root, 'usr/sbin', basename(path)))
    if (basename(path) !== program) symlinkSync(basename(path), join(root, 'usr/sbin', program))
  }
  for (const library of files) {
    mkdirSync(join(root, dirname(library)), { recursive: true })
    await exec('cp', ['-L', library, join(root, library)])
    // iptables loads a library for each match and target.
    const plugins = join(dirname(library), 'xtables')
    if (library.includes('libxtables') && existsSync(plugins)) await exec('cp', ['-r', plugins, join(root, plugins)])
  }
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
  await exec('tar', ['-C', root, '-cf', `${root}.tar`, '.'])
  await host.docker('import', `${root}.tar`, name)
}

/** The arguments of the README's `docker run` of kubelite, up to the image's name, with other places on the host. */
export function readmeRun(places: Readonly<Record<string, string>>): string[] {
  const text = /\ndocker run -d --name kubelite [^]*?\n```/.exec(readFileSync('README.md', 'utf8'))?.[0]
  if (!text) throw new Error('README.md does not say how to run kubelite in a container')
  const words = text.replace(/\\\n/g, ' ').replace('```', '').trim().split(/\s+/)
  const image = words.indexOf('kubelite', words.indexOf('--name') + 2)
  return words.slice(1, image).map(word => {
    const [from = '', to = '', ...mode] = word.split(':')
    const place = places[from]
    return place && to ? [place, to === from && from.startsWith('/var/lib') ? place : to, ...mode].join(':') : word
  })
}
