import { isNotFound } from '../../base/errors.ts'
import type { Json } from './api/connection.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { ALL, ALL_NAMESPACES, FIELD_SELECTOR, type Found, findObjects, metadataOf, SELECTOR } from './api/targets.ts'
import { waitGone } from './api/deletion.ts'
import { watchEvents } from './api/watching.ts'
import { PlainError, throwAll } from './base/errors.ts'
import { flag } from './base/flags.ts'
import type { Call, Verb } from './base/verb.ts'
import { objectPrinter, PRINT_FLAGS, nameOf } from './print/output.ts'
import { relaxed, selectJsonPath, valueText } from './print/jsonpath.ts'

const FOREVER_MS = 7 * 24 * 3_600_000
const POLL_MS = 500

/** `kubectl wait`. */
export const wait: Verb = {
  name: 'wait',
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Experimental: Wait for a specific condition on one or many resources',
  examples: [
    '# Wait for the pod "busybox1" to be ready, or to be gone',
    'kubectl wait --for=condition=Ready pod/busybox1',
    'kubectl wait --for=delete pod/busybox1 --timeout=60s',
    '',
    '# Wait for a field to have a value',
    "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/busybox1",
  ],
  flags: [
    ...FILE_FLAGS('identifying the resource.'),
    ...PRINT_FLAGS,
    SELECTOR,
    FIELD_SELECTOR,
    ALL,
    ALL_NAMESPACES,
    flag(
      'array',
      'for',
      "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]]. The default condition-value is true. May be repeated.",
    ),
    flag(
      'duration',
      'timeout',
      "The length of time to wait before giving up.  Zero means check once and don't wait, negative means wait for a week.",
      { default: '30s' },
    ),
  ],
  run,
}

type Condition =
  | { readonly type: 'delete' }
  | { readonly type: 'create' }
  | { readonly type: 'met'; readonly met: (object: Json) => boolean }

async function run(call: Call): Promise<void> {
  const { flags, io } = call
  const conditions = flags.texts('for').map(parseCondition)
  if (conditions.length === 0) throw new PlainError('unrecognized condition: []')
  const printer = objectPrinter(flags)
  const timeout = flags.duration('timeout')
  const deadline = io.clock.now() + (timeout < 0 ? FOREVER_MS : timeout)
  const forDelete = conditions.some(c => c.type === 'delete')
  if (conditions.some(c => c.type === 'create')) await waitCreated(call, deadline)
  const { found, errors } = await findObjects(call, call.args)
  const faults = errors.filter(e => !(forDelete && isNotFound(e)))
  if (found.length === 0 && faults.length === 0 && !forDelete) throw new PlainError('no matching resources found')
  for (const f of found) {
    try {
      for (const condition of conditions) {
        const object = await waitFor(call, f, condition, deadline)
        io.out(printer ? printer(object) : `${nameOf(object)} condition met\n`)
      }
    } catch (error) {
      if (io.signal.aborted) throw error
      faults.push(error)
    }
  }
  throwAll(faults)
}

/** Reads one --for. Throws PlainError with kubectl's texts. */
export function parseCondition(text: string): Condition {
  const lower = text.toLowerCase()
  if (lower === 'delete' || lower === 'create') return { type: lower }
  if (text.startsWith('condition=')) {
    const [name, value = 'true'] = splitOnce(text.slice('condition='.length))
    return { type: 'met', met: object => hasCondition(object, name, value) }
  }
  if (text.startsWith('jsonpath=')) return jsonPathCondition(text.slice('jsonpath='.length))
  throw new PlainError(`unrecognized condition: ${JSON.stringify(text)}`)
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function jsonPathCondition(text: string): Condition {
  const parts = splitSingle(text)
  if (parts.length > 2)
    throw new PlainError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    )
  const path = relaxed(parts[0] ?? '')
  if (!path) throw new PlainError('jsonpath expression cannot be empty')
  const value = parts[1]?.replace(/^['"]+|['"]+$/g, '')
  if (value === '')
    throw new PlainError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    )
  return {
    type: 'met',
    met: object => {
      const values = selectJsonPath(path, object)
      if (values.length === 0) return false
      if (value === undefined) return true
      if (values.length > 1) throw new PlainError('given jsonpath expression matches more than one value')
      const [found] = values
      if (found !== null && typeof found === 'object')
        throw new PlainError('jsonpath leads to a nested object or list which is not supported')
      return valueText(found).trim() === value.trim()
    },
  }
}

/** Splits at single equals signs: double ones belong to the expression. */
function splitSingle(text: string): string[] {
  return text
    .replaceAll('==', '\u0000')
    .split('=')
    .map(part => part.replaceAll('\u0000', '=='))
}

function hasCondition(object: Json, name: string, value: string): boolean {
  const status = (object['status'] ?? {}) as {
    conditions?: { type?: string; status?: string; observedGeneration?: number }[]
    observedGeneration?: number
  }
  const found = status.conditions?.find(c => c.type?.toLowerCase() === name.toLowerCase())
  if (!found) return false
  const { generation } = metadataOf(object)
  const observed = found.observedGeneration ?? status.observedGeneration
  if (generation !== undefined && observed !== undefined && observed < generation) return false
  return found.status?.toLowerCase() === value.toLowerCase()
}

async function waitFor(call: Call, f: Found, condition: Condition, deadline: number): Promise<Json> {
  if (condition.type === 'create') return f.object
  const left = Math.max(0, deadline - call.io.clock.now())
  const notMet = new PlainError(`condition not met for ${f.resource.plural}/${f.name}`)
  if (condition.type === 'delete') {
    if (left === 0) throw notMet
    await waitGone(call, { ...f, uid: metadataOf(f.object).uid ?? '' }, left)
    return f.object
  }
  if (condition.met(f.object)) return f.object
  if (left === 0) throw notMet
  return waitMet(call, f, condition.met, left)
}

async function waitMet(call: Call, f: Found, met: (object: Json) => boolean, timeoutMs: number): Promise<Json> {
  const abort = new AbortController()
  using _timer = call.io.clock.setTimer(timeoutMs, () => abort.abort())
  const signal = AbortSignal.any([abort.signal, call.io.signal])
  let resourceVersion = metadataOf(f.object).resourceVersion ?? '0'
  while (!signal.aborted) {
    const query = { fieldSelector: `metadata.name=${f.name}`, resourceVersion }
    for await (const event of watchEvents(call.session.connection, {
      path: pathOf(f.resource, f.namespace),
      query,
      signal,
    })) {
      resourceVersion = metadataOf(event.object).resourceVersion ?? resourceVersion
      if (event.type !== 'DELETED' && event.type !== 'BOOKMARK' && met(event.object)) return event.object
    }
  }
  throw new PlainError(`timed out waiting for the condition on ${f.resource.plural}/${f.name}`)
}

async function waitCreated(call: Call, deadline: number): Promise<void> {
  for (;;) {
    const { found, errors } = await findObjects(call, call.args)
    throwAll(errors.filter(e => !isNotFound(e)))
    if (found.length > 0) return
    if (call.io.clock.now() >= deadline) throw new PlainError('timed out waiting for the condition')
    await call.io.clock.sleep(POLL_MS, call.io.signal)
  }
}
