/**
 * One node with real containers, through the API: chapters that share one machine.
 * @jest-environment ./test/support/telling-environment.ts
 */
import { closeRoom, openRoom } from '../support/node-room.ts'
import { addresses } from './addresses.chapter.ts'
import { lifecycle } from './lifecycle.chapter.ts'
import { logs } from './logs.chapter.ts'
import { names } from './names.chapter.ts'
import { services } from './services.chapter.ts'
import { streams } from './streams.chapter.ts'
import { volumes } from './volumes.chapter.ts'
import { TEST_MS } from '../support/wait.ts'

jest.setTimeout(TEST_MS)
beforeAll(openRoom)
afterAll(closeRoom)

describe('addresses of pods and of the host', addresses)
describe('services', services)
describe('names', names)
describe('volumes', volumes)
describe('lives of containers', lifecycle)
describe('logs', logs)
describe('exec, attach and port-forward', streams)
