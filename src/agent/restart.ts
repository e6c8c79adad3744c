import { type PodContainer, type PodView, specOf } from './pods.ts'

/** Whether a container that ended with this code is to run again. */
export function restarts(pod: PodView, c: PodContainer, exitCode: number): boolean {
  if (c.role === 'sidecar') return true
  if (c.role === 'ephemeral') return false
  for (const rule of c.spec.restartPolicyRules ?? []) {
    const listed = rule.exitCodes?.values?.includes(exitCode) ?? false
    const matches = rule.exitCodes?.operator === 'NotIn' ? !listed : listed
    if (matches) return rule.action === 'Restart'
  }
  const policy = c.spec.restartPolicy ?? specOf(pod).restartPolicy ?? 'Always'
  if (policy === 'Never') return false
  // An init container that is done is done, whatever the pod's policy.
  if (policy === 'OnFailure' || c.role === 'init') return exitCode !== 0
  return true
}
