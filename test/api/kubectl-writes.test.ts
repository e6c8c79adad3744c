import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '../support/fake-clock.ts'
import { kubectlFor, type KubectlResult } from '../support/kubectl-harness.ts'
import { kubectl, room, rows } from '../support/kubectl-room.ts'

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
  const withEditor = (editor: string) => kubectlFor(room.api.kubeconfig, { env: { KUBE_EDITOR: editor } })

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
    writeFileSync(join(dir, 'config'), readFileSync(room.api.kubeconfig))
    mine = kubectlFor(join(dir, 'config'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('shows no secrets', async () => {
    expect((await mine('config view')).out).toBe(
      `apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: ${room.api.url}\n  name: default\ncontexts:\n- context:\n    cluster: default\n    user: default\n  name: default\ncurrent-context: default\nkind: Config\nusers:\n- name: default\n  user:\n    client-certificate-data: DATA+OMITTED\n    client-key-data: DATA+OMITTED\n`,
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
    expect((await kubectlFor(room.api.kubeconfig, { clock })('events --for pod/lonely')).out).toBe(
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
