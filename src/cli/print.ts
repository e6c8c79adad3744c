/** The only place that writes to standard output and error for people. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function printError(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Writes to standard output as it stands. */
export function writeOutput(data: string | Uint8Array): void {
  process.stdout.write(data)
}

/** Writes to standard error as it stands. */
export function writeError(text: string): void {
  process.stderr.write(text)
}
