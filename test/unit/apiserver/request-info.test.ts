import { BadPathError, requestInfo } from '../../../src/apiserver/request-info.ts'

const cases: { name: string; method: string; url: string; want: object }[] = [
  {
    name: 'a list of a namespaced kind',
    method: 'GET',
    url: '/api/v1/namespaces/a/pods',
    want: { isResource: true, verb: 'list', namespace: 'a', resource: 'pods', name: '', group: '', version: 'v1' },
  },
  {
    name: 'an object of a named group with a subresource',
    method: 'PUT',
    url: '/apis/apps/v1/namespaces/a/deployments/d/scale',
    want: { verb: 'update', group: 'apps', namespace: 'a', resource: 'deployments', name: 'd', subresource: 'scale' },
  },
  {
    name: 'watch in the query turns a list into a watch',
    method: 'GET',
    url: '/api/v1/pods?watch=maybe',
    want: { verb: 'watch', namespace: '', resource: 'pods' },
  },
  { name: 'watch=0 stays a list', method: 'GET', url: '/api/v1/pods?watch=0', want: { verb: 'list' } },
  {
    name: 'the old form of a watch of one object',
    method: 'GET',
    url: '/api/v1/watch/namespaces/a/pods/p',
    want: { verb: 'watch', namespace: 'a', resource: 'pods', name: 'p', verbInPath: true },
  },
  {
    name: 'a namespace stands in itself',
    method: 'GET',
    url: '/api/v1/namespaces/a',
    want: { verb: 'get', namespace: 'a', resource: 'namespaces', name: 'a' },
  },
  {
    name: 'the status of a namespace is no resource named status',
    method: 'GET',
    url: '/api/v1/namespaces/a/status',
    want: { resource: 'namespaces', name: 'a', subresource: 'status' },
  },
  {
    name: 'a list of one name is authorized by that name',
    method: 'GET',
    url: '/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Dx',
    want: { verb: 'list', name: 'x' },
  },
  {
    name: 'DELETE of a collection',
    method: 'DELETE',
    url: '/api/v1/namespaces/a/pods',
    want: { verb: 'deletecollection' },
  },
  {
    name: 'everything after proxy belongs to the backend',
    method: 'GET',
    url: '/api/v1/namespaces/a/services/s/proxy/x/y',
    want: { subresource: 'proxy', name: 's', parts: ['services', 's', 'proxy', 'x', 'y'] },
  },
  {
    name: 'discovery is no resource',
    method: 'GET',
    url: '/apis/apps/v1',
    want: { isResource: false, verb: 'get', path: '/apis/apps/v1' },
  },
  {
    name: 'other paths keep their method as verb',
    method: 'POST',
    url: '/healthz',
    want: { isResource: false, verb: 'post' },
  },
  { name: 'escapes in names are read', method: 'GET', url: '/api/v1/namespaces/a/pods/a%20b', want: { name: 'a b' } },
]

describe('requestInfo()', () => {
  for (const c of cases) test(c.name, () => expect(requestInfo(c.method, c.url)).toMatchObject(c.want))

  test('a broken escape in the path is refused', () => {
    expect(() => requestInfo('GET', '/api/v1/pods/%zz')).toThrow(BadPathError)
  })
})
