import { bytesSource } from '@firn/binary/source'
import { makePe, TEXT } from '../../../binary/test/pe-fixture.ts'
import { buildUki, checkEsp, type Esp, NO_TRUST } from '../../src/index.ts'
import { bytesOf } from '../fixture.ts'

const section = (name: string, content: Uint8Array | string) => ({ name, content: bytesSource(Buffer.from(content)) })
const thin = buildUki({
  stub: bytesSource(makePe({ sections: [TEXT] })),
  cmdline: 'init=/nix/store/x/init quiet',
  osRelease: Buffer.from('ID=nixos\nPRETTY_NAME="x"\n'),
  others: [
    section('.linux', '\\EFI\\nixos\\kernel.efi'),
    section('.initrd', '\\EFI\\nixos\\..\\initrd.efi'),
    section('.linuxh', new Uint8Array(32)),
    section('.initrdh', new Uint8Array(32)),
  ],
})

export const corpus = [bytesOf(thin), makePe()]

/** An ESP whose every file is these bytes. */
export function target(bytes: Uint8Array): void {
  const fail = () => {
    throw new Error('checking changes nothing')
  }
  const esp: Esp = {
    name: 'fuzz',
    list: (folders) => folders.map((folder) => ({ path: `${folder}/nixos-generation-1.efi`, size: bytes.length })),
    open: (path) => {
      if (path.split('/').includes('..')) throw new Error(`it asked for ${path}`)
      return bytesSource(bytes)
    },
    write: fail,
    flush: fail,
    flushFolder: fail,
    rename: fail,
    remove: fail,
    isReadableByAll: () => false,
    space: () => ({ free: 0, cluster: 512 }),
  }
  checkEsp(esp, NO_TRUST)
}
