import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a directory and those above it where they are missing. Node's own recursive mkdir never returns where the
 * system has no such place although the directory above is there, as in /proc.
 */
export function makeDirs(path: string, mode = 0o777): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isDirectory()) return
  const parent = dirname(path)
  if (!there && parent !== path) makeDirs(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Someone else may have been quicker.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
