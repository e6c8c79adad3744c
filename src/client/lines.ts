/** Cuts a byte stream into lines of UTF-8 text. Bytes of one character may come in two chunks. */
export class LineSplitter {
  #rest: Buffer[] = []

  /** The lines that `chunk` completes, without empty ones. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(start, end)]).toString('utf8')
      this.#rest = []
      if (line) lines.push(line)
      start = end + 1
    }
    if (start < chunk.length) this.#rest.push(chunk.subarray(start))
    return lines
  }
}
