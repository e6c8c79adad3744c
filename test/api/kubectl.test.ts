import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '../../src/base/log.ts'
import { KINDS } from '../../src/kinds/index.ts'
import { type ApiHarness, startApi } from '../support/api-harness.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { kubectlFor, type KubectlResult } from '../support/kubectl-harness.ts'

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

let api: ApiHarness
let kubectl: (line: string | readonly string[], input?: string) => Promise<KubectlResult>
beforeAll(async () => {
  api = await startApi({ kinds: KINDS, log: silentLogger })
  kubectl = kubectlFor(api.kubeconfig)
  await kubectl(['create', '-f', '-'], 'apiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n')
  await kubectl(['create', '-f', '-'], 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n')
})
afterAll(() => api.stop())
beforeEach(async () => {
  const made = await kubectl('create -f -', WEB)
  expect(made).toMatchObject({ err: '', code: 0 })
})
afterEach(async () => {
  await kubectl('delete deploy,svc,pods --all --force --wait=false')
  await kubectl('delete node n1')
})

type Row = readonly [string, string | readonly string[], Partial<KubectlResult>]
const rows = (table: readonly Row[]): void => {
  test.each(table)('%s', async (_, line, expected) => expect(await kubectl(line)).toMatchObject(expected))
}

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
    const timed = kubectlFor(api.kubeconfig, { clock, onOut: () => shown.resolve() })
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

describe('set', () => {
  const template = async (path: string): Promise<string> =>
    (await kubectl(['get', 'deploy', 'web', '-o', `jsonpath={.spec.template.spec${path}}`])).out

  test('variables: new ones come last, others keep their place, a dash removes', async () => {
    expect((await kubectl('set env deploy/web A=b X=2')).out).toBe('deployment.apps/web env updated\n')
    expect(await template('.containers[0].env')).toBe('[{"name":"X","value":"2"},{"name":"A","value":"b"}]')
    await kubectl('set env deploy/web X- -c a')
    expect((await kubectl('set env deploy/web --list')).out).toBe(
      '# Deployment web, container a\nA=b\n# Deployment web, container b\nA=b\nX=2\n',
    )
  })

  test('variables of a config map', async () => {
    await kubectl('create configmap conf --from-literal=some.key=1')
    expect((await kubectl('set env deploy/web --from=cm/conf --prefix=P_ -c b')).err).toBe(
      'Warning: key some.key transferred to SOME_KEY\n',
    )
    expect((await kubectl('set env deploy/web --list -c b')).out).toBe(
      '# Deployment web, container b\n# P_SOME_KEY from configmap conf, key some.key\n',
    )
    await kubectl('delete cm conf')
  })

  test('limits of one container, the service account, a selector', async () => {
    await kubectl('set resources deploy/web -c a --limits=cpu=1,memory=1Gi')
    expect(await template('.containers[*].resources')).toBe('{"limits":{"cpu":"1","memory":"1Gi"}} {}')
    await kubectl('set serviceaccount deploy web robot')
    expect(await template('.serviceAccountName')).toBe('robot')
    expect((await kubectl('set selector svc web x=y')).out).toBe('service/web selector updated\n')
    expect((await kubectl(['get', 'svc', 'web', '-o', 'jsonpath={.spec.selector}'])).out).toBe('{"x":"y"}')
  })
  rows([
    [
      'a container that is not there has no variables',
      'set env deploy/web A=b -c nope',
      { err: 'Warning: Deployment/web does not have any containers matching "nope"\n', code: 0 },
    ],
    [
      'amounts that are none',
      'set resources deploy/web --limits=foo',
      { err: 'error: Invalid argument syntax foo, expected <resource>=<value>\n', code: 1 },
    ],
    [
      'only services have selectors to set',
      'set selector deploy web a=b',
      { err: 'error: setting a selector is only supported for Services\n', code: 1 },
    ],
  ])
})

describe('create', () => {
  const made = async (line: string): Promise<string> => (await kubectl(`${line} --dry-run=client -o yaml`)).out
  test('a role: one rule for each group', async () => {
    expect(await made('create role r --verb=get,list --resource=pods,deployments.apps,pods/log')).toBe(`\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: r
rules:
- apiGroups:
  - ""
  resources:
  - pods
  - pods/log
  verbs:
  - get
  - list
- apiGroups:
  - apps
  resources:
  - deployments
  verbs:
  - get
  - list
`)
  })
  test('a binding: --user is whom it is for, not who asks', async () => {
    expect((await kubectl('create rolebinding b --clusterrole=view --user=u --serviceaccount=x:y')).out).toBe(
      'rolebinding.rbac.authorization.k8s.io/b created\n',
    )
    expect((await kubectl('get rolebinding b -o jsonpath={.subjects[*].name}')).out).toBe('u y')
    await kubectl('delete rolebinding b')
  })
  test('a budget, a quota, a priority', async () => {
    expect(await made('create pdb p --selector=a=b --max-unavailable=50%')).toContain('maxUnavailable: 50%\n')
    expect(await made('create quota q --hard=pods=10,cpu=1')).toContain('hard:\n    cpu: "1"\n    pods: "10"\n')
    expect(await made('create priorityclass c --value=10')).toContain('value: 10\n')
  })
  test('a job and a cron job', async () => {
    const job = (await kubectl('create job j --image=i --dry-run=client -o yaml -- date -u')).out
    expect(job).toContain('      - command:\n        - date\n        - -u\n        image: i\n        name: j\n')
    const cron = await kubectl([
      'create',
      'cronjob',
      'c',
      '--image=i',
      '--schedule=* * * * *',
      '--dry-run=client',
      '-o',
      'yaml',
    ])
    expect(cron.out).toContain("schedule: '* * * * *'\n")
  })
  rows([
    ['a role without verbs', 'create role r --resource=pods', { err: 'error: at least one verb must be specified\n' }],
    [
      'a role for what is not there',
      'create role r --verb=get --resource=nopes.x',
      { err: `the server doesn't have a resource type "nopes" in group "x"\n`, code: 1 },
    ],
    [
      'a binding to two roles',
      'create rolebinding b --role=r --clusterrole=c',
      { err: 'error: exactly one of clusterrole or role must be specified\n' },
    ],
    [
      'an account without its namespace',
      'create rolebinding b --role=r --serviceaccount=x',
      { err: 'error: serviceaccount must be <namespace>:<name>\n' },
    ],
    ['a budget without a selector', 'create pdb p --min-available=1', { err: 'error: a selector must be specified\n' }],
    [
      'a quantity that is none',
      'create quota q --hard=pods=x',
      { err: "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n" },
    ],
    ['a job of nothing', 'create job j', { err: 'error: either --image or --from must be specified\n' }],
  ])
})

describe('edit', () => {
  const withEditor = (editor: string) => kubectlFor(api.kubeconfig, { env: { KUBE_EDITOR: editor } })

  test('sends what was changed', async () => {
    expect(await withEditor('sed -i s/nginx:1/nginx:2/')('edit deploy web')).toEqual({
      out: 'deployment.apps/web edited\n',
      err: '',
      code: 0,
    })
    expect(
      (await kubectl(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'])).out,
    ).toBe('nginx:2')
  })
  test('does nothing where nothing was changed', async () => {
    expect(await withEditor('true')('edit deploy web')).toEqual({
      out: '',
      err: 'Edit cancelled, no changes made.\n',
      code: 0,
    })
  })
  test('keeps what the server refuses', async () => {
    const { err, code } = await withEditor("sed -i 's/replicas: 1/replicas: -1/'")('edit deploy web')
    expect([err, code]).toEqual([
      expect.stringMatching(
        /^error: deployments.apps "web" is invalid\nA copy of your changes has been stored to "(.*)"\nerror: Edit cancelled, no valid changes were saved.\n$/,
      ),
      1,
    ])
    const path = /"(\/.*)"/.exec(err)?.[1] ?? ''
    expect(readFileSync(path, 'utf8')).toContain('# The Deployment "web" is invalid: spec.replicas: Invalid value: -1')
    rmSync(join(path, '..'), { recursive: true })
  })
  test('tells of an editor that fails', async () => {
    expect((await withEditor('false')('edit deploy web')).err).toBe(
      'error: there was a problem with the editor "false"\n',
    )
  })
})

describe('replace', () => {
  test('overwrites, and by force makes anew', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 81}]}\n'
    const before = (await kubectl('get svc web -o jsonpath={.metadata.uid}')).out
    expect((await kubectl('replace -f -', service)).out).toBe('service/web replaced\n')
    expect((await kubectl('get svc web -o jsonpath={.metadata.uid}{.spec.ports[0].port}')).out).toBe(`${before}81`)
    expect((await kubectl('replace --force -f -', service)).out).toBe(
      'service "web" deleted from default namespace\nservice/web replaced\n',
    )
    expect((await kubectl('get svc web -o jsonpath={.metadata.uid}')).out).not.toBe(before)
  })
  rows([['needs a file', 'replace', { err: 'error: must specify one of -f and -k\n', code: 1 }]])
})

describe('several at once', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-kubectl-'))
    writeFileSync(join(dir, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n')
    writeFileSync(join(dir, 'b.yaml'), 'resources: [a.yaml]\n')
    writeFileSync(join(dir, 'c.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n')
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('a file that is no manifest does not keep the others back', async () => {
    const bad = join(dir, 'b.yaml')
    const made = await kubectl(`apply -f ${dir}`)
    expect([made.out, made.err, made.code]).toEqual([
      'configmap/a created\nconfigmap/c created\n',
      `error: error validating "${bad}": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false\n`,
      1,
    ])
    // Of several faults those of kubectl itself stand alone.
    expect((await kubectl(`create -f ${dir}`)).err.split('\n')).toContain(made.err.slice('error: '.length, -1))
    expect(await kubectl(`delete -f ${dir}`)).toEqual({
      out: 'configmap "a" deleted from default namespace\nconfigmap "c" deleted from default namespace\n',
      err: `error: unable to decode "${bad}": Object 'Kind' is missing in '{"resources":["a.yaml"]}'\n`,
      code: 1,
    })
  })

  test('what is there is waited for, what is not is told', async () => {
    expect(await kubectl('wait pod/lonely pod/gone --for=jsonpath={.metadata.name}=lonely --timeout=0')).toEqual({
      out: 'pod/lonely condition met\n',
      err: 'Error from server (NotFound): pods "gone" not found\n',
      code: 1,
    })
  })
  test('the creation of what never comes', async () => {
    expect(await kubectl('wait pod/gone --for=create --timeout=0')).toMatchObject({
      err: 'error: timed out waiting for the condition\n',
      code: 1,
    })
  })
  rows([
    [
      "a dry run by the flag alone is the client's",
      'delete pod lonely --dry-run',
      { out: 'pod "lonely" deleted from default namespace (dry run)\n' },
    ],
    [
      'a cascade that is none',
      'delete pod lonely --cascade=foo',
      { err: 'error: invalid cascade value (foo). Must be "background", "foreground", or "orphan"\n' },
    ],
    [
      'a label value that is none',
      ['label', 'pod', 'lonely', 'a=b c'],
      { err: expect.stringContaining('error: invalid label value: "a=b c": a valid label must be') as string },
    ],
    [
      'a time that is none',
      'logs lonely --since-time=foo',
      { err: 'error: parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006"\n' },
    ],
    [
      'a service of another name needs it',
      'create service externalname x',
      { err: 'error: required flag(s) "external-name" not set\n' },
    ],
    [
      'a port that is none',
      'create service clusterip x --tcp=foo',
      { err: 'error: strconv.ParseUint: parsing "foo": invalid syntax\n' },
    ],
    [
      'api-versions takes nothing',
      'api-versions foo',
      { err: "error: unexpected arguments: [foo]\nSee 'kubectl api-versions -h' for help and examples\n" },
    ],
  ])
})

describe('config', () => {
  let dir: string
  let mine: (line: string) => Promise<KubectlResult>
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'kubelite-kubectl-'))
    writeFileSync(join(dir, 'config'), readFileSync(api.kubeconfig))
    mine = kubectlFor(join(dir, 'config'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('shows no secrets', async () => {
    expect((await mine('config view')).out).toBe(
      `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: ${api.url}\n  name: default\ncontexts:\n- context:\n    cluster: default\n    user: default\n  name: default\ncurrent-context: default\nkind: Config\nusers:\n- name: default\n  user:\n    client-certificate-data: DATA+OMITTED\n    client-key-data: DATA+OMITTED\n`,
    )
  })
  test('another namespace from now on', async () => {
    expect((await mine('config set-context --current --namespace=other')).out).toBe('Context "default" modified.\n')
    expect((await mine('get pods')).err).toBe('No resources found in other namespace.\n')
  })
  test('contexts come, are used and go', async () => {
    await mine('config set-context new --cluster=default --user=default --namespace=x')
    expect((await mine('config use-context new')).out).toBe('Switched to context "new".\n')
    expect((await mine('config get-contexts')).out).toBe(
      'CURRENT   NAME      CLUSTER   AUTHINFO   NAMESPACE\n          default   default   default    \n*         new       default   default    x\n',
    )
    expect((await mine('config delete-context new')).out).toBe(`deleted context new from ${join(dir, 'config')}\n`)
    expect(await mine('config use-context new')).toMatchObject({
      err: 'error: no context exists with the name: "new"\n',
      code: 1,
    })
  })
})

describe('events', () => {
  rows([
    ['none', 'events', { err: 'No events found in default namespace.\n', code: 0 }],
    ['of a type that is none', 'events --types=Foo', { err: 'error: valid --types are Normal or Warning\n', code: 1 }],
    ['about something unknown', 'events --for nope/x', { err: `the server doesn't have a resource type "nope"\n` }],
  ])
  test('the oldest first, how often over how long', async () => {
    const clock = new FakeClock()
    const now = clock.now()
    const at = (seconds: number): string => `${new Date(now - seconds * 1000).toISOString().slice(0, 19)}Z`
    const event = (name: string, over: object): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace: 'default' },
        involvedObject: { kind: 'Pod', name: 'lonely', namespace: 'default', apiVersion: 'v1' },
        reason: 'Because',
        message: `${name}\n`,
        type: 'Normal',
        ...over,
      })
    const twice = event('twice', { count: 2, firstTimestamp: at(600), lastTimestamp: at(120) })
    const once = event('once', { count: 1, firstTimestamp: at(3600), lastTimestamp: at(3600) })
    for (const e of [twice, once]) await kubectl('create -f -', e)
    expect((await kubectlFor(api.kubeconfig, { clock })('events --for pod/lonely')).out).toBe(
      [
        'LAST SEEN          TYPE     REASON    OBJECT       MESSAGE',
        '60m                Normal   Because   Pod/lonely   once',
        '2m (x2 over 10m)   Normal   Because   Pod/lonely   twice',
        '',
      ].join('\n'),
    )
    await kubectl('delete events --all')
  })
})
