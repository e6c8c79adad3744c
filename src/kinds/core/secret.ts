import { createPrivateKey, X509Certificate } from 'node:crypto'
import { type FieldError, invalid, required } from '../../base/field-error.ts'
import { setOwn } from '../../base/json.ts'
import { age, name, text } from '../columns.ts'
import type { Secret } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import { decodedSize, validateDataSize, validateKeys, validateStillImmutable } from '../validation/data.ts'
import { goJsonObjectError } from '../validation/go-json.ts'
import { validateImmutable } from '../validation/metadata.ts'

type Whole = ObjectOf<Secret>

export const secret = defineKind<Whole>({
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  schema: 'io.k8s.api.core.v1.Secret',
  ownFieldLabels: true,
  defaults: draft => {
    foldStringData(draft)
    draft.type ||= 'Opaque'
  },
  validate,
  validateUpdate: (now, old) => [
    ...validateImmutable(now.type, old.type, 'type'),
    ...validateStillImmutable(now, old, ['data']),
    ...validate(now),
  ],
  warnings: tlsWarnings,
  columns: [name(), text('Type', s => s.type ?? ''), text('Data', s => Object.keys(s.data ?? {}).length), age()],
  selectableFields: { type: s => s.type ?? '' },
})

/** stringData is for writing only: it goes into data, where it wins. */
function foldStringData(draft: Whole): void {
  const { stringData } = draft
  delete draft.stringData
  if (!stringData || Object.keys(stringData).length === 0) return
  const data = { ...draft.data }
  for (const [key, value] of Object.entries(stringData)) setOwn(data, key, Buffer.from(value ?? '').toString('base64'))
  draft.data = data
}

function validate(s: Whole): FieldError[] {
  return [...validateKeys(s.data, 'data'), ...validateDataSize(decodedSize(s.data), 'data'), ...validateType(s)]
}

function validateType(s: Whole): FieldError[] {
  const data = s.data ?? {}
  const need = (...keys: string[]): FieldError[] =>
    keys.filter(k => data[k] === undefined).map(k => required(`data[${k}]`))
  switch (s.type) {
    case 'kubernetes.io/service-account-token':
      return s.metadata.annotations?.['kubernetes.io/service-account.name']
        ? []
        : [required('metadata.annotations[kubernetes.io/service-account.name]')]
    case 'kubernetes.io/dockercfg':
      return [...need('.dockercfg'), ...validateJson(data, '.dockercfg')]
    case 'kubernetes.io/dockerconfigjson':
      return [...need('.dockerconfigjson'), ...validateJson(data, '.dockerconfigjson')]
    case 'kubernetes.io/basic-auth': {
      const missing = need('username', 'password')
      return missing.length === 2 ? missing : []
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')]
    case 'kubernetes.io/tls':
      return need('tls.crt', 'tls.key')
    default:
      return []
  }
}

function validateJson(data: Readonly<Record<string, string>>, key: string): FieldError[] {
  const value = data[key]
  const error = value === undefined ? undefined : goJsonObjectError(Buffer.from(value, 'base64').toString('utf8'))
  return error === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', error)]
}

/** What Go's tls.X509KeyPair says of a TLS secret whose parts do not fit. */
function tlsWarnings(s: Whole): string[] {
  if (s.type !== 'kubernetes.io/tls') return []
  const [certificate, key] = ['tls.crt', 'tls.key'].map(k => Buffer.from(s.data?.[k] ?? '', 'base64').toString('utf8'))
  if (!certificate?.includes('-----BEGIN ')) return ['tls: failed to find any PEM data in certificate input']
  if (!key?.includes('-----BEGIN ')) return ['tls: failed to find any PEM data in key input']
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
      ? []
      : ['tls: private key does not match public key']
  } catch {
    return ['tls: failed to parse certificate or private key']
  }
}
