/** What this object may do that new ones may not, because it (or its predecessor) already does. */
export interface PodRules {
  /** False for pod templates: some rules hold for pods alone. */
  readonly isPod: boolean
  readonly badDeletionCost: boolean
  readonly unevenHugePages: boolean
  readonly badSelectorValues: boolean
  readonly badSpreadSelectors: boolean
  readonly badSpreadLabelKeys: boolean
  readonly badNodeAffinityValues: boolean
  readonly nonLocalTokenPath: boolean
  readonly hostSysctls: boolean
  readonly initRestartContainer: boolean
  readonly userNamespaceDevices: boolean
}

const STRICT: PodRules = {
  isPod: false,
  badDeletionCost: false,
  unevenHugePages: false,
  badSelectorValues: false,
  badSpreadSelectors: false,
  badSpreadLabelKeys: false,
  badNodeAffinityValues: false,
  nonLocalTokenPath: false,
  hostSysctls: false,
  initRestartContainer: false,
  userNamespaceDevices: false,
}

/** Rules for new pods. */
export const NEW_POD: PodRules = { ...STRICT, isPod: true }
/** Rules for new pod templates. */
export const NEW_TEMPLATE: PodRules = STRICT
