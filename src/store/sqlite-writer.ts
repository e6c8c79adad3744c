import { parentPort, workerData } from 'node:worker_threads'
import { StoreDatabase } from './sqlite-database.ts'
import { opener } from './sqlite-open.ts'
import { type Operations, type Reply, type Request, transfers, type WriterData } from './sqlite-protocol.ts'

/** The writer thread: does one request after the other, in the order in which they came. */
const port = parentPort
if (!port) throw new Error('sqlite-writer.ts runs as a worker thread only')
const data = workerData as WriterData
let database: StoreDatabase | undefined

port.on('message', (request: Request) => {
  try {
    if (request.name === 'backup') {
      open()
        .backup(request.ask.path)
        .then(
          () => answer(request.id, null),
          (error: unknown) => refuse(request.id, error),
        )
      return
    }
    answer(request.id, perform(request))
    // After the answer, so that nobody waits for it.
    if (request.name === 'commit') database?.settle()
  } catch (error) {
    refuse(request.id, error)
  }
})

function open(): StoreDatabase {
  database ??= new StoreDatabase({ ...data, open: opener(data.native) })
  return database
}

function perform(request: Exclude<Request, { name: 'backup' }>): Operations[Request['name']]['answer'] {
  switch (request.name) {
    case 'open':
      return open().opened
    case 'load':
      return open().load(request.ask)
    case 'commit':
      return open().commit(request.ask)
    case 'undo':
      return open().undo(request.ask)
    case 'page':
      return open().page(request.ask)
    case 'compact':
      return open().compact(request.ask)
    case 'maintain':
      return open().maintain(request.ask)
    case 'check':
      return open().check(request.ask)
    case 'close':
      database?.close()
      return null
  }
}

function answer(id: number, value: Operations[Request['name']]['answer']): void {
  const reply: Reply = { id, answer: value }
  port?.postMessage(reply, transfers(value))
}

function refuse(id: number, error: unknown): void {
  const { code, message } = error as { code?: string; message: string }
  const reply: Reply = { id, error: code ? `${message} (${code})` : message }
  port?.postMessage(reply)
}
