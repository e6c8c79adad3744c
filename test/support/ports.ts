import { createServer } from 'node:net'

/** Below the ports that the kernel gives to clients and to who asks for any: nobody gets one of these by chance. */
const FROM = 20_000
const COUNT = 9_000

/** A port that is free, for what wants to be told its number. Who can listen on port 0 does so instead. */
export async function freePort(): Promise<number> {
  // Test files run side by side: each begins somewhere else.
  const start = process.pid * 37
  for (let i = 0; i < COUNT; i++) {
    const port = FROM + ((start + i) % COUNT)
    if (await mayListen(port)) return port
  }
  throw new Error('No port is free')
}

function mayListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
