import { StatusError } from '../../src/base/errors.ts'
import {
  bodyText,
  JsonSyntaxError,
  parseJson,
  type ParsedText,
  plainNumbers,
  repeatedFieldTexts,
} from '../../src/base/json.ts'
import { parseYaml, yamlRepeatedText } from '../../src/base/yaml.ts'
import type { Kind } from '../../src/kinds/kind.ts'
import { componentAtom } from '../../src/kinds/schema/atoms.ts'
import { DecodeError, decode, zeroObject } from '../../src/kinds/schema/decode.ts'
import { applySchemaDefaults } from '../../src/kinds/schema/defaults.ts'
import { fieldsOf, NO_FIELDS } from '../../src/registry/patch/fields.ts'
import { applyJsonPatch, readJsonPatch } from '../../src/registry/patch/json-patch.ts'
import { sameManagersButTimes } from '../../src/registry/patch/managed-fields.ts'
import { applyMergePatch } from '../../src/registry/patch/merge-patch.ts'
import { managedFieldsOf, trackUpdate, withoutManagedFields } from '../../src/registry/patch/ownership.ts'
import { serverSideApply } from '../../src/registry/patch/server-side-apply.ts'
import { applyStrategicMerge } from '../../src/registry/patch/strategic-merge.ts'
import { sameValue } from '../../src/registry/patch/typed-compare.ts'

type Json = Record<string, unknown>

export interface RecordedStep {
  readonly request: {
    method?: string
    path: string
    headers?: Record<string, string>
    body?: unknown
    text?: string
    raw?: string
  }
  readonly quiet?: boolean
  readonly only?: readonly string[]
  readonly save?: Record<string, string>
  readonly response?: { code: number; headers?: Record<string, string>; body?: unknown }
}

export interface Answer {
  readonly code: number
  readonly body: unknown
  readonly warnings: readonly string[]
}

/**
 * As much of an API server as bodies, patches and ownership need, for recorded cases: objects by path, no admission,
 * no validation. undefined is answered to what lies outside of it.
 */
export class PatchReplay {
  readonly #kinds: ReadonlyMap<string, Kind>
  readonly #objects = new Map<string, Json>()
  #revision = 1
  now = Date.parse('2026-01-01T00:00:00Z')

  /** Kinds by plural. */
  constructor(kinds: ReadonlyMap<string, Kind>) {
    this.#kinds = kinds
  }

  answer(request: RecordedStep['request']): Answer | undefined {
    const url = new URL(request.path, 'http://x')
    const m = /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/namespaces\/[^/]+\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(
      url.pathname,
    )
    const kind = m && this.#kinds.get(m[1] ?? '')
    if (!m || !kind) return undefined
    this.now += 1000
    const call: Call = {
      kind,
      name: m[2] && decodeURIComponent(m[2]),
      subresource: m[3] ?? '',
      query: url.searchParams,
      method: request.method ?? 'GET',
      contentType: request.headers?.['content-type'] ?? 'application/json',
      text: request.text ?? request.raw ?? (request.body === undefined ? '' : JSON.stringify(request.body)),
      warnings: [],
    }
    try {
      return this.#serve(call)
    } catch (error) {
      if (error instanceof StatusError) return { code: error.code, body: error.status, warnings: call.warnings }
      throw error
    }
  }

  #serve(call: Call): Answer | undefined {
    const key = `${call.kind.plural}/${call.name}`
    const live = this.#objects.get(key)
    switch (call.method) {
      case 'GET':
        return live && { code: 200, body: live, warnings: [] }
      case 'POST':
        return call.name ? undefined : this.#write(call, undefined, this.#fromBody(call), 201)
      case 'PUT':
        return live ? this.#write(call, live, this.#fromBody(call), 200) : undefined
      case 'PATCH':
        if (call.contentType.startsWith('application/apply-patch')) return this.#apply(call, live)
        return live ? this.#write(call, live, this.#patched(call, live), 200) : undefined
      case 'DELETE':
        this.#objects.delete(key)
        return undefined
      default:
        return undefined
    }
  }

  #parse(call: Call): ParsedText {
    return call.contentType.includes('yaml') ? parseYaml(call.text) : parseJson(bodyText(Buffer.from(call.text)))
  }

  #fromBody(call: Call): Json {
    const parsed = this.#parse(call)
    const yaml = parsed.yamlRepeated ?? []
    return this.#decode(call, parsed.value, parsed, yaml.length ? [yamlRepeatedText(yaml)] : [])
  }

  #decode(call: Call, value: unknown, parsed?: ParsedText, before: readonly string[] = []): Json {
    let decoded: ReturnType<typeof decode>
    try {
      decoded = decode(call.kind.schema, value, parsed?.repeated)
    } catch (error) {
      if (error instanceof DecodeError) throw bad(parsed ? 400 : 422, error.message)
      throw error
    }
    const strict = [...before, ...decoded.unknown]
    if (strict.length > 0 && call.query.get('fieldValidation') === 'Strict')
      throw bad(parsed ? 400 : 422, `strict decoding error: ${strict.join(', ')}`)
    if (call.query.get('fieldValidation') !== 'Ignore') call.warnings.push(...strict)
    return this.#defaulted(call.kind, decoded.object)
  }

  #defaulted(kind: Kind, object: Json): Json {
    object['apiVersion'] = kind.group ? `${kind.group}/${kind.version}` : kind.version
    object['kind'] = kind.kind
    applySchemaDefaults(kind.schema, object)
    kind.defaults?.(object as never)
    return object
  }

  #patched(call: Call, live: Json): Json {
    let parsed: ParsedText
    try {
      parsed = this.#parse(call)
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw bad(400, `error decoding patch: ${error.message}`)
      throw error
    }
    const document = structuredClone(live)
    if (call.contentType.startsWith('application/json-patch')) {
      const { operations, strict } = readJsonPatch(parsed)
      const patched = applyJsonPatch(document, operations)
      return this.#decode(call, patched, undefined, strict)
    }
    const patched = call.contentType.startsWith('application/merge-patch')
      ? applyMergePatch(document, parsed.value)
      : applyStrategicMerge(call.kind.schema, document, parsed.value)
    return this.#decode(call, patched, undefined, repeatedFieldTexts(parsed))
  }

  #tracking(call: Call) {
    const { kind, subresource } = call
    return {
      atom: componentAtom(kind.schema),
      apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
      subresource,
      resetFields: subresource === 'status' ? fieldsOf(['spec']) : kind.status ? fieldsOf(['status']) : NO_FIELDS,
      manager: call.query.get('fieldManager') ?? 'oracle',
      now: this.now,
    }
  }

  #zero(kind: Kind): Json {
    return zeroObject(kind.schema, kind.group ? `${kind.group}/${kind.version}` : kind.version, kind.kind)
  }

  #write(call: Call, live: Json | undefined, object: Json, code: number): Answer {
    const { kind } = call
    const next = withServerFields(object, live, this.#revision)
    if (kind.status && call.subresource === '' && live?.['status']) next['status'] = live['status']
    const context = { now: this.now, user: { name: 'x', groups: [] }, dryRun: false }
    if (!live) kind.prepareForCreate?.(next as never, context)
    const tracked = trackUpdate({ ...this.#tracking(call), old: live ?? this.#zero(kind), next })
    return this.#store(call, live, withManagers(next, tracked), code)
  }

  #apply(call: Call, live: Json | undefined): Answer {
    const applied = plainNumbers(parseYaml(call.text).value) as Json
    const { kind } = call
    const zero = this.#zero(kind)
    const force = call.query.has('force') && call.query.get('force') !== 'false'
    const result = serverSideApply({ ...this.#tracking(call), live: live ?? zero, zero, applied, force })
    const merged = result.object
      ? this.#decode({ ...call, query: new URLSearchParams() }, result.object)
      : this.#defaulted(kind, structuredClone(withoutManagedFields(live ?? zero)))
    const next = withServerFields(merged, live, this.#revision)
    return this.#store(call, live, withManagers(next, result.managedFields), live ? 200 : 201)
  }

  #store(call: Call, live: Json | undefined, next: Json, code: number): Answer {
    const name = String((next['metadata'] as Json)['name'])
    let stored = next
    if (
      live &&
      sameManagersButTimes(managedFieldsOf(live), managedFieldsOf(next)) &&
      sameValue(withoutManagedFields(live), withoutManagedFields(next))
    )
      stored = live
    else (stored['metadata'] as Json)['resourceVersion'] = String(++this.#revision)
    if (!call.query.has('dryRun')) this.#objects.set(`${call.kind.plural}/${name}`, deepFreeze(stored))
    return { code, body: stored, warnings: call.warnings }
  }
}

interface Call {
  readonly kind: Kind
  readonly name: string | undefined
  readonly subresource: string
  readonly query: URLSearchParams
  readonly method: string
  readonly contentType: string
  readonly text: string
  readonly warnings: string[]
}

const bad = (code: number, message: string): StatusError =>
  new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, message })

function withServerFields(object: Json, live: Json | undefined, revision: number): Json {
  const { creationTimestamp, uid } = (live?.['metadata'] ?? {}) as Json
  return {
    ...object,
    metadata: {
      ...(object['metadata'] as Json),
      uid: uid ?? `00000000-0000-4000-8000-${String(revision).padStart(12, '0')}`,
      creationTimestamp: creationTimestamp ?? '2026-01-01T00:00:00Z',
      ...(live ? { resourceVersion: (live['metadata'] as Json)['resourceVersion'] } : {}),
    },
  }
}

function withManagers(object: Json, entries: readonly unknown[]): Json {
  const { managedFields: _, ...metadata } = object['metadata'] as Json
  return { ...object, metadata: entries.length > 0 ? { ...metadata, managedFields: entries } : metadata }
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
