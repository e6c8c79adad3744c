import { badRequest, notFound } from '../../base/errors.ts'
import type { Registry } from '../../registry/api.ts'
import { bodyOf } from '../body.ts'
import { methodNotAllowed } from '../errors.ts'
import type { HealthCheck } from '../health.ts'
import { readBody } from '../../registry/bodies.ts'
import { writeOptions } from '../options.ts'
import { parseFieldSelector, parseLabelSelector } from '../../base/selector.ts'
import type { Query } from '../query.ts'
import type { VirtualCall, VirtualResource } from '../virtual.ts'

/** Resources of the core group that are not stored. */
export function coreVirtuals(registry: Registry, health: readonly HealthCheck[]): VirtualResource[] {
  return [bindings(registry), componentStatuses(health)]
}

/** POST of a Binding that names the pod itself, the older form of pods/NAME/binding. */
function bindings(registry: Registry): VirtualResource {
  return {
    group: '',
    version: 'v1',
    kind: 'Binding',
    plural: 'bindings',
    singular: 'binding',
    namespaced: true,
    create: async ({ req, info, context, body }) => {
      const kind = registry.kinds.byResource('', 'v1', 'pods')
      if (!kind) throw methodNotAllowed()
      const given = bodyOf(req.headers['content-type'], body)
      const binding = readBody(
        { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' },
        given,
        {
          fieldValidation: 'Ignore',
          warnings: [],
        },
      )
      const name = binding.metadata.name
      if (!name) throw badRequest('Name parameter required.')
      const target = { kind, namespace: info.namespace, name, subresource: 'binding' }
      const result = await registry.create(context, target, given, writeOptions(info.query, 'CreateOptions'))
      return result.stored.object
    },
  }
}

/** The parts that kube-apiserver looks after are parts of this process: the store's health is theirs. */
const COMPONENTS = ['scheduler', 'controller-manager', 'etcd-0']

function componentStatuses(health: readonly HealthCheck[]): VirtualResource {
  const status = async (name: string): Promise<unknown> => ({
    metadata: { name },
    conditions: [await condition(name === 'etcd-0' ? health.find(h => h.name === 'etcd') : undefined)],
  })
  return {
    group: '',
    version: 'v1',
    kind: 'ComponentStatus',
    plural: 'componentstatuses',
    singular: 'componentstatus',
    namespaced: false,
    shortNames: ['cs'],
    deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
    get: async (call: VirtualCall) => {
      const name = call.info.name
      if (!COMPONENTS.includes(name)) {
        throw notFound({ group: '', resource: 'componentstatus' }, name)
      }
      return { kind: 'ComponentStatus', apiVersion: 'v1', ...((await status(name)) as object) }
    },
    list: async ({ info }) => ({
      kind: 'ComponentStatusList',
      apiVersion: 'v1',
      metadata: {},
      items: await Promise.all(COMPONENTS.filter(selected(info.query)).map(status)),
    }),
  }
}

/** Components have a name and nothing else to select them by. */
function selected(query: Query): (name: string) => boolean {
  const labels = parse(() => parseLabelSelector(query.get('labelSelector') ?? ''))
  const fields = parse(() => parseFieldSelector(query.get('fieldSelector') ?? ''))
  for (const { field } of fields)
    if (field !== 'metadata.name' && field !== 'metadata.namespace')
      throw badRequest(
        `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
      )
  return name =>
    labels.matches({}) && fields.every(f => ((f.field === 'metadata.name' ? name : '') === f.value) === f.equal)
}

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

async function condition(check: HealthCheck | undefined): Promise<unknown> {
  try {
    await check?.check()
    return { type: 'Healthy', status: 'True', message: 'ok' }
  } catch (error) {
    return { type: 'Healthy', status: 'False', message: (error as Error).message }
  }
}
