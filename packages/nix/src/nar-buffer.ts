const SIZE = 1 << 18

/**
 * The NAR that is being made, as far as it has not gone to the sink: one buffer, used again and again. All that a NAR is
 * put together of fills whole words of eight bytes, so that they can be stored as numbers, without a call for each.
 */
export class NarBuffer {
  readonly size = SIZE
  /** Where contents are read to, from `used` on. */
  readonly bytes = Buffer.allocUnsafeSlow(SIZE)
  readonly #halves = new Int32Array(this.bytes.buffer)
  readonly #view = new DataView(this.bytes.buffer)
  #sink: (bytes: Uint8Array) => void = () => {}
  #start = 0
  /** The end of what is in it. */
  used = 0
  /** Bytes that went to the sink. */
  flushed = 0

  /** Begin another archive. `sink` gets it in pieces that are good during the call only. */
  begin(sink: (bytes: Uint8Array) => void): void {
    this.#sink = sink
    this.#start = 0
    this.used = 0
    this.flushed = 0
  }

  /** Words as `narWords` makes them. */
  put(words: Int32Array): void {
    this.#room(words.length * 4)
    const halves = this.#halves
    const at = this.used / 4
    for (let i = 0; i < words.length; i++) halves[at + i] = words[i]!
    this.used += words.length * 4
  }

  length(value: number): void {
    this.#room(8)
    this.#view.setUint32(this.used, value % 0x1_0000_0000, true)
    this.#view.setUint32(this.used + 4, Math.floor(value / 0x1_0000_0000), true)
    this.used += 8
  }

  /** A string of bytes, a character each (latin1), with its length and padding. */
  text(text: string): void {
    this.length(text.length)
    this.#room(text.length + 7)
    const { bytes } = this
    const at = this.used
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
    this.used += text.length
    this.pad(text.length)
  }

  /** Zeros up to the next word behind something of `size` bytes. */
  pad(size: number): void {
    const end = this.used + (-size & 7)
    while (this.used < end) this.bytes[this.used++] = 0
  }

  /** Hand over what is in it. Within a file's contents, the place in the next word stays the same. */
  flush(): void {
    if (this.used > this.#start) {
      this.flushed += this.used - this.#start
      this.#sink(this.bytes.subarray(this.#start, this.used))
    }
    this.used &= 7
    this.#start = this.used
  }

  #room(size: number): void {
    if (this.used + size > SIZE) this.flush()
  }
}

/** Words of the format, each with its length and padding, to be put into an archive. */
export function narWords(...all: readonly string[]): Int32Array {
  const bytes = new Uint8Array(all.reduce((sum, word) => sum + 8 + Math.ceil(word.length / 8) * 8, 0))
  let at = 0
  for (const word of all) {
    bytes[at] = word.length
    bytes.set(Buffer.from(word, 'latin1'), at + 8)
    at += 8 + Math.ceil(word.length / 8) * 8
  }
  return new Int32Array(bytes.buffer)
}
