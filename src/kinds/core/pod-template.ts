import { labelsText, name, text } from '../columns.ts'
import type { PodTemplate } from '../generated/types.ts'
import { defineKind } from '../kind.ts'
import type { ObjectOf } from '../object.ts'
import {
  containerImages,
  containerNames,
  faultsOf,
  prepareTemplate,
  setTemplateDefaults,
  templateRules,
} from './pod/template.ts'
import { checkPodTemplate } from './pod/validate.ts'
import { templateWarnings } from './pod/warnings.ts'

export const podTemplate = defineKind<ObjectOf<PodTemplate>>({
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  schema: 'io.k8s.api.core.v1.PodTemplate',
  generation: 'spec',
  deleteReturnsObject: true,
  defaults: draft => {
    draft.template ??= {}
    setTemplateDefaults(draft.template)
  },
  prepareForCreate: draft => prepareTemplate(draft.template),
  prepareForUpdate: (draft, old) => prepareTemplate(draft.template, old.template),
  validate: t => faultsOf(out => checkPodTemplate(t.template ?? {}, 'template', templateRules(undefined), out)),
  validateUpdate: (t, old) =>
    faultsOf(out => checkPodTemplate(t.template ?? {}, 'template', templateRules(old.template), out)),
  warnings: (t, old) => templateWarnings(t.template, 'template', t.template, old && { spec: old.template }),
  columns: [
    name(),
    text('Containers', t => containerNames(t.template)),
    text('Images', t => containerImages(t.template)),
    text('Pod Labels', t => labelsText(t.template?.metadata?.labels)),
  ],
})
