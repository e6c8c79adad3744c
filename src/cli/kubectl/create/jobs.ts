import type { Json } from '../api/connection.ts'
import { metadataOf, requireObjects } from '../api/targets.ts'
import { PlainError } from '../base/errors.ts'
import { flag } from '../base/flags.ts'
import type { Call, Verb } from '../base/verb.ts'
import { CREATE_FLAGS, createObject, newMetadata, oneName } from './shared.ts'

const commandOf = (call: Call): string[] => (call.dash >= 0 ? [...call.args.slice(call.dash)] : [])

function podTemplate(call: Call, name: string, image: string, restartPolicy: string): Json {
  const command = commandOf(call)
  const container = { ...(command.length > 0 ? { command } : {}), image, name, resources: {} }
  return { metadata: {}, spec: { containers: [container], restartPolicy } }
}

/** `kubectl create job`. */
export const createJob: Verb = {
  name: 'job',
  use: 'create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a job with the specified name',
  examples: [
    '# Create a job with a command',
    'kubectl create job my-job --image=busybox -- date',
    '',
    '# Create a job from a cron job named "a-cronjob"',
    'kubectl create job test-job --from=cronjob/a-cronjob',
  ],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'from', 'The name of the resource to create a Job from (only cronjob is supported).'),
    flag('string', 'image', 'Image name to run.'),
  ],
  run: async call => {
    const name = oneName(call)
    const [from, image] = [call.flags.text('from'), call.flags.text('image')]
    if ((from === '') === (image === '')) throw new PlainError('either --image or --from must be specified')
    if (from && commandOf(call).length > 0) throw new PlainError('cannot specify --from and command')
    const parts = from
      ? await partsOfCronJob(call, from)
      : { spec: { template: podTemplate(call, name, image, 'Never') } }
    const metadata = { ...(parts.metadata as Json | undefined), ...newMetadata(call, name) }
    const object = { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: parts.spec, status: {} }
    return createObject(call, { resource: 'jobs.batch', object, failure: 'job' })
  },
}

/** The job that a cron job would make now, which belongs to it. */
async function partsOfCronJob(call: Call, from: string): Promise<{ metadata?: Json; spec: unknown }> {
  const [found] = await requireObjects(call, [from])
  if (found?.resource.kind !== 'CronJob') throw new PlainError('from must be an existing cronjob')
  const { name, uid } = metadataOf(found.object)
  const template = (found.object['spec'] as { jobTemplate?: { metadata?: Json; spec?: unknown } } | undefined)
    ?.jobTemplate
  const labels = template?.metadata?.['labels']
  const annotations = {
    ...(template?.metadata?.['annotations'] as Json | undefined),
    'cronjob.kubernetes.io/instantiate': 'manual',
  }
  const owner = { apiVersion: 'batch/v1', controller: true, kind: 'CronJob', name, uid }
  const metadata = { annotations, ...(labels ? { labels } : {}), ownerReferences: [owner] }
  return { metadata, spec: template?.spec }
}

/** `kubectl create cronjob`. */
export const createCronJob: Verb = {
  name: 'cronjob',
  aliases: ['cj'],
  use: "create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  short: 'Create a cron job with the specified name',
  examples: ['# Create a cron job', 'kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date'],
  flags: [
    ...CREATE_FLAGS,
    flag('string', 'image', 'Image name to run.'),
    flag('string', 'restart', "job's restart policy. supported values: OnFailure, Never"),
    flag('string', 'schedule', 'A schedule in the Cron format the job should be run with.'),
  ],
  run: async call => {
    const name = oneName(call)
    const { flags } = call
    for (const needed of ['image', 'schedule'])
      if (!flags.text(needed)) throw new PlainError(`required flag(s) "${needed}" not set`)
    const template = podTemplate(call, name, flags.text('image'), flags.text('restart') || 'OnFailure')
    const object = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: newMetadata(call, name),
      spec: { jobTemplate: { metadata: { name }, spec: { template } }, schedule: flags.text('schedule') },
      status: {},
    }
    return createObject(call, { resource: 'cronjobs.batch', object, failure: 'cronjob' })
  },
}
