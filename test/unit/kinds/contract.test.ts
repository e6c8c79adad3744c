import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KINDS, kindTable } from '../../../src/kinds/index.ts'
import { ALL_VERBS, type Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'
import { componentSchema } from '../../../src/kinds/schema/openapi.ts'
import { zeroObject } from '../../../src/kinds/schema/decode.ts'

/** What must hold for every kind, whoever wrote it. */

const CONTEXT = { now: Date.UTC(2026, 0, 1), user: { name: 'admin', groups: [] }, dryRun: false }
const CASES = join(import.meta.dirname, '../../../../shared/oracle/cases/machinery')
const label = (k: Kind): string => `${k.group || 'core'}/${k.version} ${k.kind}`

function empty(kind: Kind): AnyObject {
  const apiVersion = kind.group ? `${kind.group}/${kind.version}` : kind.version
  const object = zeroObject(kind.schema, apiVersion, kind.kind) as AnyObject
  object.metadata = { name: 'a', ...(kind.namespaced ? { namespace: 'n' } : {}) }
  return object
}

describe.each(KINDS.map(k => [label(k), k] as const))('%s', (_, kind) => {
  test('has a schema and is found by resource and by name', () => {
    expect(componentSchema(kind.schema)).toBeDefined()
    expect(kindTable().byResource(kind.group, kind.version, kind.plural)).toBe(kind)
    expect(kindTable().byKind(kind.group, kind.version, kind.kind)).toBe(kind)
    expect(kind.verbs.every(v => ALL_VERBS.includes(v))).toBe(true)
  })

  test('its rules take an object with nothing in it', () => {
    const object = empty(kind)
    kind.defaults?.(object)
    kind.prepareForCreate?.(object, CONTEXT)
    kind.validate?.(object, CONTEXT)
    kind.warnings?.(object)
    const next = structuredClone(object)
    kind.prepareForUpdate?.(next, object, CONTEXT)
    kind.validateUpdate?.(next, object, CONTEXT)
    kind.status?.prepareForUpdate?.(next, object, CONTEXT)
    kind.status?.validateUpdate?.(next, object, CONTEXT)
    for (const read of Object.values(kind.selectableFields)) expect(typeof read(object)).toBe('string')
  })

  test('defaults given twice are the same as given once', () => {
    const object = empty(kind)
    kind.defaults?.(object)
    const once = structuredClone(object)
    kind.defaults?.(object)
    expect(object).toEqual(once)
  })

  test('its table begins with a name and has a text for every column', () => {
    const object = empty(kind)
    kind.defaults?.(object)
    expect(kind.columns.find(c => c.name === 'Name')?.format).toBe('name')
    for (const c of kind.columns) {
      const cell = c.cell(object, CONTEXT.now)
      expect([c.name, cell === undefined]).toEqual([c.name, c.type === 'date'])
    }
  })
})

test('no two kinds share a resource', () => {
  const keys = KINDS.map(k => `${k.group}/${k.version}/${k.plural}`)
  expect(new Set(keys).size).toBe(keys.length)
})

interface Resource {
  name: string
  kind: string
  singularName: string
  namespaced: boolean
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

const FILES = ['discovery-of-the-core', 'discovery-of-workloads', 'discovery-of-network-and-storage']
if (!existsSync(CASES)) test('recorded discovery is not here (../shared): left out', () => {})
else
  test.each(FILES)('names, verbs and subresources are those of %s', file => {
    const { steps } = JSON.parse(readFileSync(join(CASES, `${file}.json`), 'utf8'))
    for (const { response } of steps) {
      const body = response?.body as { groupVersion?: string; resources?: Resource[] } | undefined
      for (const r of body?.resources ?? []) check(body?.groupVersion ?? '', r, body?.resources ?? [])
    }
  })

function check(groupVersion: string, r: Resource, all: readonly Resource[]): void {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  const kind = kindTable().byResource(group ?? '', version ?? '', r.name)
  if (!kind) return
  expect([
    kind.plural,
    kind.kind,
    kind.singular,
    kind.namespaced,
    [...kind.shortNames],
    [...kind.categories],
    [...kind.verbs].sort(),
  ]).toEqual([
    r.name,
    r.kind,
    r.singularName,
    r.namespaced,
    r.shortNames ?? [],
    r.categories ?? [],
    [...r.verbs].sort(),
  ])
  expect([kind.plural, !!kind.status]).toEqual([kind.plural, all.some(x => x.name === `${r.name}/status`)])
}
