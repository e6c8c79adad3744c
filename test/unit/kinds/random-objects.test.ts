import { readBody } from '../../../src/registry/bodies.ts'
import { KINDS } from '../../../src/kinds/index.ts'
import type { Kind } from '../../../src/kinds/kind.ts'
import type { AnyObject } from '../../../src/kinds/object.ts'
import { type ScalarName, structType, type Type } from '../../../src/kinds/schema/types.ts'
import { json } from '../../support/registry.ts'

/** Rules meet whatever the schema lets through, before anything else has looked: they find faults, and never throw. */

const ROUNDS = 150
const CONTEXT = { now: Date.UTC(2026, 0, 1), user: { name: 'admin', groups: [] }, dryRun: false }

const NAMES = ['', 'a', 'b', 'web', 'constructor', '__proto__', '*', 'a/b', 'example.com/x', 'é', 'x'.repeat(300)]
const PLACES = ['10.43.0.1', '::1', '2001:db8::/64', '10.0.0.0/8', '/tmp', '../x', '* * * * *', '50%', '-1']
const CHOICES = ['Always', 'Never', 'TCP', 'ClusterIP', 'NodePort', 'RollingUpdate', 'Exists', 'In', 'Gt', 'Indexed']
const SCALARS: Readonly<Record<ScalarName, readonly unknown[]>> = {
  string: [...NAMES, ...PLACES, ...CHOICES],
  bytes: ['', 'YQ==', 'e30=', 'LS0t'],
  int32: [0, 1, 2, -1, 80, 65536, 2147483647, -2147483648],
  int64: [0, 1, -1, 100, 2 ** 53],
  number: [0, 1.5, -1],
  boolean: [true, false],
  time: ['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', null],
  microTime: ['2026-01-01T00:00:00.000000Z', null],
  quantity: ['0', '1', '100m', '1Gi', '-1', '1e30', '1n', 5],
  intOrString: [0, 80, -1, '50%', '101%', 'http', ''],
}

/** Values of a type: the same ones with every run. */
class Values {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  #next(): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) & 0x7fffffff
    return this.#state / 0x80000000
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)] as T
  }
  of(type: Type, share: number, depth = 0): unknown {
    if (this.#next() < 0.02) return null
    switch (type.kind) {
      case 'list':
        return Array.from({ length: this.pick([0, 1, 1, 2]) }, () => this.of(type.items, share, depth + 1))
      case 'map': {
        const member = () => [this.pick(NAMES), this.of(type.values, share, depth + 1)] as const
        return Object.fromEntries(Array.from({ length: this.pick([0, 1, 2]) }, member))
      }
      case 'raw':
        return this.pick([{}, { a: 1 }, [1], 'x', null])
      case 'scalar':
        return this.pick(SCALARS[type.scalar])
      case 'struct': {
        const fields = depth > 12 ? [] : type.struct.fields.filter(() => depth === 0 || this.#next() < share)
        return Object.fromEntries(fields.map(f => [f.name, this.of(f.type, share, depth + 1)]))
      }
    }
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

function object(kind: Kind, values: Values): AnyObject {
  const type: Type = { kind: 'struct', struct: structType(kind.schema) }
  const { apiVersion: _, kind: __, ...body } = (values.of(type, values.pick([0.1, 0.3, 0.5])) ?? {}) as AnyObject
  const metadata = { name: 'a', uid: 'u', labels: { a: 'b' }, ...(kind.namespaced ? { namespace: 'n' } : {}) }
  return readBody(kind, json({ ...body, metadata }), { fieldValidation: 'Ignore', warnings: [] })
}

test.each(KINDS.map(k => [`${k.group || 'core'}/${k.version} ${k.kind}`, k] as const))('%s', (_, kind) => {
  const values = new Values(kind.schema.length)
  for (let round = 0; round < ROUNDS; round++) {
    let [old, next]: AnyObject[] = []
    try {
      ;[old, next] = [object(kind, values), object(kind, values)]
    } catch (error) {
      // What the schema itself refuses comes to no rule.
      expect(error).toMatchObject({ status: { code: 400 } })
      continue
    }
    if (!old || !next) continue
    kind.prepareForCreate?.(old, CONTEXT)
    const faults = kind.validate?.(frozen(old), CONTEXT) ?? []
    kind.warnings?.(old)
    for (const rules of [kind, kind.status, ...Object.values(kind.subresources ?? {})]) {
      const draft = structuredClone(next)
      rules?.prepareForUpdate?.(draft, old, CONTEXT)
      rules?.validateUpdate?.(frozen(draft), old, CONTEXT)
      rules?.warnings?.(draft, old)
    }
    for (const read of Object.values(kind.selectableFields)) expect(typeof read(old)).toBe('string')
    // Tables show what was stored.
    if (faults.length === 0) for (const column of kind.columns) column.cell(old, CONTEXT.now)
  }
})
