import { Transform, type TransformCallback } from 'node:stream'

/** What the engine writes in place of a command's output when it could not start the command. */
const REFUSAL = 'OCI runtime exec failed: '
const HEADER_BYTES = 8

export interface ExecOutputOptions {
  /** Each piece comes with the engine's header of eight bytes. */
  readonly framed: boolean
  /** True when the command has a process, or had one. */
  readonly hasStarted: () => Promise<boolean>
}

/**
 * Passes on what a command says. By the time that the engine finds that there is no such program it has already
 * promised output, and so it writes its reason there: such a text is held until it is known whose words they are.
 */
export class ExecOutput extends Transform {
  readonly #o: ExecOutputOptions
  /** What came so far, while it may be a refusal. */
  #held: Buffer | undefined = Buffer.alloc(0)
  #refusal = ''

  constructor(options: ExecOutputOptions) {
    super()
    this.#o = options
  }

  /** Why the command could not be started; known at the end of the output, empty where it was started. */
  get refusal(): string {
    return this.#refusal
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (!this.#held) {
      done(null, chunk)
      return
    }
    this.#held = Buffer.concat([this.#held, chunk])
    if (!this.#mayBeRefusal()) {
      done(null, this.#release())
      return
    }
    this.#o.hasStarted().then(
      started => done(null, started ? this.#release() : undefined),
      () => done(null, this.#release()),
    )
  }

  override _flush(done: TransformCallback): void {
    if (!this.#held?.length || !this.#mayBeRefusal()) {
      done(null, this.#release())
      return
    }
    this.#o.hasStarted().then(
      started => {
        if (!started) this.#refusal = this.#text().trim()
        done(null, started ? this.#release() : undefined)
      },
      () => done(null, this.#release()),
    )
  }

  #release(): Buffer | undefined {
    const held = this.#held
    this.#held = undefined
    return held?.length ? held : undefined
  }

  #mayBeRefusal(): boolean {
    const text = this.#text()
    return text.length < REFUSAL.length ? REFUSAL.startsWith(text) : text.startsWith(REFUSAL)
  }

  #text(): string {
    return this.#held?.subarray(this.#o.framed ? HEADER_BYTES : 0).toString('utf8') ?? ''
  }
}
