/**
 * What goes wrong on real machines: ends in order and without, engines and disks that fail, wrong input, moves.
 * @jest-environment ./test/support/telling-environment.ts
 */
import { closeRoom, openRoom } from '../support/bad-days-room.ts'
import { TEST_MS } from '../support/wait.ts'
import { disksAndMoves } from './disks-and-moves.chapter.ts'
import { endsOfAgents, endsOfEngines, endsOfServers } from './ends.chapter.ts'
import { wrongInput } from './wrong-input.chapter.ts'
import { wrongStarts } from './wrong-starts.chapter.ts'

jest.setTimeout(TEST_MS)
beforeAll(openRoom)
afterAll(closeRoom)

describe('a wrong start ends at once and says why', wrongStarts)
describe('the server', endsOfServers)
describe('Docker', endsOfEngines)
describe('an agent', endsOfAgents)
describe('wrong input', wrongInput)
describe('disks and moves', disksAndMoves)
