import { MEDIA_TYPES } from '../errors.ts'
import { LIST_TYPES } from '../negotiate.ts'
import { type Operation, PATCH } from './operations.ts'
import { componentsOf, type Json } from './schemas.ts'

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

const patchTypes = (o: Operation): string[] =>
  o.custom ? PATCH_TYPES.filter(t => !t.includes('strategic')) : PATCH_TYPES

type Parameter = readonly [name: string, type: 'string' | 'boolean' | 'integer', description: string]

const PRETTY: Parameter = [
  'pretty',
  'string',
  "If 'true', then the output is pretty printed. Defaults to 'false' unless the user-agent indicates a browser or command-line HTTP tool (curl and wget).",
]
const DRY_RUN: Parameter = ['dryRun', 'string', 'All: do everything but store the result.']
const WRITE: readonly Parameter[] = [
  DRY_RUN,
  ['fieldManager', 'string', 'The name under which the written fields are managed.'],
  ['fieldValidation', 'string', 'What to do with unknown or duplicate fields: Ignore, Warn or Strict.'],
]
const LIST: readonly Parameter[] = [
  ['allowWatchBookmarks', 'boolean', 'Ask for events of type BOOKMARK.'],
  ['continue', 'string', 'The token of the page before.'],
  ['fieldSelector', 'string', 'Selects objects by their fields.'],
  ['labelSelector', 'string', 'Selects objects by their labels.'],
  ['limit', 'integer', 'The most items to answer with.'],
  ['resourceVersion', 'string', 'The revision to read at.'],
  ['resourceVersionMatch', 'string', 'How resourceVersion is meant.'],
  ['sendInitialEvents', 'boolean', 'Begin a watch with what there is.'],
  ['timeoutSeconds', 'integer', 'How long a watch may last.'],
  ['watch', 'boolean', 'Watch for changes instead of a list.'],
]
const DELETE: readonly Parameter[] = [
  DRY_RUN,
  ['gracePeriodSeconds', 'integer', 'Seconds before the object is deleted.'],
  ['ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean', 'Delete even what cannot be read.'],
  ['orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'],
  ['propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'],
]

function parametersOf(o: Operation): readonly Parameter[] {
  switch (o.action) {
    case 'list':
      return LIST
    case 'post':
    case 'put':
      return WRITE
    case 'patch':
      return [...WRITE, ['force', 'boolean', 'Take fields over from other managers. Only for apply.']]
    case 'delete':
      return DELETE
    case 'deletecollection':
      return [...LIST.filter(([name]) => name !== 'watch' && name !== 'allowWatchBookmarks'), ...DELETE]
    default:
      return []
  }
}

const pathParameters = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '')

const PATH_TEXT: Readonly<Record<string, string>> = {
  name: 'name of the object',
  namespace: 'object name and auth scope, such as for teams and projects',
  path: 'path to the resource',
}

/** Answers that a write may have besides 200. */
function codesOf(o: Operation): string[] {
  if (o.action === 'post') return ['200', '201', '202']
  if (o.action === 'put' || o.action === 'patch') return ['200', '201']
  return o.action === 'delete' ? ['200', '202'] : ['200']
}

const TEXTS: Readonly<Record<string, string>> = { '200': 'OK', '201': 'Created', '202': 'Accepted' }

/** By status code, each with what it answers. */
const responsesOf = (o: Operation, answer: Json): Json => ({
  ...Object.fromEntries(codesOf(o).map(code => [code, { description: TEXTS[code], ...answer }])),
  '401': { description: 'Unauthorized' },
})

function grouped(
  operations: readonly Operation[],
  write: (o: Operation) => Json,
  parameter: (name: string) => Json,
  pretty: Json,
): Json {
  const paths: Record<string, Json> = {}
  for (const o of operations) {
    const item = (paths[o.path] ??= { parameters: [...pathParameters(o.path).map(parameter), pretty] })
    item[o.method] = write(o)
  }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const schemasOf = (operations: readonly Operation[]): string[] =>
  operations.flatMap(o => [o.body, o.answer]).filter(s => s !== undefined)

const SECURITY = {
  BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
}

/** The OpenAPI 2 document of all operations. `extra` adds definitions of custom resources. */
export function documentV2(operations: readonly Operation[], version: string, extra: Json = {}): unknown {
  const parameter = (p: Parameter): Json => ({
    name: p[0],
    in: 'query',
    type: p[1],
    uniqueItems: true,
    description: p[2],
  })
  const ref = (name: string): Json => ({ $ref: `#/definitions/${name}` })
  const write = (o: Operation): Json => ({
    consumes: o.action === 'patch' ? patchTypes(o) : ['*/*'],
    produces: o.action === 'list' ? LIST_TYPES : o.action === 'connect' ? ['*/*'] : MEDIA_TYPES,
    schemes: ['https'],
    tags: [o.tag],
    operationId: o.id,
    parameters: [
      ...(o.body ? [{ name: 'body', in: 'body', required: o.method !== 'delete', schema: ref(o.body) }] : []),
      ...parametersOf(o).map(parameter),
    ],
    responses: responsesOf(o, { schema: o.answer ? ref(o.answer) : { type: 'string' } }),
    'x-kubernetes-action': o.action,
    'x-kubernetes-group-version-kind': o.gvk,
  })
  const inPath = (name: string): Json => ({
    name,
    in: 'path',
    required: true,
    type: 'string',
    uniqueItems: true,
    description: PATH_TEXT[name],
  })
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: grouped(operations, write, inPath, parameter(PRETTY)),
    definitions: { ...componentsOf([...schemasOf(operations), PATCH], 'v2'), ...extra },
    securityDefinitions: SECURITY,
    security: [{ BearerToken: [] }],
  }
}

/** The OpenAPI 3 document of one group version. */
export function documentV3(operations: readonly Operation[], version: string, extra: Json = {}): unknown {
  const parameter = (p: Parameter): Json => ({
    name: p[0],
    in: 'query',
    description: p[2],
    schema: { type: p[1], uniqueItems: true },
  })
  const content = (types: readonly string[], name: string): Json => ({
    content: Object.fromEntries(types.map(t => [t, { schema: { $ref: `#/components/schemas/${name}` } }])),
  })
  const write = (o: Operation): Json => ({
    tags: [o.tag],
    operationId: o.id,
    parameters: parametersOf(o).map(parameter),
    ...(o.body
      ? {
          requestBody: {
            ...content(o.action === 'patch' ? patchTypes(o) : ['*/*'], o.body),
            ...(o.method === 'delete' ? {} : { required: true }),
          },
        }
      : {}),
    responses: responsesOf(
      o,
      o.answer
        ? content(o.action === 'list' ? LIST_TYPES : MEDIA_TYPES, o.answer)
        : { content: { '*/*': { schema: { type: 'string' } } } },
    ),
    'x-kubernetes-action': o.action,
    'x-kubernetes-group-version-kind': o.gvk,
  })
  const inPath = (name: string): Json => ({
    name,
    in: 'path',
    required: true,
    description: PATH_TEXT[name],
    schema: { type: 'string', uniqueItems: true },
  })
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: grouped(operations, write, inPath, parameter(PRETTY)),
    components: {
      schemas: { ...componentsOf([...schemasOf(operations), PATCH], 'v3'), ...extra },
      securitySchemes: SECURITY,
    },
  }
}
