import { bytesSource } from '@firn/binary/source'
import type { Esp } from '@firn/boot'
import type { Disk, Target } from '../src/index.ts'
import { memoryDisk, memoryEsp, type State } from './update-fixture.ts'

/** Not an Error that anybody catches: what a process does when it is killed is nothing. */
export class Killed {}

/**
 * What is left of what was not flushed yet. `done`: all of it (the process was killed, the machine runs on). The rest are
 * power cuts: `lost`: none of it; `torn`: of a write to the disk its first sector, of a file zeros; `back`: of
 * a write to the disk all but its first sector.
 */
export const AFTERMATHS = ['done', 'lost', 'torn', 'back'] as const
export type Aftermath = (typeof AFTERMATHS)[number]

/** A disk and its ESP whose user is killed in call number `last`; calls that only read are not counted. */
export function mortal(state: State, last: number, aftermath: Aftermath): { target: Target; calls: () => number } {
  let calls = 0
  let pendingDisk: (() => void)[] = []
  let pendingEsp: (() => void)[] = []
  const call = (act: () => void, half: () => void = () => {}) => {
    if (++calls === last) {
      half()
      for (const cut of [...pendingDisk.reverse(), ...pendingEsp.reverse()]) cut()
      throw new Killed()
    }
    act()
  }
  const innerDisk = memoryDisk(state)
  const innerEsp = memoryEsp(state)
  const disk: Disk = {
    ...innerDisk,
    write: (offset, bytes) => {
      const middle = Math.min(512, bytes.length)
      call(
        () => {
          const old = Buffer.from(innerDisk.read(offset, bytes.length))
          innerDisk.write(offset, bytes)
          pendingDisk.push(() => {
            if (aftermath === 'lost') innerDisk.write(offset, old)
            if (aftermath === 'torn') innerDisk.write(offset + middle, old.subarray(middle))
            if (aftermath === 'back') innerDisk.write(offset, old.subarray(0, middle))
          })
        },
        () => {
          if (aftermath === 'back') innerDisk.write(offset + middle, bytes.subarray(middle))
          else innerDisk.write(offset, bytes.subarray(0, middle))
        },
      )
    },
    flush: () =>
      call(() => {
        pendingDisk = []
      }),
  }
  const restore = (path: string, content: Buffer | undefined) => {
    if (content === undefined) state.esp.delete(path)
    else state.esp.set(path, content)
  }
  const torn = (path: string) => state.esp.set(path, Buffer.alloc(state.esp.get(path)?.length ?? 100))
  const flushed = () => {
    pendingEsp = []
  }
  const esp: Esp = {
    ...innerEsp,
    write: (path, content) =>
      call(
        () => {
          innerEsp.write(path, content)
          pendingEsp.push(() => {
            if (aftermath === 'lost') restore(path, undefined)
            if (aftermath === 'torn') torn(path)
          })
        },
        () => innerEsp.write(path, bytesSource(content.read(0, content.size >> 1))),
      ),
    flush: () => call(flushed),
    flushFolder: () => call(flushed),
    rename: (from, to) =>
      call(() => {
        const [old, fresh] = [state.esp.get(to), state.esp.get(from)]
        innerEsp.rename(from, to)
        pendingEsp.push(() => {
          if (aftermath === 'lost') {
            restore(to, old)
            restore(from, fresh)
          }
          if (aftermath === 'torn') torn(to)
        })
      }),
    remove: (path) =>
      call(() => {
        const old = state.esp.get(path)
        innerEsp.remove(path)
        pendingEsp.push(() => {
          if (aftermath === 'lost') restore(path, old)
          if (aftermath === 'torn') restore(path, Buffer.alloc(old?.length ?? 0))
        })
      }),
  }
  return { target: { disk, esp }, calls: () => calls }
}
