import type { World } from '../world.ts'
import type { AdmissionPlugin, AdmissionRequest, Reservation } from './plugin.ts'

/** All plugins, in Kubernetes' order. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[]
  readonly #world: World

  constructor(plugins: readonly AdmissionPlugin[], world: World) {
    this.#plugins = plugins
    this.#world = world
  }

  /** Mutating admission. Throws StatusError. */
  admit(request: AdmissionRequest): void {
    for (const plugin of this.#plugins) plugin.admit?.(request, this.#world)
  }

  /** Validating admission. Throws StatusError; else gives what must be committed or cancelled with the write. */
  validate(request: AdmissionRequest): Reservation {
    const taken: Reservation[] = []
    try {
      for (const plugin of this.#plugins) {
        const reservation = plugin.validate?.(request, this.#world)
        if (reservation) taken.push(reservation)
      }
    } catch (error) {
      for (const reservation of taken) reservation.cancel()
      throw error
    }
    return taken.length ? joined(taken) : NOTHING
  }
}

const NOTHING: Reservation = { commit: () => {}, cancel: () => {} }

/** Several reservations as one. */
export function joined(list: readonly Reservation[]): Reservation {
  return {
    commit: () => {
      for (const r of list) r.commit()
    },
    cancel: () => {
      for (const r of list) r.cancel()
    },
  }
}
