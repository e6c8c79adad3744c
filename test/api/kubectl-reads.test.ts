import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '../support/fake-clock.ts'
import { kubectlFor } from '../support/kubectl-harness.ts'
import { kubectl, room, rows } from '../support/kubectl-room.ts'

describe('get', () => {
  rows([
    ['names of several kinds', 'get deploy,svc -o name', { out: 'deployment.apps/web\nservice/web\n', code: 0 }],
    [
      'a selector that is none is told with what was looked for',
      'get pods -l a=b=c',
      {
        err: `Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "a=b=c", field selector "": found '=', expected: ',' or 'end of string'\n`,
        code: 1,
      },
    ],
    [
      'a field that cannot be selected by',
      'get pods --field-selector=foo=bar',
      {
        err: 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "foo=bar": field label not supported: foo\n',
      },
    ],
    ['an empty name', 'get pods ', { err: 'error: resource name may not be empty\n', code: 1 }],
    [
      'a version that is not there',
      'get deployments.v2.apps',
      { err: `error: the server doesn't have a resource type "deployments"\n`, code: 1 },
    ],
    [
      'files and arguments together',
      'get pods -f x.yaml',
      {
        err: 'error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well\n',
      },
    ],
    ['two kinds cannot be watched', 'get pods,svc -w', { err: 'error: you may only specify a single resource type\n' }],
    [
      'events of a watch without a watch',
      'get pods --output-watch-events',
      { err: 'error: --output-watch-events option can only be used with --watch or --watch-only\n', code: 1 },
    ],
  ])

  test('--server-print=false shows names and ages', async () => {
    expect((await kubectl('get svc --server-print=false')).out).toMatch(/^NAME {3}AGE\nweb {4}\d+s\n$/)
  })

  test('columns of a file', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kubelite-kubectl-'))
    writeFileSync(join(dir, 'columns'), 'NAME  KIND\nmetadata.name  .kind\n')
    expect((await kubectl(`get svc -o custom-columns-file=${join(dir, 'columns')}`)).out).toBe(
      'NAME   KIND\nweb    Service\n',
    )
    writeFileSync(join(dir, 'columns'), 'NAME KIND\nmetadata.name\n')
    expect((await kubectl(`get svc -o custom-columns-file=${join(dir, 'columns')}`)).err).toBe(
      "error: number of headers (2) and field specifications (1) don't match\n",
    )
    rmSync(dir, { recursive: true })
  })

  test('a watch ends with --request-timeout', async () => {
    const clock = new FakeClock()
    const shown = Promise.withResolvers<void>()
    const timed = kubectlFor(room.api.kubeconfig, { clock, onOut: () => shown.resolve() })
    const watch = timed('get svc web -w --request-timeout=1m')
    await shown.promise
    await clock.advance(60_000)
    expect(await watch).toMatchObject({ code: 0, err: '' })
  })
})

describe('describe', () => {
  const shown = async (manifest: string, what: string): Promise<string[]> => {
    await kubectl('create -f -', manifest)
    const { out } = await kubectl(`describe ${what}`)
    await kubectl(`delete ${what} --wait=false`)
    return out.split('\n')
  }
  test('a disruption budget', async () => {
    const pdb = `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: p}\nspec: {maxUnavailable: 50%, selector: {matchLabels: {a: b}}}\n`
    expect(await shown(pdb, 'pdb/p')).toEqual([
      'Name:             p',
      'Namespace:        default',
      'Max unavailable:  50%',
      'Selector:         a=b',
      'Status:',
      '    Allowed disruptions:  0',
      '    Current:              0',
      '    Desired:              0',
      '    Total:                0',
      'Events:                   <none>',
      '',
    ])
  })
  test('a claim and who uses it', async () => {
    const claim = `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c}\nspec: {accessModes: [ReadWriteOnce], storageClassName: x, resources: {requests: {storage: 1Gi}}}\n`
    const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: user}\nspec: {containers: [{name: c, image: c}], volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}\n`
    const lines = await shown(`${claim}---\n${pod}`, 'pvc/c')
    expect(lines).toEqual(expect.arrayContaining(['StorageClass:  x', 'Access Modes:  ', 'Used By:       user']))
  })
  test('a volume with its nodes and its source', async () => {
    const pv = `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: v}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], local: {path: /x}, nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b, c]}]}]}}}\n`
    const lines = (await shown(pv, 'pv/v')).map(l => l.replaceAll(/ +/g, ' '))
    expect(lines.slice(lines.indexOf('Node Affinity: '), -1)).toEqual([
      'Node Affinity: ',
      ' Required Terms: ',
      ' Term 0: a in [b, c]',
      'Message: ',
      'Source:',
      ' Type: LocalVolume (a persistent volume backed by local storage on a node)',
      ' Path: /x',
      'Events: <none>',
    ])
  })
  test('a storage class', async () => {
    const sc = `apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: s}\nprovisioner: p\nmountOptions: [ro]\n`
    expect(await shown(sc, 'sc/s')).toEqual(
      expect.arrayContaining(['IsDefaultClass:        No', 'AllowVolumeExpansion:  <unset>', '  ro']),
    )
  })
  test('an ingress whose service is not there', async () => {
    const ingress = `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: {rules: [{host: a.b, http: {paths: [{path: /x, pathType: Prefix, backend: {service: {name: none, port: {number: 80}}}}]}}]}\n`
    expect(await shown(ingress, 'ing/i')).toContain('              /x   none:80 (<error: services "none" not found>)')
  })
})

describe('auth', () => {
  rows([
    ['an administrator may', 'auth can-i create pods', { out: 'yes\n', code: 0 }],
    ['a stranger may not', 'auth can-i create pods --as=jane', { out: 'no\n', code: 1 }],
    ['quietly', 'auth can-i create pods --as=jane -q', { out: '', code: 1 }],
    [
      'what the server does not have is asked for as it stands',
      'auth can-i get nopes',
      { out: 'yes\n', err: "Warning: the server doesn't have a resource type 'nopes'\n\n" },
    ],
    [
      'cluster-scoped resources have no namespace',
      'auth can-i get nodes',
      { err: "Warning: resource 'nodes' is not namespace scoped\n\n" },
    ],
    ['a URL', 'auth can-i get /metrics --as=jane', { out: 'no\n', code: 1 }],
    ['a verb that is none', 'auth can-i foo pods', { err: "Warning: verb 'foo' is not a known verb\n\n" }],
  ])
  test('whoami', async () => {
    expect((await kubectl('auth whoami')).out).toMatch(
      /^ATTRIBUTE +VALUE\nUsername +system:admin\nGroups +\[system:masters system:authenticated\]\n/,
    )
  })
})

describe('nodes', () => {
  test('cordon and uncordon, twice', async () => {
    const said = []
    for (const line of ['cordon n1 --dry-run=client', 'cordon n1', 'cordon n1', 'uncordon n1', 'uncordon n1'])
      said.push((await kubectl(line)).out)
    expect(said).toEqual([
      'node/n1 cordoned (dry run)\n',
      'node/n1 cordoned\n',
      'node/n1 already cordoned\n',
      'node/n1 uncordoned\n',
      'node/n1 already uncordoned\n',
    ])
  })

  test('drain refuses what would be lost, then evicts', async () => {
    const fault = 'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/lonely'
    expect(await kubectl('drain n1')).toEqual({
      out: 'node/n1 cordoned\n',
      err: `error: unable to drain node "n1" due to error: ${fault}, continuing command...\nThere are pending nodes to be drained:\n n1\n${fault}\n`,
      code: 1,
    })
    expect(await kubectl('drain n1 --force --delete-emptydir-data --grace-period=0')).toEqual({
      out: 'node/n1 already cordoned\nevicting pod default/lonely\npod/lonely evicted\nnode/n1 drained\n',
      err: 'Warning: deleting Pods that declare no controller: default/lonely\n',
      code: 0,
    })
  })

  test('taints come, change and go', async () => {
    const said = []
    for (const line of [
      'taint node n1 a=b:NoSchedule',
      'taint node n1 a=c:NoSchedule',
      'taint node n1 a=c:NoSchedule --overwrite',
      'taint node n1 x-',
      'taint node n1 a:NoSchedule-',
    ]) {
      const { out, err } = await kubectl(line)
      said.push(out + err)
    }
    expect(said).toEqual([
      'node/n1 tainted\n',
      'error: node n1 already has a taint(s) with same effect(s) and --overwrite is false\n',
      'node/n1 modified\n',
      'error: taint "x" not found\n',
      'node/n1 untainted\n',
    ])
  })
  rows([
    [
      'a taint without effect',
      'taint node n1 a:Foo',
      {
        err: "error: invalid taint effect: Foo, unsupported taint effect\nSee 'kubectl taint -h' for help and examples\n",
      },
    ],
    [
      'taints of pods',
      'taint pod lonely a:NoSchedule',
      { err: 'error: invalid resource type pod, only node types are supported\n' },
    ],
    [
      'a node that is not there',
      'cordon nope',
      { err: 'Error from server (NotFound): nodes "nope" not found\n', code: 1 },
    ],
    ['no node', 'drain', { err: "error: USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples\n" }],
  ])
})
