import { deleteOptionsOfBody } from '../../../src/apiserver/delete-options.ts'
import { deleteOptionsOfQuery } from '../../../src/apiserver/options.ts'
import { Query } from '../../../src/apiserver/query.ts'
import { json } from '../../support/registry.ts'

const options = (body: object) => deleteOptionsOfBody(json(body))

test.each([
  { name: 'no kind and no version', body: { gracePeriodSeconds: 5 } },
  { name: 'the core group', body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 5 } },
  {
    name: 'the group of metadata',
    body: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', gracePeriodSeconds: 5 },
  },
  { name: 'any other group', body: { kind: 'DeleteOptions', apiVersion: 'foo/v1', gracePeriodSeconds: 5 } },
])('options are read in $name', ({ body }) => expect(options(body)).toMatchObject({ gracePeriodSeconds: 5 }))

test.each([
  {
    name: 'another kind is refused',
    body: { kind: 'Pod', apiVersion: 'v1' },
    want: 'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
  },
  {
    name: 'a kind without a version is one of metadata',
    body: { kind: 'Foo' },
    want: 'no kind "Foo" is registered for version "meta.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
  },
  {
    name: 'a wrong type is told without a word around it',
    body: { gracePeriodSeconds: 'x' },
    want: 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64',
  },
])('$name', ({ body, want }) => expect(() => options(body)).toThrow(want))

test('the query may hold preconditions', () =>
  expect(deleteOptionsOfQuery(Query.parse('uid=u&resourceVersion=1'))).toEqual({
    preconditions: { uid: 'u', resourceVersion: '1' },
  }))
