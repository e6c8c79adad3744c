import { join } from 'node:path'

/** Where a pod's files are on the node. */
export class PodDir {
  readonly path: string

  constructor(dataDir: string, uid: string) {
    this.path = join(podsDir(dataDir), uid)
  }

  get hosts(): string {
    return join(this.path, 'etc-hosts')
  }

  get resolver(): string {
    return join(this.path, 'resolv.conf')
  }

  /** Requests and limits that the pod was granted, once they differed from what it wants. */
  get allocation(): string {
    return join(this.path, 'allocation')
  }

  volume(plugin: string, name: string): string {
    return join(this.path, 'volumes', plugin, name)
  }

  /** The file in which a container leaves its last words. */
  lastWords(container: string, attempt: number): string {
    return join(this.path, 'containers', container, `${attempt}.log`)
  }

  /** Requests and limits that a container was given while it ran. */
  resized(container: string, attempt: number): string {
    return join(this.path, 'containers', container, `${attempt}.resources`)
  }
}

export const podsDir = (dataDir: string): string => join(dataDir, 'pods')
