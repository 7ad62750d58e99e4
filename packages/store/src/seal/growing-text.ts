/** UTF-8 that grows piece by piece, in memory that is kept for the next text: as strings it would weigh several times as much. */
export class GrowingText {
  #bytes = Buffer.allocUnsafeSlow(1 << 12)
  #used = 0

  clear(): void {
    this.#used = 0
  }

  add(text: string): void {
    this.#room(text.length * 3)
    this.#used += this.#bytes.write(text, this.#used, 'utf8')
  }

  /** What is known to be ASCII. */
  ascii(text: string): void {
    this.#room(text.length)
    this.#used += this.#bytes.write(text, this.#used, 'latin1')
  }

  /** All of it, in memory of its own. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.subarray(0, this.#used))
  }

  #room(size: number): void {
    if (this.#used + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#used + size))
    this.#bytes.copy(larger, 0, 0, this.#used)
    this.#bytes = larger
  }
}
