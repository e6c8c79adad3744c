import { newSetAnnotations, revisionOf } from '../../../src/controllers/deployment/annotations.ts'

const set = (revision?: string): never =>
  ({
    metadata: { annotations: revision === undefined ? {} : { 'deployment.kubernetes.io/revision': revision } },
  }) as never

describe('revisions of a Deployment', () => {
  const rows: [string, string | undefined, bigint][] = [
    ['a set without one has 0', undefined, 0n],
    ['a small one', '7', 7n],
    ['one beyond the whole numbers of a double', '3546343826724305833', 3546343826724305833n],
    ['what is no number counts as 0', 'x', 0n],
  ]
  test.each(rows)('%s', (_, text, want) => expect(revisionOf(set(text))).toBe(want))

  test('the next one after a large one is written to the last digit', () => {
    const annotations = newSetAnnotations({ metadata: {} } as never, {}, 3546343826724305833n + 1n)
    expect(annotations['deployment.kubernetes.io/revision']).toBe('3546343826724305834')
  })
})
