import type { Logger } from '../../base/log.ts'
import type { Probe } from '../../kinds/generated/types.ts'
import type { Frozen } from '../../kinds/object.ts'
import type { ActionContext } from '../hooks.ts'
import type { Tell } from '../images.ts'
import type { ProbeVerdict } from '../step-pod.ts'
import { checkProbe, type ProbeResult } from './check.ts'

type ProbeType = 'startup' | 'liveness' | 'readiness'

const TITLES: Record<ProbeType, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' }

export interface ContainerProbesOptions extends ActionContext {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly tell: Tell
  readonly log: Logger
  /** The verdict changed. */
  readonly onChange: () => void
  /** What an earlier agent found: it holds until a probe says otherwise. */
  readonly before?: { readonly started: boolean; readonly ready: boolean }
}

interface Worker {
  readonly type: ProbeType
  readonly probe: Frozen<Probe>
  timer: Disposable | undefined
  /** Results in a row that agree. */
  run: number
  last: boolean | undefined
  /** What the thresholds made of them. */
  settled: boolean | undefined
  stopped: boolean
}

/** The probes of one running container, from its start to its end. */
export class ContainerProbes {
  readonly #o: ContainerProbesOptions
  readonly #workers: Worker[] = []

  constructor(options: ContainerProbesOptions) {
    this.#o = options
    const { startupProbe, livenessProbe, readinessProbe } = options.container
    if (startupProbe) this.#add('startup', startupProbe)
    if (livenessProbe) this.#add('liveness', livenessProbe)
    if (readinessProbe) this.#add('readiness', readinessProbe)
    const startup = this.#find('startup')
    if (startup && options.before?.started) {
      startup.settled = true
      stop(startup)
    }
    const readiness = this.#find('readiness')
    if (readiness && options.before?.ready) readiness.settled = true
    for (const w of this.#workers) this.#schedule(w, this.#firstDelay(w))
  }

  get verdict(): ProbeVerdict {
    const started = this.#find('startup')?.settled ?? !this.#find('startup')
    const failed =
      this.#find('startup')?.settled === false
        ? 'startup'
        : this.#find('liveness')?.settled === false
          ? 'liveness'
          : undefined
    return {
      started,
      ready: this.#find('readiness') ? this.#find('readiness')?.settled === true : true,
      ...(failed ? { failed } : {}),
    }
  }

  /** While a container is being stopped only its readiness still counts. */
  stopRestarting(): void {
    for (const w of this.#workers) if (w.type !== 'readiness') stop(w)
  }

  stop(): void {
    for (const w of this.#workers) stop(w)
  }

  #add(type: ProbeType, probe: Frozen<Probe>): void {
    this.#workers.push({ type, probe, timer: undefined, run: 0, last: undefined, settled: undefined, stopped: false })
  }

  #find(type: ProbeType): Worker | undefined {
    return this.#workers.find(w => w.type === type)
  }

  #firstDelay(w: Worker): number {
    return this.#o.startedAt + (w.probe.initialDelaySeconds ?? 0) * 1000 - this.#o.clock.now()
  }

  #schedule(w: Worker, ms: number): void {
    if (w.stopped) return
    w.timer?.[Symbol.dispose]()
    w.timer = this.#o.clock.setTimer(Math.max(ms, 0), () => {
      w.timer = undefined
      void this.#try(w)
    })
  }

  async #try(w: Worker): Promise<void> {
    const began = this.#o.clock.now()
    const periodMs = (w.probe.periodSeconds || 10) * 1000
    // Before the startup probe has succeeded nothing else is asked; its success wakes the others.
    if (w.type !== 'startup' && !this.verdict.started) return
    try {
      const result = await checkProbe(w.probe, this.#o)
      if (w.stopped) return
      this.#take(w, result)
    } catch (error) {
      if (w.stopped) return
      const { message } = error as Error
      this.#o.tell('Warning', 'Unhealthy', `${TITLES[w.type]} probe errored and resulted in unknown state: ${message}`)
    }
    this.#schedule(w, began + periodMs - this.#o.clock.now())
  }

  #take(w: Worker, { ok, output }: ProbeResult): void {
    if (!ok) this.#o.tell('Warning', 'Unhealthy', `${TITLES[w.type]} probe failed: ${output}`)
    w.run = w.last === ok ? w.run + 1 : 1
    w.last = ok
    const threshold = ok ? w.probe.successThreshold || 1 : w.probe.failureThreshold || 3
    if (w.run < threshold || w.settled === ok) return
    w.settled = ok
    // The container goes, or the startup is over: there is nothing more to ask.
    if ((w.type !== 'readiness' && !ok) || w.type === 'startup') stop(w)
    if (w.type === 'startup' && ok) {
      for (const other of this.#workers) if (other !== w) this.#schedule(other, this.#firstDelay(other))
    }
    this.#o.onChange()
  }
}

function stop(w: Worker): void {
  w.stopped = true
  w.timer?.[Symbol.dispose]()
  w.timer = undefined
}
