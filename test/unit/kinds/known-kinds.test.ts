import { whyNot } from '../../../src/kinds/known-kinds.ts'

const CONFIG_MAP = { group: '', kind: 'ConfigMap' }

test.each([
  {
    name: 'a kind that is known cannot be converted',
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    want: 'converting (v1.Deployment) to (core.ConfigMap): unknown conversion',
  },
  {
    name: 'so is a kind that is not served, and a list',
    apiVersion: 'batch/v1',
    kind: 'JobList',
    want: 'converting (v1.JobList) to (core.ConfigMap): unknown conversion',
  },
  {
    name: 'a kind of another version is unknown',
    apiVersion: 'v2',
    kind: 'Pod',
    want: 'no kind "Pod" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  },
  {
    name: 'a part of an object is no kind',
    apiVersion: 'v1',
    kind: 'PodSpec',
    want: 'no kind "PodSpec" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  },
])('$name', c => expect(whyNot(CONFIG_MAP, c.apiVersion, c.kind)).toBe(c.want))
