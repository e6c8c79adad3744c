import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply, field, here, inPod, k, makePods, pod } from '../support/node-room.ts'
import { waitUntil } from '../support/wait.ts'

const VOLUMES = `volumes:
- name: config
  configMap: {name: settings, items: [{key: a, path: dir/a.txt, mode: 0400}, {key: b, path: b.txt}]}
- name: whole
  configMap: {name: settings, defaultMode: 0640}
- name: secret
  secret: {secretName: hidden}
- name: absent
  configMap: {name: nowhere, optional: true}
- name: facts
  downwardAPI:
    items:
    - {path: labels, fieldRef: {fieldPath: metadata.labels}}
    - {path: name, fieldRef: {fieldPath: metadata.name}}
    - {path: memory, resourceFieldRef: {containerName: c, resource: limits.memory, divisor: 1Mi}}
- name: all
  projected:
    sources:
    - configMap: {name: settings, items: [{key: a, path: a}]}
    - secret: {name: hidden, items: [{key: password, path: p/password}]}
    - serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}
- name: scratch
  emptyDir: {}
- name: memory
  emptyDir: {medium: Memory, sizeLimit: 8Mi}
- name: host
  hostPath: {path: HOSTDIR, type: DirectoryOrCreate}`

const CONTAINER = `resources: {limits: {memory: 64Mi}}
volumeMounts:
- {name: config, mountPath: /config}
- {name: whole, mountPath: /whole}
- {name: whole, mountPath: /single, subPath: a}
- {name: secret, mountPath: /secret, readOnly: true}
- {name: absent, mountPath: /absent}
- {name: facts, mountPath: /facts}
- {name: all, mountPath: /all}
- {name: scratch, mountPath: /scratch}
- {name: scratch, mountPath: /deep, subPathExpr: $(POD)/here}
- {name: memory, mountPath: /memory}
- {name: host, mountPath: /host}
env:
- {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}`

const settings = (a: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: ${JSON.stringify(a)}, b: "two"}\nbinaryData: {bytes: AAEC/w==}\n`

/** Volumes of every type, and how they follow what they show. */
export function volumes(): void {
  let dir: string
  const cat = (path: string): Promise<string> => inPod('vols', `cat ${path}`)

  beforeAll(async () => {
    dir = join(here().host.dir, 'shared')
    await apply(
      settings('one'),
      'apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {password: s3cret, user: me}\n',
    )
    const other = `- name: other
  image: web:1
  imagePullPolicy: Never
  command: [sh, -c, "echo from-other > /scratch/file; sleep 100000"]
  volumeMounts: [{name: scratch, mountPath: /scratch}]`
    const text = pod('vols', 'sleep 100000', { more: CONTAINER, spec: VOLUMES.replace('HOSTDIR', dir) })
    await makePods(`${text}${other.replace(/^/gm, '  ')}\n`)
  })
  afterAll(async () => {
    await k('delete', 'pod', 'vols')
    await k('delete', 'cm/settings', 'secret/hidden')
  })

  test('a configMap: whole or by items, bytes as they are, modes as asked', async () => {
    expect(await cat('/config/dir/a.txt')).toBe('one')
    expect(await cat('/config/b.txt')).toBe('two')
    expect(await inPod('vols', 'stat -L -c %a /config/dir/a.txt /config/b.txt /whole/a')).toBe('400\n644\n640\n')
    expect(await inPod('vols', 'xxd -p /whole/bytes')).toBe('000102ff\n')
    expect(await inPod('vols', 'ls /absent')).toBe('')
  })

  test('a secret, on memory and read-only', async () => {
    expect(await cat('/secret/password')).toBe('s3cret')
    expect(await inPod('vols', 'mount | grep " /secret "')).toMatch(/^tmpfs on \/secret type tmpfs \(ro/)
  })

  test('the downward API and projected sources', async () => {
    expect(await cat('/facts/labels')).toBe('app="vols"')
    expect(await cat('/facts/name')).toBe('vols')
    expect(await cat('/facts/memory')).toBe('64')
    expect(await cat('/all/a')).toBe('one')
    expect(await cat('/all/p/password')).toBe('s3cret')
    const [, claims = ''] = (await cat('/all/token')).split('.')
    const token = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
      aud: string[]
      exp: number
      iat: number
      'kubernetes.io': { pod: { name: string } }
    }
    expect(token.aud).toEqual(['vault'])
    expect(token['kubernetes.io'].pod.name).toBe('vols')
  })

  test('emptyDir is shared by containers, hostPath with the host', async () => {
    expect(await waitUntil('the file of the other container', () => cat('/scratch/file'))).toBe('from-other\n')
    await inPod('vols', 'echo deep > /deep/file')
    expect(await cat('/scratch/vols/here/file')).toBe('deep\n')
    writeFileSync(join(dir, 'in'), 'from the host')
    expect(await cat('/host/in')).toBe('from the host')
    await inPod('vols', 'echo from the pod > /host/out')
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('from the pod\n')
  })

  test('an emptyDir in memory is a tmpfs of its size', async () => {
    expect(await inPod('vols', 'mount | grep " /memory "')).toContain('type tmpfs')
    expect(await inPod('vols', 'df -k /memory | tail -n 1')).toMatch(/\s8192\s/)
  })

  test('changes come through at once and whole; single files mounted by subPath keep what they were', async () => {
    const before = await inPod('vols', 'readlink /config/..data')
    await apply(settings('changed'))
    await waitUntil('the new content', async () => (await cat('/config/dir/a.txt')) === 'changed')
    expect(await inPod('vols', 'readlink /config/..data')).not.toBe(before)
    await waitUntil('the projected content', async () => (await cat('/all/a')) === 'changed')
    expect(await cat('/single')).toBe('one')
    await k('patch', 'secret', 'hidden', '-p', '{"stringData":{"password":"n3w","user":null}}')
    await waitUntil('the new secret', async () => (await cat('/secret/password')) === 'n3w')
    await k('label', 'pod', 'vols', 'extra=yes')
    await waitUntil('the new labels', async () => (await cat('/facts/labels')) === 'app="vols"\nextra="yes"')
  })

  test('keys that come and go are files that come and go', async () => {
    await k('patch', 'cm', 'settings', '-p', '{"data":{"c":"three","b":null}}')
    await waitUntil('the new file', async () => (await cat('/whole/c')) === 'three')
    expect((await inPod('vols', 'ls /whole')).split('\n')).toEqual(['a', 'bytes', 'c', ''])
  })

  test('a volume of a missing object keeps the pod waiting, with an event that says why', async () => {
    await apply(
      pod('waits', 'sleep 100000', {
        spec: 'volumes: [{name: v, configMap: {name: later}}]',
        more: 'volumeMounts: [{name: v, mountPath: /v}]',
      }),
    )
    await waitUntil('the event', async () =>
      (
        await k(
          'get',
          'events',
          '--field-selector',
          'involvedObject.name=waits,reason=FailedMount',
          '-o',
          'jsonpath={.items[*].message}',
        )
      ).includes('MountVolume.SetUp failed for volume "v" : configmap "later" not found'),
    )
    expect(await field('pod waits', '.status.containerStatuses[0].state.waiting.reason')).toBe('ContainerCreating')
    await apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: later}\ndata: {x: "1"}\n')
    await k('wait', '--for=condition=Ready', 'pod/waits', '--timeout=120s')
    expect(await inPod('waits', 'cat /v/x')).toBe('1')
    await k('delete', 'pod/waits', 'cm/later')
  })

  test('claims lead to directories of the node: what is written outlives the pod, a read-only claim is read-only', async () => {
    mkdirSync(join(dir, 'local'), { recursive: true })
    const nodeName = await field('nodes', '.items[0].metadata.name')
    const volume = (name: string, source: string): string =>
      `apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: ${name}}\nspec:\n  capacity: {storage: 1Gi}\n  accessModes: [ReadWriteOnce]\n  storageClassName: by-hand\n  claimRef: {namespace: default, name: ${name}}\n${source}\n`
    const claim = (name: string): string =>
      `apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: ${name}}\nspec:\n  accessModes: [ReadWriteOnce]\n  storageClassName: by-hand\n  resources: {requests: {storage: 1Gi}}\n`
    const affinity = `  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [${nodeName}]}]}]}}`
    await apply(
      volume('by-path', `  hostPath: {path: ${join(dir, 'made')}}`),
      volume('by-local', `  local: {path: ${join(dir, 'local')}}\n${affinity}`),
      claim('by-path'),
      claim('by-local'),
    )
    const parts = (readOnly: string): { more: string; spec: string } => ({
      spec: `volumes:\n- {name: p, persistentVolumeClaim: {claimName: by-path}}\n- {name: l, persistentVolumeClaim: {claimName: by-local${readOnly}}}`,
      more: 'volumeMounts: [{name: p, mountPath: /p}, {name: l, mountPath: /l}]',
    })
    await makePods(pod('claims', 'sleep 100000', parts('')))
    await inPod('claims', 'echo one > /p/file; echo two > /l/file')
    expect(readFileSync(join(dir, 'local/file'), 'utf8')).toBe('two\n')
    await k('delete', 'pod', 'claims')
    await makePods(pod('claims', 'sleep 100000', parts(', readOnly: true')))
    expect(await inPod('claims', 'cat /p/file /l/file; touch /l/new 2>&1 || true')).toBe(
      'one\ntwo\ntouch: /l/new: Read-only file system\n',
    )
    await k('delete', 'pod/claims', 'pvc/by-path', 'pvc/by-local')
    await k('delete', 'pv', 'by-path', 'by-local')
  })

  test('nothing of a pod’s volumes is left after it', async () => {
    const uid = await field('pod vols', '.metadata.uid')
    expect(readFileSync('/proc/mounts', 'utf8')).toContain(uid)
    await k('delete', 'pod', 'vols')
    await waitUntil('no mounts', () => !readFileSync('/proc/mounts', 'utf8').includes(uid))
    await makePods(pod('vols', 'sleep 100000'))
  })
}
