/** A part of the process that the composition root starts and stops. The constructor only stores; `start` works. */
export interface Part {
  /** Resolves when the part does its work. */
  start(): Promise<void>
  /** Ends all timers, watches, sockets and child processes that the part owns. Safe to call twice. */
  stop(): Promise<void>
}
