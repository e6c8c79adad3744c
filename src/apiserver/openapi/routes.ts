import type { Express } from 'express'
import type { KindTable } from '../../registry/api.ts'
import type { VirtualResource } from '../virtual.ts'

export function openApiRoutes(
  _app: Express,
  _options: { kinds: KindTable; virtual: readonly VirtualResource[] },
): void {}
