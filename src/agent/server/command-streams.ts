import type { Readable, Writable } from 'node:stream'

/** Which streams a client of exec or attach asked for. */
export interface WantedStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** The client's end of exec or attach, whatever the protocol. */
export interface CommandStreams {
  /** Missing where the client sends none. */
  readonly stdin?: Readable
  readonly stdout?: Writable
  readonly stderr?: Writable
  /** Calls `fn` with each new size of the client's terminal. */
  onResize(fn: (columns: number, rows: number) => void): void
  /** Calls `fn` when the client has gone. */
  onGone(fn: () => void): void
  /** Tells how it ended, after all output, and ends the connection. */
  finish(status: CommandStatus): Promise<void>
}

/** The Status on the error channel (metav1.Status as remotecommand uses it). */
export interface CommandStatus {
  readonly metadata: Record<string, never>
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes: readonly { readonly reason: string; readonly message: string }[] }
  readonly code?: number
}

export const SUCCESS: CommandStatus = { metadata: {}, status: 'Success' }

/** A command that ended with another code than 0. */
export function exitStatus(code: number): CommandStatus {
  if (code === 0) return SUCCESS
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: command terminated with exit code ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

/** A command that could not be run. */
export function errorStatus(message: string): CommandStatus {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ reason: '', message }] },
    code: 500,
  }
}

/** Reads the JSON documents of the resize channel: `{"Width":80,"Height":24}`, one after the other. */
export function parseSizes(text: string): { columns: number; rows: number }[] {
  const sizes: { columns: number; rows: number }[] = []
  for (const [document] of text.matchAll(/\{[^{}]*\}/g)) {
    try {
      const { Width, Height } = JSON.parse(document) as { Width?: number; Height?: number }
      if (Width && Height) sizes.push({ columns: Width, rows: Height })
    } catch {
      // A size that cannot be read changes nothing.
    }
  }
  return sizes
}
