import type { Kind, Verb } from '../../kinds/kind.ts'
import { type Subresource, subresourcesOf } from '../subresources.ts'
import { type VirtualResource, virtualVerbs } from '../virtual.ts'

export interface Gvk {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** One operation of the API, apart from how a document writes it. */
export interface Operation {
  readonly path: string
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch'
  /** Value of x-kubernetes-action. */
  readonly action: 'get' | 'list' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect'
  readonly id: string
  readonly tag: string
  readonly gvk: Gvk
  /** Component of the body; missing where there is none. */
  readonly body?: string
  /** Component of the answer; missing for streams. */
  readonly answer?: string
  readonly custom: boolean
}

const DELETE_OPTIONS = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'
const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'
export const PATCH = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch'

const capital = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)

/** `Apps`, `Core`, `RbacAuthorization`: the group as operation IDs have it. */
export function groupWord(group: string): string {
  if (group === '') return 'Core'
  return group
    .replace(/\.k8s\.io$/, '')
    .split(/[.-]/)
    .map(capital)
    .join('')
}

export function tagOf(group: string, version: string): string {
  const word = groupWord(group)
  return `${word.charAt(0).toLowerCase()}${word.slice(1)}_${version}`
}

interface Base {
  readonly root: string
  readonly path: string
  readonly words: string
  readonly tag: string
  readonly namespaced: boolean
}

function baseOf(r: { group: string; version: string; plural: string; namespaced: boolean }): Base {
  const root = r.group ? `/apis/${r.group}/${r.version}` : `/api/${r.version}`
  return {
    root,
    path: `${root}${r.namespaced ? '/namespaces/{namespace}' : ''}/${r.plural}`,
    words: `${groupWord(r.group)}${capital(r.version)}`,
    tag: tagOf(r.group, r.version),
    namespaced: r.namespaced,
  }
}

/** Operations of a stored kind. */
export function operationsOf(kind: Kind): Operation[] {
  const base = baseOf(kind)
  const { root, path, words, tag } = base
  const gvk: Gvk = { group: kind.group, version: kind.version, kind: kind.kind }
  const noun = `${kind.namespaced ? 'Namespaced' : ''}${kind.kind}`
  const listSchema = kind.custom ? `${kind.schema}List` : listComponent(kind)
  const custom = kind.custom === true
  const op = (o: Omit<Operation, 'tag' | 'gvk' | 'custom'>): Operation => ({ tag, gvk, custom, ...o })
  const can = (verb: Verb): boolean => kind.verbs.includes(verb)
  const one = `${path}/{name}`
  const schema = kind.schema
  const all: (Operation | false)[] = [
    can('list') && op({ path, method: 'get', action: 'list', id: `list${words}${noun}`, answer: listSchema }),
    can('create') &&
      op({ path, method: 'post', action: 'post', id: `create${words}${noun}`, body: schema, answer: schema }),
    can('deletecollection') &&
      op({
        path,
        method: 'delete',
        action: 'deletecollection',
        id: `delete${words}Collection${noun}`,
        body: DELETE_OPTIONS,
        answer: STATUS,
      }),
    can('get') && op({ path: one, method: 'get', action: 'get', id: `read${words}${noun}`, answer: schema }),
    can('update') &&
      op({ path: one, method: 'put', action: 'put', id: `replace${words}${noun}`, body: schema, answer: schema }),
    can('delete') &&
      op({
        path: one,
        method: 'delete',
        action: 'delete',
        id: `delete${words}${noun}`,
        body: DELETE_OPTIONS,
        answer: kind.deleteReturnsObject ? schema : STATUS,
      }),
    can('patch') &&
      op({ path: one, method: 'patch', action: 'patch', id: `patch${words}${noun}`, body: PATCH, answer: schema }),
    kind.namespaced &&
      can('list') &&
      op({
        path: `${root}/${kind.plural}`,
        method: 'get',
        action: 'list',
        id: `list${words}${kind.kind}ForAllNamespaces`,
        answer: listSchema,
      }),
  ]
  return [...all.filter(o => o !== false), ...subresourcesOf(kind).flatMap(s => subOperations(kind, s, base, noun))]
}

/** The list's component stands beside the kind's. */
function listComponent(kind: Kind): string {
  return kind.schema.slice(0, kind.schema.length - kind.kind.length) + kind.listKind
}

const SUB_SCHEMAS: Readonly<Record<string, string>> = {
  Scale: 'io.k8s.api.autoscaling.v1.Scale',
  Binding: 'io.k8s.api.core.v1.Binding',
  Eviction: 'io.k8s.api.policy.v1.Eviction',
  TokenRequest: 'io.k8s.api.authentication.v1.TokenRequest',
}

const METHODS = {
  get: { method: 'get', action: 'get', word: 'read' },
  update: { method: 'put', action: 'put', word: 'replace' },
  patch: { method: 'patch', action: 'patch', word: 'patch' },
  create: { method: 'post', action: 'post', word: 'create' },
  delete: { method: 'delete', action: 'delete', word: 'delete' },
} as const

function subOperations(kind: Kind, sub: Subresource, base: Base, noun: string): Operation[] {
  const gvk: Gvk = { group: sub.group ?? kind.group, version: sub.version ?? kind.version, kind: sub.kind }
  const schema = SUB_SCHEMAS[sub.kind] ?? kind.schema
  const path = `${base.path}/{name}/${sub.name}`
  const name = `${noun}${SUB_WORDS[sub.name] ?? capital(sub.name)}`
  return sub.verbs.flatMap(verb => {
    const m = METHODS[verb as keyof typeof METHODS]
    const common = { path, method: m.method, tag: base.tag, gvk, custom: kind.custom === true }
    if (sub.connect && sub.name !== 'log') {
      const word = `connect${capital(m.method)}`
      const connect: Operation = { ...common, action: 'connect', id: `${word}${base.words}${name}` }
      return sub.name === 'proxy'
        ? [connect, { ...connect, path: `${path}/{path}`, id: `${connect.id}WithPath` }]
        : [connect]
    }
    if (sub.connect) return [{ ...common, action: m.action, id: `${m.word}${base.words}${name}` }]
    const body = verb === 'get' ? {} : { body: verb === 'patch' ? PATCH : schema }
    return [{ ...common, action: m.action, id: `${m.word}${base.words}${name}`, ...body, answer: schema }]
  })
}

const SUB_WORDS: Readonly<Record<string, string>> = {
  ephemeralcontainers: 'Ephemeralcontainers',
  portforward: 'Portforward',
}

/** Operations of a resource that is not stored. */
export function virtualOperations(v: VirtualResource): Operation[] {
  const base = baseOf(v)
  const schema = `io.k8s.api.${v.group === '' ? 'core' : v.group.split('.')[0]}.${v.version}.${v.kind}`
  const gvk: Gvk = { group: v.group, version: v.version, kind: v.kind }
  const noun = `${v.namespaced ? 'Namespaced' : ''}${v.kind}`
  const op = (o: Omit<Operation, 'tag' | 'gvk' | 'custom'>): Operation => ({ tag: base.tag, gvk, custom: false, ...o })
  return virtualVerbs(v).map(verb => {
    if (verb === 'create')
      return op({
        path: base.path,
        method: 'post',
        action: 'post',
        id: `create${base.words}${noun}`,
        body: schema,
        answer: schema,
      })
    if (verb === 'list')
      return op({
        path: base.path,
        method: 'get',
        action: 'list',
        id: `list${base.words}${noun}`,
        answer: `${schema}List`,
      })
    return op({
      path: `${base.path}/{name}`,
      method: 'get',
      action: 'get',
      id: `read${base.words}${noun}`,
      answer: schema,
    })
  })
}
