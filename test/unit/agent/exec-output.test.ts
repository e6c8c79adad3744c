import { ExecOutput } from '../../../src/agent/runtime/exec-output.ts'

const frame = (text: string): Buffer =>
  Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
const REFUSED = 'OCI runtime exec failed: exec failed: exec: "x": executable file not found in $PATH: unknown'

interface Row {
  readonly pieces: readonly (string | Buffer)[]
  readonly framed?: boolean
  /** Whether the command has a process, each time that it is asked. */
  readonly started?: readonly boolean[]
  readonly out: string | Buffer
  readonly refusal?: string
}

const rows: [string, Row][] = [
  ['what a command says is passed on', { pieces: ['one', 'two'], out: 'onetwo' }],
  ['no output at all', { pieces: [], out: '' }],
  ['a refusal is no output', { pieces: [`${REFUSED}\r\n`], started: [false], out: '', refusal: REFUSED }],
  [
    'nor in several pieces',
    { pieces: ['OCI run', `${REFUSED.slice(7)}\r\n`], started: [false], out: '', refusal: REFUSED },
  ],
  [
    'nor behind a header',
    { pieces: [frame(`${REFUSED}\r\n`)], framed: true, started: [false], out: '', refusal: REFUSED },
  ],
  [
    'nor where the header comes first',
    {
      pieces: [frame(REFUSED).subarray(0, 8), frame(REFUSED).subarray(8)],
      framed: true,
      started: [false],
      out: '',
      refusal: REFUSED,
    },
  ],
  ['a command may say the same', { pieces: [REFUSED], started: [true], out: REFUSED }],
  ['also behind a header', { pieces: [frame(REFUSED)], framed: true, started: [true], out: frame(REFUSED) }],
  ['a command that begins alike is not held up', { pieces: ['OCI ', 'ok'], started: [true], out: 'OCI ok' }],
  ['known to run only at its end', { pieces: [REFUSED], started: [false, true], out: REFUSED }],
  ['only the beginning counts', { pieces: [`x${REFUSED}`], started: [false], out: `x${REFUSED}` }],
]

test.each(rows)('%s', async (_, { pieces, framed = false, started = [true], out, refusal = '' }) => {
  const answers = [...started]
  const output = new ExecOutput({
    framed,
    hasStarted: async () => (answers.length > 1 ? answers.shift() : answers[0]) ?? true,
  })
  for (const piece of pieces) output.write(piece)
  output.end()
  const chunks = (await output.toArray()) as Buffer[]
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(out))
  expect(output.refusal).toBe(refusal)
})
