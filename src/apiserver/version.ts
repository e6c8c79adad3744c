/** What GET /version tells. */
export interface VersionFacts {
  /** `v1.36.0+kubelite-0.1.0`. */
  readonly gitVersion: string
  readonly gitCommit: string
  readonly buildDate: string
}

/** The Kubernetes release that the API equals. */
const MAJOR = '1'
const MINOR = '36'

export function versionDocument(facts: VersionFacts): unknown {
  return {
    major: MAJOR,
    minor: MINOR,
    emulationMajor: MAJOR,
    emulationMinor: MINOR,
    minCompatibilityMajor: MAJOR,
    minCompatibilityMinor: String(Number(MINOR) - 1),
    gitVersion: facts.gitVersion,
    gitCommit: facts.gitCommit,
    gitTreeState: 'clean',
    buildDate: facts.buildDate,
    goVersion: `node ${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  }
}
