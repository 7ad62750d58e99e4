import { BLOCK, SLOT } from './erofs-format.ts'

/**
 * Gives inodes their places. What lies in one block together (an inode, its attributes, the tail of its contents) is put
 * into the fullest block that has room, so that tails of all sizes leave little empty. The same sizes in the same order
 * get the same places.
 */
export class Slots {
  /** Where the next fresh block begins. */
  #end: number
  /** Where blocks with room left go on, by how many slots are free in them. */
  readonly #open: number[][] = Array.from({ length: BLOCK / SLOT }, () => [])

  constructor(start: number) {
    this.#end = start
  }

  /** Bytes from the start of the image to the end of the last block that was begun. */
  get end(): number {
    return this.#end
  }

  /** A place for `size` bytes; more than a block begins a block of its own. */
  take(size: number): number {
    const slots = Math.ceil(size / SLOT)
    for (let free = slots; free < this.#open.length; free++) {
      const place = this.#open[free]!.pop()
      if (place !== undefined) return this.#use(place, free, slots)
    }
    const place = this.#end
    const blocks = Math.ceil(size / BLOCK)
    this.#end += blocks * BLOCK
    return this.#use(place, (blocks * BLOCK) / SLOT, slots)
  }

  #use(place: number, free: number, slots: number): number {
    if (free > slots) this.#open[free - slots]!.push(place + slots * SLOT)
    return place
  }
}
