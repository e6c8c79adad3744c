import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kind } from '../../../src/kinds/kind.ts'
import { deployment } from '../../../src/kinds/apps/deployment.ts'
import { lease } from '../../../src/kinds/coordination/lease.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import { pod } from '../../../src/kinds/core/pod.ts'
import { podTemplate } from '../../../src/kinds/core/pod-template.ts'
import { secret } from '../../../src/kinds/core/secret.ts'
import { service } from '../../../src/kinds/core/service.ts'
import { serviceAccount } from '../../../src/kinds/core/service-account.ts'
import { PatchReplay, type RecordedStep } from '../../support/patch-replay.ts'

const oracle = join(__dirname, '../../../../shared/oracle')

interface Case {
  readonly namespace: string
  readonly steps: readonly (RecordedStep & { readonly ignore?: readonly string[] })[]
}
interface Normalizer {
  Context: new (options: object) => { normalize(body: unknown): unknown }
  differences(expected: unknown, got: unknown, path?: string, out?: string[]): string[]
}

/** Answers of each case that bodies, patches and ownership alone decide. The others need a whole server. */
const CASES: readonly (readonly [name: string, equal: number])[] = [
  ['apply-after-update', 8],
  ['apply-before-first-apply', 5],
  ['apply-conflict-texts', 8],
  ['apply-creates', 5],
  ['apply-default-values', 6],
  ['apply-dry-run', 4],
  ['apply-duplicate-keys', 8],
  ['apply-force', 8],
  ['apply-gives-up-fields', 3],
  ['apply-giving-up-everything', 6],
  ['apply-moves-between-managers', 7],
  ['apply-nulls-and-empties', 6],
  ['apply-owns-leaves', 4],
  ['apply-sets', 8],
  ['apply-to-built-in-lists', 3],
  ['apply-two-managers-of-a-list', 7],
  ['apply-unknown-fields', 14],
  ['field-validation-of-create', 8],
  ['field-validation-of-update-and-patch', 12],
  ['json-patch-failures', 18],
  ['json-patch-of-values', 19],
  ['json-patch-operations', 12],
  ['managed-fields-given', 14],
  ['managed-fields-of-create-and-update', 8],
  ['managed-fields-of-subresources', 7],
  ['managed-fields-stripped', 9],
  ['strategic-merge-by-key', 8],
  ['strategic-merge-delete', 8],
  ['strategic-merge-of-lists-without-keys', 8],
  ['strategic-merge-order', 8],
  ['strategic-merge-primitive-lists', 7],
  ['strategic-merge-retain-keys', 7],
  ['values-null-and-empty', 8],
  ['values-quantities', 12],
]

const kinds = new Map<string, Kind>(
  [configMap, podTemplate, pod, secret, service, serviceAccount, deployment, lease].map(k => [
    k.plural,
    k as unknown as Kind,
  ]),
)

const pointer = (value: unknown, path: string): unknown =>
  path
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (v, k) => (v as Record<string, unknown> | undefined)?.[k.replace(/~1/g, '/').replace(/~0/g, '~')],
      value,
    )

function without(value: unknown, [head = '', ...rest]: string[]): void {
  const object = value as Record<string, unknown> | undefined
  if (object === null || typeof object !== 'object') return
  if (rest.length === 0) delete object[head]
  else without(object[head], rest)
}

const withoutServerFields = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null, (k, v) => (['generation', 'resourceVersion', 'uid'].includes(k) ? undefined : v)),
  )

/** What of an answer counts in a step. */
function shape(step: Case['steps'][number], code: number, body: unknown): unknown {
  if (step.only) return Object.fromEntries(step.only.map(p => [p, pointer(body, p) ?? null]))
  const status = body as { kind?: string; code?: number; message?: string }
  if (status?.kind === 'Status') return { code, message: status.message }
  const copy = withoutServerFields(body)
  for (const p of step.ignore ?? []) without(copy, p.split('/').slice(1))
  return copy
}

function replay(name: string, { Context, differences }: Normalizer): { equal: number; faults: string[] } {
  const recorded = JSON.parse(readFileSync(join(oracle, `cases/machinery/${name}.json`), 'utf8')) as Case
  const server = new PatchReplay(kinds)
  const context = new Context({})
  const saved: Record<string, string> = { ns: recorded.namespace }
  const faults: string[] = []
  let equal = 0
  for (const [i, step] of recorded.steps.entries()) {
    const request = JSON.parse(
      JSON.stringify(step.request).replace(/\$\{(\w+)\}/g, (m, k: string) => saved[k] ?? m),
    ) as RecordedStep['request']
    const answer = server.answer(request)
    if (!answer) continue
    for (const [k, p] of Object.entries(step.save ?? {})) saved[k] = String(pointer(answer.body, p))
    if (step.quiet || !step.response) continue
    const body = JSON.parse(JSON.stringify(answer.body)) as { metadata?: { name?: string; namespace?: string } }
    if (body.metadata?.name !== undefined) body.metadata.namespace = recorded.namespace
    const got = shape(step, answer.code, context.normalize(body))
    const expected = step.only ? step.response.body : shape(step, step.response.code, step.response.body)
    const found =
      step.response.code === answer.code ? differences(withoutServerFields(expected), got) : [`code ${answer.code}`]
    if (found.length === 0) equal++
    else faults.push(`step ${i}: ${found.slice(0, 3).join('; ')}`)
  }
  return { equal, faults }
}

if (!existsSync(oracle)) {
  test.skip('recorded answers: left out, ../shared/oracle is not here', () => {})
} else {
  const normalizer = jest.requireActual<Normalizer>(join(oracle, 'lib/normalize.mjs'))
  test.each(CASES)('%s: the recorded answers that need no whole server', (name, least) => {
    const { equal, faults } = replay(name, normalizer)
    if (equal < least) throw new Error(`${equal} of ${least} equal\n${faults.join('\n')}`)
    expect(equal).toBeGreaterThanOrEqual(least)
  })
}
