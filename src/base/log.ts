import pino from 'pino'

/** Facts beside a log message; keys are named after the Kind (`pod: 'default/web'`). */
export type Fields = Record<string, unknown>

/** Structured log: a constant message and fields. */
export interface Logger {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** A logger that adds `fields` to every line. */
  with(fields: Fields): Logger
}

export type LogFormat = 'text' | 'json'

export interface LogOptions {
  format: LogFormat
  debug: boolean
  /** Where lines go. Defaults to standard error. */
  write?: (line: string) => void
}

/** A logger that writes readable lines or JSON, one line each. */
export function createLogger(options: LogOptions): Logger {
  const write = options.write ?? (line => void process.stderr.write(line))
  const stream = { write: options.format === 'json' ? write : (line: string) => write(readable(line)) }
  const base = pino(
    {
      level: options.debug ? 'debug' : 'info',
      base: null,
      messageKey: 'msg',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    stream,
  )
  return wrap(base)
}

/** A logger that says nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
}

function wrap(logger: pino.Logger): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: Fields): void =>
      fields ? logger[level](serialized(fields), message) : logger[level](message)
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: fields => wrap(logger.child(serialized(fields))),
  }
}

/** Errors become their text: a message in normal lines, the stack where there is no message. */
function serialized(fields: Fields): Fields {
  const out: Fields = {}
  for (const [key, value] of Object.entries(fields)) out[key] = value instanceof Error ? errorText(value) : value
  return out
}

/** An error's message with those of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own =
    error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : error.message
  return error.cause === undefined ? own : `${own}: ${errorText(error.cause)}`
}

function readable(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: string; msg: string }
  const rest = Object.entries(fields).map(
    ([k, v]) => `${k}=${typeof v === 'string' && !/[\s"=]/.test(v) ? v : JSON.stringify(v)}`,
  )
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${msg}${rest.length ? ` ${rest.join(' ')}` : ''}\n`
}
