import { podDisruptionBudget } from '../../../src/kinds/policy/pod-disruption-budget.ts'
import { configMap } from '../../../src/kinds/core/config-map.ts'
import { type BodyKind, readBody } from '../../../src/registry/bodies.ts'
import { json } from '../../support/registry.ts'

describe('readBody() refuses', () => {
  const cases: { name: string; kind: BodyKind; body: object | string; text: string }[] = [
    {
      name: 'a version that is known but not served any more',
      kind: podDisruptionBudget,
      body: { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget' },
      text: 'the API version in the data (policy/v1beta1) does not match the expected API version (policy/v1)',
    },
    {
      name: 'a version that is not known',
      kind: configMap,
      body: { apiVersion: 'v2', kind: 'ConfigMap' },
      text: 'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    },
    {
      name: 'what is no object',
      kind: configMap,
      body: '[]',
      text: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`,
    },
  ]
  for (const { name, kind, body, text } of cases) {
    test(name, () => {
      const read = (): unknown => readBody(kind, json(body), { fieldValidation: 'Warn', warnings: [] })
      expect(read).toThrow(expect.objectContaining({ message: text, code: 400 }))
    })
  }
})
