#!/usr/bin/env node
// Compiles scripts/generate/pause/pause.c for each architecture and writes src/agent/runtime/generated/pause.ts.
// Needs gcc and gcc-aarch64-linux-gnu on amd64 (the other way round on arm64).
//   node scripts/generate/pause.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const target = join(here, '../../src/agent/runtime/generated/pause.ts')
const COMPILERS = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' }
const FLAGS = [
  '-Os', '-static', '-nostdlib', '-ffreestanding', '-Wall', '-Werror', '-fno-stack-protector',
  '-fno-asynchronous-unwind-tables', '-fno-tree-loop-distribute-patterns', '-s',
  '-Wl,--build-id=none,-z,noexecstack,-z,norelro,-z,noseparate-code',
]

const work = mkdtempSync(join(tmpdir(), 'pause-'))
try {
  const lines = Object.entries(COMPILERS).map(([arch, compiler]) => {
    const out = join(work, arch)
    execFileSync(compiler, [...FLAGS, '-o', out, join(here, 'pause/pause.c')], { stdio: 'inherit' })
    const chunks = readFileSync(out).toString('base64').match(/.{1,110}/g)
    return `  ${arch}: [\n${chunks.map(c => `    '${c}',`).join('\n')}\n  ].join(''),`
  })
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(
    target,
    `// Made by scripts/generate/pause.mjs from scripts/generate/pause/pause.c. Do not edit.

/** The pause program as a static executable in base64, by process.arch. */
export const PAUSE: Readonly<Record<string, string>> = {
${lines.join('\n')}
}
`,
  )
} finally {
  rmSync(work, { recursive: true, force: true })
}
