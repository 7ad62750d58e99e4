/** UTF-8 that grows piece by piece, in memory that is kept for the next text: as strings it would weigh several times as much. */
export class GrowingText {
  #bytes = Buffer.allocUnsafeSlow(1 << 12)
  #used = 0

  clear(): void {
    this.#used = 0
  }

  add(text: string): void {
    this.#room(text.length * 3)
    const bytes = this.#bytes
    let at = this.#used
    // Few characters, nearly always ASCII: a call out of the language for them would cost more than they.
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) {
        at += bytes.write(text.slice(i), at, 'utf8')
        break
      }
      bytes[at++] = code
    }
    this.#used = at
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
