import { silentLogger } from '../../src/base/log.ts'
import { KINDS } from '../../src/kinds/index.ts'
import { type ApiHarness, startApi } from './api-harness.ts'
import { kubectlFor, type KubectlResult } from './kubectl-harness.ts'

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: a, image: 'nginx:1', env: [{name: X, value: '1'}]}, {name: b, image: 'busybox:1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: lonely, labels: {app: lonely}}
spec: {nodeName: n1, containers: [{name: c, image: c}], volumes: [{name: v, emptyDir: {}}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
`

/** An API server with a few objects for each test of the file, and our kubectl that speaks to it. */
export const room = {} as { api: ApiHarness }

/** Runs `kubelite kubectl` with the arguments of a line. */
export const kubectl = (line: string | readonly string[], input?: string): Promise<KubectlResult> =>
  kubectlFor(room.api.kubeconfig)(line, input)

beforeAll(async () => {
  room.api = await startApi({ kinds: KINDS, log: silentLogger })
  await kubectl(['create', '-f', '-'], 'apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n')
  await kubectl(['create', '-f', '-'], 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n')
})
afterAll(() => room.api.stop())
beforeEach(async () => {
  const made = await kubectl('create -f -', WEB)
  expect(made).toMatchObject({ err: '', code: 0 })
})
afterEach(async () => {
  await kubectl('delete deploy,svc,pods --all --force --wait=false')
  await kubectl('delete node n1')
})

/** What a line says, or a part of it. */
export type Row = readonly [string, string | readonly string[], Partial<KubectlResult>]
/** A test for each row. */
export const rows = (table: readonly Row[]): void => {
  test.each(table)('%s', async (_, line, expected) => expect(await kubectl(line)).toMatchObject(expected))
}
