import { type Found } from '../api/targets.ts'
import { PlainError, throwAll } from '../base/errors.ts'
import type { Call, Verb } from '../base/verb.ts'
import { podSpecOf, SET_FLAGS, type PodSpecShape, setOnObjects, type SetPlan, specPatch } from './template.ts'

/** `kubectl set image`. */
export const setImage: Verb = {
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
  flags: SET_FLAGS,
  run: call => {
    const at = call.args.findIndex(a => a.includes('='))
    const images = new Map((at < 0 ? [] : call.args.slice(at)).map(pairOf))
    return setOnObjects(call, at < 0 ? call.args : call.args.slice(0, at), {
      done: 'image updated',
      what: 'image update to pod template',
      check: () => check(call, images),
      plan: f => planImages(f, images),
    })
  },
}

type Images = ReadonlyMap<string, string>

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

/** The patch that sets the images. */
export function planImages({ object }: Pick<Found, 'object'>, images: Images): SetPlan {
  const spec = podSpecOf(object)
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  const missing = [...images.keys()].filter(name => name !== '*' && !all.some(c => c.name === name))
  const changed = (list: PodSpecShape['containers']): { name: string; image: string }[] =>
    (list ?? []).flatMap(c => {
      const wanted = images.get(c.name) ?? images.get('*')
      return wanted !== undefined && wanted !== c.image ? [{ name: c.name, image: wanted }] : []
    })
  const fields = Object.entries({
    containers: changed(spec.containers),
    initContainers: changed(spec.initContainers),
  }).filter(([, list]) => list.length > 0)
  return {
    patch: fields.length > 0 ? specPatch(object, Object.fromEntries(fields)) : undefined,
    faults: missing.map(name => `unable to find container named ${JSON.stringify(name)}`),
  }
}
