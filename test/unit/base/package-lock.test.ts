import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked {
  readonly optionalDependencies?: Record<string, string>
}

describe('package-lock.json', () => {
  // npm leaves out what a registry did not have when the file was written, and `npm ci` then refuses the file.
  test('names every optional package of the packages in it, of whatever platform (else: npm run update:lock)', () => {
    const { packages } = JSON.parse(readFileSync(join(__dirname, '../../../package-lock.json'), 'utf8')) as {
      packages: Record<string, Locked>
    }
    const there = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 13)))
    const wanted = Object.values(packages).flatMap(each => Object.keys(each.optionalDependencies ?? {}))
    expect(wanted.length).toBeGreaterThan(50)
    expect(wanted.filter(name => !there.has(name))).toEqual([])
  })
})
