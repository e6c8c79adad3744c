import { type PodContainer, type PodView, specOf } from './pods.ts'

/** What a container's first rule that fits this exit code says. */
export function restartRule(c: PodContainer, exitCode: number): string | undefined {
  return c.spec.restartPolicyRules?.find(rule => {
    const listed = rule.exitCodes?.values?.includes(exitCode) ?? false
    return rule.exitCodes?.operator === 'NotIn' ? !listed : listed
  })?.action
}

/** Whether a container that ended with this code is to run again. */
export function restarts(pod: PodView, c: PodContainer, exitCode: number): boolean {
  if (c.role === 'sidecar') return true
  if (c.role === 'ephemeral') return false
  // The one action is to run it again, the other to run all containers again, this one among them.
  if (restartRule(c, exitCode) !== undefined) return true
  const policy = c.spec.restartPolicy ?? specOf(pod).restartPolicy ?? 'Always'
  if (policy === 'Never') return false
  // An init container that is done is done, whatever the pod's policy.
  if (policy === 'OnFailure' || c.role === 'init') return exitCode !== 0
  return true
}
