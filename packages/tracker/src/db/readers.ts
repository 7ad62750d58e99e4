import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'

/** So long a writer waits at most: under a steady stream of readers it goes on all the same. */
const MOST_MS = 250
const LOOK_MS = 2

/**
 * Who is reading. An embedded database works in our own thread and answers without a turn of the event loop: a long job
 * that asked it again and again would let nobody else come to word, not even a request that has just arrived. So before
 * each transaction writers let the loop turn, and whoever reads end first.
 */
export class Readers {
  #reading = 0

  async during<T>(act: () => Promise<T>): Promise<T> {
    this.#reading++
    try {
      return await act()
    } finally {
      this.#reading--
    }
  }

  /** Let what has arrived begin; then wait until nobody reads, or for a quarter of a second. */
  async giveWay(): Promise<void> {
    const until = performance.now() + MOST_MS
    await turn()
    while (this.#reading > 0 && performance.now() < until) await sleep(LOOK_MS)
  }
}
