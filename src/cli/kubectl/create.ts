import { type Json } from './api/connection.ts'
import { pathOf } from './api/discovery.ts'
import { FILE_FLAGS, readManifests } from './api/manifests.ts'
import { type Found, locateManifests, SELECTOR, selectByLabels } from './api/targets.ts'
import {
  createFlags,
  type DryRun,
  dryRunOf,
  recorded,
  reporter,
  sendCreate,
  VALIDATE,
  warnRecord,
  withLastApplied,
} from './api/writing.ts'
import { PlainError, throwAll, UsageError, withSource } from './base/errors.ts'
import type { Call, Verb } from './base/verb.ts'
import { createConfigMap } from './create/configmap.ts'
import { createDeployment } from './create/deployment.ts'
import { createCronJob, createJob } from './create/jobs.ts'
import { createNamespace } from './create/namespace.ts'
import { createPodDisruptionBudget, createPriorityClass, createQuota } from './create/policy.ts'
import { createClusterRole, createClusterRoleBinding, createRole, createRoleBinding } from './create/rbac.ts'
import { createSecret } from './create/secret.ts'
import { createService } from './create/service.ts'
import { createServiceAccount } from './create/serviceaccount.ts'
import { createToken } from './create/token.ts'

/** `kubectl create`. */
export const create: Verb = {
  name: 'create',
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from stdin',
  long: 'Create a resource from a file or from stdin.\n\n JSON and YAML formats are accepted.',
  examples: [
    '# Create a pod using the data in pod.json',
    'kubectl create -f ./pod.json',
    '',
    '# Create a pod based on the JSON passed into stdin',
    'cat pod.json | kubectl create -f -',
  ],
  verbs: [
    createClusterRole,
    createClusterRoleBinding,
    createConfigMap,
    createCronJob,
    createDeployment,
    createJob,
    createNamespace,
    createPodDisruptionBudget,
    createPriorityClass,
    createQuota,
    createRole,
    createRoleBinding,
    createSecret,
    createService,
    createServiceAccount,
    createToken,
  ],
  flags: [
    ...FILE_FLAGS('Filename, directory, or URL to files to use to create the resource'),
    SELECTOR,
    VALIDATE,
    ...createFlags('kubectl-create'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  if (args.length) throw new UsageError(call.command, `Unexpected args: [${args.join(' ')}]`)
  if (!flags.texts('filename').length && !flags.text('kustomize')) throw new PlainError('must specify one of -f and -k')
  warnRecord(call)
  const dryRun = dryRunOf(flags)
  const report = reporter(call, dryRun)
  const { found, errors } = await locateManifests(call, await readManifests(flags, call.io))
  const chosen = selectByLabels(found, flags.text('selector'))
  for (const f of chosen) {
    try {
      report(await createOne(call, f, dryRun), 'created')
    } catch (error) {
      errors.push(withSource(error, 'creating', f.source))
    }
  }
  throwAll(errors)
  if (chosen.length === 0) throw new PlainError('no objects passed to create')
}

async function createOne(call: Call, f: Found, dryRun: DryRun): Promise<Json> {
  const saved = call.flags.on('save-config') ? withLastApplied(f.object) : f.object
  return sendCreate(call, pathOf(f.resource, f.namespace), recorded(call, saved), dryRun)
}
