import { existsSync, statSync } from 'node:fs'
import { parsePe } from '@firn/binary/pe'
import { fileSource } from '@firn/binary/source'
import { authenticodeHash } from '@firn/boot/authenticode'
import {
  certificateLists,
  EFIVARFS,
  type EfiVariable,
  type Efivars,
  folderEfivars,
  hashLists,
  isAuth,
  parseAuth,
  parseSignatureLists,
  parseVariableStore,
  readEfivars,
  SIGNATURE_TYPE,
  type SignatureList,
  type VariableStore,
} from '@firn/boot/efivars'
import { EXIT, type Guid, naming, readGuid, UserError, writeGuid } from '@firn/core'
import { isVariableFile, readCertificateFile, readListFile, readSmall } from './files.ts'

/** Who put an entry there, when nobody is named. */
const OWNER: Guid = '5d1c9f6e-0d3b-4a5e-8f57-6669726e0001'

export function parseOwner(word: string | undefined): Guid {
  return readGuid(writeGuid(word ?? OWNER))
}

export function readStoreFile(path: string): VariableStore {
  const bytes = readSmall(path)
  return naming(path, () => parseVariableStore(bytes))
}

/** The variables of an OVMF variable file, or of a folder: efivarfs, or a backup of it. */
export function readVariables(path: string): readonly EfiVariable[] {
  const isFolder = path === EFIVARFS || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  if (!isFolder) return readStoreFile(path).variables
  const variables = readEfivars(efivarsIn(path))
  if (variables.length > 0) return variables
  throw new UserError(`${path}: no variables are there`, 'give a folder that firn boot vars backup wrote')
}

/** The variables of this machine, or those of another folder that looks the same. */
export function efivarsIn(folder: string = EFIVARFS): Efivars {
  if (folder !== EFIVARFS || existsSync(folder)) return folderEfivars(folder)
  throw new UserError(
    'this machine shows no EFI variables',
    'was it booted by EFI firmware? else name a file or a folder',
    EXIT.store,
  )
}

/**
 * What is to be trusted or forbidden, by what the file is: certificates (PEM or DER), EFI signature lists, also as a
 * variable of efivarfs or of a backup, or inside of an .auth file, or an EFI program, which stands for its hash.
 * `sha256:HEX` is a hash itself.
 */
export function readTrusted(word: string, owner: Guid): SignatureList[] {
  const [, hash] = /^sha256:([0-9a-f]{64})$/i.exec(word) ?? []
  if (hash !== undefined) return hashLists([Buffer.from(hash, 'hex')], owner)
  const source = fileSource(word)
  try {
    if (source.size > 2 && Buffer.from(source.read(0, 2)).toString('latin1') === 'MZ') {
      return naming(word, () => hashLists([authenticodeHash(source, parsePe(source))], owner))
    }
  } finally {
    source.close()
  }
  if (isVariableFile(word)) return readListFile(word)
  const bytes = readSmall(word)
  // Whoever names the file here decides, not who signed it.
  if (isAuth(bytes)) return naming(word, () => parseSignatureLists(parseAuth(bytes).data))
  if (isSignatureList(bytes)) return naming(word, () => parseSignatureLists(bytes))
  return certificateLists(readCertificateFile(word), owner)
}

function isSignatureList(bytes: Uint8Array): boolean {
  if (bytes.length < 28) return false
  const type = readGuid(bytes.subarray(0, 16))
  return Object.values(SIGNATURE_TYPE).some((known) => known === type)
}

export function oneFile(name: string, positionals: readonly string[]): string {
  const [file, ...more] = positionals
  if (file !== undefined && more.length === 0) return file
  throw new UserError(`${name} takes one file`, `${name} --help shows how it is used`)
}
