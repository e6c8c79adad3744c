import type { Worker } from 'node:worker_threads'
import { startWorker } from '../base/assets.ts'
import {
  type OperationName,
  type Operations,
  type Reply,
  type Request,
  transfers,
  type WriterData,
} from './sqlite-protocol.ts'
import { StoreError } from './store.ts'

interface Pending {
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** The process's end of the writer thread: questions go out in order, and each gets its answer. */
export class WriterThread {
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  #nextId = 1
  #ended: StoreError | undefined

  constructor(data: WriterData) {
    // Small heaps: values pass through as bytes outside of them.
    const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 }
    this.#worker = startWorker('src/store/sqlite-writer.ts', { workerData: data, resourceLimits })
    this.#worker.on('message', (reply: Reply) => this.#receive(reply))
    this.#worker.on('error', error => this.#end(error))
    this.#exited = new Promise(resolve => {
      this.#worker.on('exit', () => {
        this.#end(undefined)
        resolve()
      })
    })
  }

  /** Why the thread answers no more; undefined while it lives. */
  get fault(): StoreError | undefined {
    return this.#ended
  }

  /** Rejects with {@link StoreError} when the operation fails or the thread has ended. */
  ask<N extends OperationName>(name: N, ask: Operations[N]['ask']): Promise<Operations[N]['answer']> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended)
      const id = this.#nextId++
      this.#pending.set(id, { resolve, reject })
      this.#worker.postMessage({ id, name, ask } as Request, transfers(ask))
    })
  }

  /** Ends the thread whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
    await this.#exited
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if ('error' in reply) pending?.reject(new StoreError(reply.error))
    else pending?.resolve(reply.answer as never)
  }

  #end(cause: unknown): void {
    this.#ended ??= new StoreError(
      'The thread that writes the database has ended',
      cause === undefined ? {} : { cause },
    )
    for (const { reject } of this.#pending.values()) reject(this.#ended)
    this.#pending.clear()
  }
}
