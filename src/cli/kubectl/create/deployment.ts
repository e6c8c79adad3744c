import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

/** `kubectl create deployment`. */
export const createDeployment: Verb = {
  name: 'deployment',
  aliases: ['deploy'],
  use: 'create deployment NAME --image=image -- [COMMAND] [args...]',
  short: 'Create a deployment with the specified name',
  examples: [
    '# Create a deployment named my-dep that runs the nginx image with 3 replicas',
    'kubectl create deployment my-dep --image=nginx --replicas=3',
    '',
    '# With a command, and with a port',
    'kubectl create deployment my-dep --image=busybox -- date',
    'kubectl create deployment my-dep --image=busybox --port=5701',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('array', 'image', 'Image names to run. A deployment can have multiple images set for multi-container pod.'),
    flag('int', 'port', 'The containerPort that this deployment exposes.', { default: '-1' }),
    flag('int', 'replicas r', 'Number of replicas to create. Default is 1.', { default: '1' }),
  ],
  run,
}

function run(call: Call): Promise<void> {
  const { flags } = call
  if (flags.texts('image').length === 0) throw new PlainError('required flag(s) "image" not set')
  const name = oneName(call)
  const command = call.dash >= 0 ? call.args.slice(call.dash) : []
  const images = flags.texts('image')
  if (images.length > 1 && command.length) throw new PlainError('cannot specify multiple --image options and command')
  const labels = { app: name }
  const port = flags.number('port')
  const containers = images.map((image, i) => ({
    name: containerName(image, images.length > 1),
    image,
    ...(command.length ? { command } : {}),
    ...(port >= 0 && i === 0 ? { ports: [{ containerPort: port }] } : {}),
    resources: {},
  }))
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: newMetadata(call, name, labels),
    spec: {
      replicas: flags.number('replicas'),
      selector: { matchLabels: labels },
      strategy: {},
      template: { metadata: { labels }, spec: { containers } },
    },
    status: {},
  }
  return createObject(call, { resource: 'deployments.apps', object, failure: 'deployment' })
}

/** The image's last part without tag and digest, as a DNS label; with something random where there are several. */
function containerName(image: string, several: boolean): string {
  const last = (image.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? ''
  const name = last.replaceAll(/[._]/g, '-').toLowerCase()
  return several ? `${name}-${randomSuffix()}` : name
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789'
const randomSuffix = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(5)), n => LETTERS[n % LETTERS.length]).join('')
