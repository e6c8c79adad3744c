import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change } from '../../../src/store/store.ts'
import { type Doc, put, Seen } from './contract.ts'
import { openSubject } from './sqlite-subject.ts'

/** A file system of a few MB; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'kubelite-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dir], { stdio: 'ignore' })
    return dir
  } catch {
    rmSync(dir, { recursive: true })
    return undefined
  }
}

const disk = smallDisk()
afterAll(() => {
  if (!disk) return
  execFileSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

const run = disk ? test : test.skip
run('a full disk (needs root) fails writes and nothing else, and with room again all goes on', async () => {
  const dir = disk as string
  const ballast = join(dir, 'ballast')
  writeFileSync(ballast, Buffer.alloc(2 * 2 ** 20))
  const subject = await openSubject({ dir })
  const { store } = subject
  const seen = new Seen()
  store.watch('', { after: store.revision, ...seen })
  const done: Change<Doc>[] = []
  let failed = 0
  const write = async (i: number): Promise<void> => {
    try {
      done.push(await store.append(put(`k${i}`, `${i}${'x'.repeat(4000)}`)))
    } catch (error) {
      failed++
      expect((error as Error).name).toBe('StoreError')
      expect((error as Error).message).toMatch(/full/)
    }
  }
  for (let i = 0; failed < 50; i += 8) await Promise.all(Array.from({ length: 8 }, (_, j) => write(i + j)))
  expect(done.length).toBeGreaterThan(100)
  expect(store.revision).toBe(done.at(-1)?.revision)
  expect(await store.check()).toEqual([])

  truncateSync(ballast, 0)
  const { revision } = store
  const next = await store.append(put('room', 'again'))
  expect(next.revision).toBe(revision + 1)
  done.push(next)

  expect(seen.changes).toEqual(done)
  const again = await subject.reopen()
  expect((await again.list('')).entries.map(e => e.modRevision).sort((a, b) => a - b)).toEqual(
    done.map(c => c.revision),
  )
  expect(await again.check()).toEqual([])
  await again.close()
})
