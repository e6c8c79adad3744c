import type { UserInfo } from './api.ts'

const PREFIX = 'system:node:'

/** The node that a user is: undefined for everyone else, '' for a node that does not say which one. */
export const nodeOf = (user: UserInfo): string | undefined =>
  user.name.startsWith(PREFIX) && user.groups.includes('system:nodes') ? user.name.slice(PREFIX.length) : undefined
