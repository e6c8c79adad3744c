import { MEDIA_TYPES } from '../../../src/apiserver/errors.ts'
import {
  errorFormat,
  LIST_TYPES,
  checkForm,
  negotiate,
  type NegotiateOptions,
  objectTransforms,
} from '../../../src/apiserver/negotiate.ts'
import { StatusError } from '../../../src/base/errors.ts'

const object = { allows: objectTransforms, produces: MEDIA_TYPES }
const list = { allows: objectTransforms, produces: LIST_TYPES }
const watch = { allows: objectTransforms, produces: LIST_TYPES, stream: true }
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1'

const accepted: { name: string; accept: string | undefined; options: NegotiateOptions; want: object }[] = [
  { name: 'no header is JSON', accept: undefined, options: object, want: { encoding: 'json' } },
  {
    name: 'YAML before JSON is YAML',
    accept: 'application/yaml,application/json',
    options: object,
    want: { encoding: 'yaml' },
  },
  {
    name: 'weights decide',
    accept: 'application/yaml;q=0.5,application/json;q=0.9',
    options: object,
    want: { encoding: 'json' },
  },
  {
    name: 'a weight that is none counts as one',
    accept: 'application/json; q=abc',
    options: object,
    want: { encoding: 'json' },
  },
  {
    name: 'protobuf with JSON behind it is JSON',
    accept: 'application/vnd.kubernetes.protobuf,application/json',
    options: object,
    want: { encoding: 'json' },
  },
  { name: 'a table', accept: TABLE, options: list, want: { encoding: 'json', as: { kind: 'Table', version: 'v1' } } },
  {
    name: 'a table of an unknown version falls back',
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v9,application/json',
    options: list,
    want: { encoding: 'json' },
  },
  {
    name: 'a stream is taken for JSON where nothing streams',
    accept: 'application/json;stream=watch',
    options: object,
    want: { encoding: 'json' },
  },
  { name: 'a stream of JSON', accept: 'application/json;stream=watch', options: watch, want: { encoding: 'json' } },
]
const refused: { name: string; accept: string; options: NegotiateOptions; message: string }[] = [
  {
    name: 'types are compared as written',
    accept: 'APPLICATION/JSON',
    options: object,
    message:
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    name: 'application/* is no type of the router',
    accept: 'application/*',
    options: object,
    message:
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    name: 'a watch is never YAML',
    accept: 'application/yaml',
    options: watch,
    message:
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  },
]

describe('negotiate()', () => {
  for (const c of accepted) test(c.name, () => expect(negotiate(c.accept, c.options)).toMatchObject(c.want))
  for (const c of refused)
    test(c.name, () => {
      const attempt = (): unknown => negotiate(c.accept, c.options)
      expect(attempt).toThrow(StatusError)
      expect(attempt).toThrow(c.message)
    })
})

const KIND = { group: '', kind: 'ConfigMap', listKind: 'ConfigMapList' }
const form = (kind: string) =>
  ({ encoding: 'json', pretty: false, as: { kind, group: 'meta.k8s.io', version: 'v1' } }) as const

test('the form of a list does not fit an object, nor that of an object a list', () => {
  expect(() => checkForm(form('PartialObjectMetadataList'), KIND, false)).toThrow(
    'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
  )
  expect(() => checkForm(form('PartialObjectMetadata'), KIND, true)).toThrow(
    'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
  )
  expect(() => checkForm(form('Table'), KIND, true)).not.toThrow()
})

test('errors are YAML only where nothing else is wanted of it', () => {
  expect(errorFormat('application/yaml').encoding).toBe('yaml')
  expect(errorFormat('application/yaml;as=Table;v=v1;g=meta.k8s.io').encoding).toBe('json')
})
