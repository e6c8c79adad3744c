import type { Json } from './api/connection.ts'
import { FILE_FLAGS } from './api/manifests.ts'
import { ALL, type Found, findObjects, metadataOf, SELECTOR } from './api/targets.ts'
import { causePatch, DRY_RUN, dryRunOf, fieldManager, RECORD, reporter, sendPatch, warnRecord } from './api/writing.ts'
import { PlainError, throwAll } from './base/errors.ts'
import type { Call, Verb } from './base/verb.ts'
import { PRINT_FLAGS } from './print/output.ts'

const image: Verb = {
  name: 'image',
  use: 'set image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  short: 'Update the image of a pod template',
  long: `Update existing container image(s) of resources.

 Possible resources include (case insensitive):

        pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj), replicaset (rs)`,
  examples: [
    "# Set a deployment's nginx container image to 'nginx:1.9.1', and its busybox container image to 'busybox'",
    'kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1',
    '',
    '# Update image of all containers of daemonset abc',
    'kubectl set image daemonset abc *=nginx:1.9.1',
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files identifying the resource to get from a server.'),
    ...PRINT_FLAGS,
    SELECTOR,
    ALL,
    DRY_RUN,
    RECORD,
    fieldManager('kubectl-set'),
  ],
  run: setImages,
}

/** `kubectl set`. */
export const set: Verb = {
  name: 'set',
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  long: 'Configure application resources.',
  verbs: [image],
}

type Images = ReadonlyMap<string, string>

async function setImages(call: Call): Promise<void> {
  const { flags, args } = call
  const at = args.findIndex(a => a.includes('='))
  const targets = at < 0 ? args : args.slice(0, at)
  const images = new Map((at < 0 ? [] : args.slice(at)).map(pairOf))
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await findObjects(call, targets)
  check(call, images)
  throwAll(errors)
  for (const f of found) {
    const { patch, missing } = planImages(f, images)
    errors.push(...missing.map(name => new PlainError(`unable to find container named ${JSON.stringify(name)}`)))
    const cause = causePatch(call, f.object)
    if (missing.length || (!patch && !cause)) continue
    const body = { ...cause, ...patch }
    try {
      report(
        dryRun === 'client'
          ? await patchedHere(f, body)
          : await sendPatch(call, f, { type: 'strategic', body, dryRun }),
        'image updated',
      )
    } catch (error) {
      errors.push(new PlainError(`failed to patch image update to pod template: ${(error as Error).message}`))
    }
  }
  throwAll(errors)
}

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=')
  const [name, value] = [word.slice(0, at), word.slice(at + 1)]
  if (!name || !value) throw new PlainError(`invalid image format: ${word}`)
  return [name, value]
}

function check(call: Call, images: Images): void {
  const { flags } = call
  const faults: string[] = []
  if (flags.on('all') && flags.text('selector')) faults.push('cannot set --all and --selector at the same time')
  if (images.size === 0) faults.push('at least one image update is required')
  else if (images.size > 1 && images.has('*'))
    faults.push('all containers are already specified by *, but saw more than one container_name=container_image pairs')
  throwAll(faults.map(f => new PlainError(f)))
}

interface PodSpec {
  containers?: { name: string; image?: string }[]
  initContainers?: { name: string; image?: string }[]
}

const PATHS: Record<string, readonly string[]> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/** The strategic merge patch that sets the images; undefined where they are so already. */
export function planImages(f: Pick<Found, 'object'>, images: Images): { patch: Json | undefined; missing: string[] } {
  const path = PATHS[String(f.object['kind'])] ?? ['spec', 'template', 'spec']
  const spec = path.reduce<unknown>((v, key) => (v as Json | undefined)?.[key], f.object) as PodSpec | undefined
  if (!spec)
    throw new PlainError(
      `the object is not a pod or does not have a pod template: ${String(f.object['kind'])} ${metadataOf(f.object).name ?? ''}`,
    )
  const missing = [...images.keys()].filter(
    name => name !== '*' && ![...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(c => c.name === name),
  )
  const changed = (list: PodSpec['containers']): { name: string; image: string }[] =>
    (list ?? []).flatMap(c => {
      const wanted = images.get(c.name) ?? images.get('*')
      return wanted !== undefined && wanted !== c.image ? [{ name: c.name, image: wanted }] : []
    })
  const fields = Object.entries({
    containers: changed(spec.containers),
    initContainers: changed(spec.initContainers),
  }).filter(([, list]) => list.length > 0)
  if (fields.length === 0) return { patch: undefined, missing }
  const patch = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), Object.fromEntries(fields)) as Json
  return { patch, missing }
}

async function patchedHere(f: Found, body: Json): Promise<Json> {
  const { schemaOf } = await import('./apply/three-way.ts')
  const { applyStrategicMerge } = await import('../../registry/patch/strategic-merge.ts')
  return applyStrategicMerge(schemaOf(String(f.object['apiVersion']), String(f.object['kind'])) ?? '', f.object, body)
}
