import type { Taint, Toleration } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'

/** True where the toleration lets a pod be beside the taint. */
export function tolerates(toleration: Frozen<Toleration>, taint: Frozen<Taint>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  switch (toleration.operator || 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '') && !!toleration.key
    case 'Exists':
      return true
    default:
      return false
  }
}
