import { readElf } from '@firn/binary'
import { parsePe, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { piecesSource } from './pe/pieces.ts'

/** "mimg", as GRUB's include/grub/kernel.h spells it. */
const MAGIC = 0x676d696d
const HEADER = { size: 24, offset: 8, length: 16 } as const
const TYPE_ELF = 0
const MOST_MODULES = 1024
const MOST_NAME = 256

/**
 * The modules that a GRUB for 64-bit EFI has built in, by name and sorted: its section `mods` holds a header
 * (grub_module_info64: magic, padding, offset, size), then objects, each with its type and its size before it. One of
 * type ELF names itself in its section `.modname`. Errors: no such section, or one that is damaged.
 */
export function grubModules(source: ByteSource): string[] {
  const section = parsePe(source).sections.find(({ name }) => name === 'mods')
  if (section === undefined) throw bad('it has no section "mods"')
  const { from, to } = sectionRange(section)
  if (to - from < HEADER.size) throw bad('its section "mods" is cut off')
  const header = view(source, from, HEADER.size)
  if (header.getUint32(0, true) !== MAGIC) throw bad('its section "mods" does not begin with "mimg"')
  const end = from + number(header.getBigUint64(HEADER.length, true))
  if (end > to) throw bad('its modules reach out of their section')
  const names: string[] = []
  let at = from + number(header.getBigUint64(HEADER.offset, true))
  for (let count = 0; at + 8 <= end; count++) {
    if (count >= MOST_MODULES) throw bad(`more than ${MOST_MODULES} objects`)
    const head = view(source, at, 8)
    const [type, size] = [head.getUint32(0, true), head.getUint32(4, true)]
    if (size < 8 || at + size > end) throw bad('one of its modules is cut off')
    if (type === TYPE_ELF) names.push(moduleName(piecesSource([{ source, from: at + 8, to: at + size }])))
    at += size
  }
  return names.sort()
}

function moduleName(elf: ByteSource): string {
  const section = readElf(elf).sections.find(({ name }) => name === '.modname')
  if (section === undefined || section.size > MOST_NAME) throw bad('one of its modules has no name')
  if (section.offset + section.size > elf.size) throw bad('the name of a module lies behind its end')
  return Buffer.from(elf.read(section.offset, section.size)).toString('latin1').replace(/\0.*$/s, '')
}

function view(source: ByteSource, offset: number, size: number): DataView {
  const bytes = source.read(offset, size)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What is too large for a file is larger than the section as well. */
function number(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
}

function bad(what: string): UserError {
  return new UserError(`GRUB: ${what}`, 'give the EFI program that grub-mkimage or grub-mkstandalone wrote')
}
