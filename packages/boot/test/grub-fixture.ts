import { makeElf } from '../../binary/test/elf-fixture.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'

/** A GRUB with modules of these names built in, and an object that is no module before them. */
export function makeGrub(names: readonly string[], sections: Parameters<typeof makePe>[0] = {}): Buffer {
  const objects = names.map((name) =>
    object(0, makeElf({ type: 1, sections: { '.modname': Buffer.from(`${name}\0`) } })),
  )
  const body = Buffer.concat([object(3, Buffer.from('(memdisk)\0')), ...objects])
  const header = Buffer.alloc(24)
  header.write('mimg', 0, 'latin1')
  header.writeBigUInt64LE(24n, 8)
  header.writeBigUInt64LE(BigInt(24 + body.length), 16)
  const mods = { name: 'mods', content: Buffer.concat([header, body]) }
  return makePe({ sections: [TEXT, ...(sections.sections ?? []), mods] })
}

function object(type: number, content: Uint8Array): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(type, 0)
  header.writeUInt32LE(8 + content.length, 4)
  return Buffer.concat([header, content])
}
