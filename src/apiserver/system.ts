import type { RequestContext } from '../registry/api.ts'

/** The server's own look into the registry while it authenticates and authorizes. */
export const SYSTEM_CONTEXT: RequestContext = {
  user: { name: 'system:apiserver', groups: ['system:masters'] },
  userAgent: 'kubelite-apiserver',
  // Nobody reads these; a frozen list would make the registry's pushes throw.
  warnings: [],
}
