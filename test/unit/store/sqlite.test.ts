import { storeContract } from './contract.ts'
import { openSubject } from './sqlite-subject.ts'

storeContract('The SQLite store', () => openSubject())
