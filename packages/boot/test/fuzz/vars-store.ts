import {
  diffVariables,
  explainBoot,
  parseVariableStore,
  printSignatureLists,
  printVariableStore,
  SIGNATURE_TYPE,
} from '../../src/index.ts'
import { bootEntry, memoryVolume, numbers, OWNER, set } from '../explain-fixture.ts'
import { blankStore } from '../vars-fixture.ts'

const blank = parseVariableStore(blankStore())
const hash = {
  type: SIGNATURE_TYPE.sha256,
  header: new Uint8Array(),
  entries: [{ owner: OWNER, data: Buffer.alloc(32) }],
}

export const corpus = [
  printVariableStore(blank, []),
  printVariableStore(blank, [
    set('PK', printSignatureLists([hash]), 0x27),
    set('dbx', printSignatureLists([hash]), 0x27),
    bootEntry(1, 'one', '\\a.efi'),
    numbers('BootOrder', 1, 2),
    numbers('BootNext', 1),
  ]),
]

/** Whatever a store holds: it is shown, compared, written again, and a boot is explained with it. */
export function target(bytes: Uint8Array): void {
  const store = parseVariableStore(bytes)
  diffVariables(blank.variables, store.variables)
  printVariableStore(store, store.variables)
  explainBoot({ variables: store.variables, volumes: [memoryVolume({ '\\a.efi': 'x' })], architecture: 'x64' })
}
