import type { RequestContext } from '../registry/api.ts'

/** The server's own look into the registry while it authenticates and authorizes. */
export const SYSTEM_CONTEXT: RequestContext = {
  user: { name: 'system:apiserver', groups: ['system:masters'] },
  userAgent: 'kubelite-apiserver',
  // Nobody reads these: each request collects its own, which go with it.
  get warnings() {
    return []
  },
}
