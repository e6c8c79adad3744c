import { createHash } from 'node:crypto'
import { pack } from 'tar-stream'
import { PAUSE } from './generated/pause.ts'

/** Docker's names of the architectures. */
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/** The pause program for this machine. Throws where kubelite carries none. */
export function pauseBinary(arch: string = process.arch): Buffer {
  const text = PAUSE[arch]
  if (!text) throw new Error(`kubelite has no pause program for ${arch}`)
  return Buffer.from(text, 'base64')
}

/** The image's name; it changes with its content, so a newer kubelite never runs an older program. */
export function pauseImageName(arch: string = process.arch): string {
  return `kubelite/pause:${sha256(pauseBinary(arch)).slice(0, 12)}`
}

/** The image as `docker load` takes it. */
export async function pauseImageArchive(arch: string = process.arch): Promise<Buffer> {
  const layer = await tar([{ name: 'pause', mode: 0o755, body: pauseBinary(arch) }])
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[arch] ?? arch,
      os: 'linux',
      config: { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created_by: 'kubelite' }],
    }),
  )
  const configName = `${sha256(config)}.json`
  const manifest = [{ Config: configName, RepoTags: [pauseImageName(arch)], Layers: ['layer/layer.tar'] }]
  return tar([
    { name: configName, mode: 0o644, body: config },
    { name: 'layer/layer.tar', mode: 0o644, body: layer },
    { name: 'manifest.json', mode: 0o644, body: Buffer.from(JSON.stringify(manifest)) },
  ])
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function tar(files: readonly { name: string; mode: number; body: Buffer }[]): Promise<Buffer> {
  const archive = pack()
  // Fixed times: the same program gives the same image everywhere.
  for (const f of files) archive.entry({ name: f.name, mode: f.mode, mtime: new Date(0) }, f.body)
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}
