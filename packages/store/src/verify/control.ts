/** What every job has: all workers share its control. */
export interface Controlled {
  readonly control: Control
  /** Bytes a second for one worker. */
  readonly rate?: number
}

/** Work in steps; those between replies are pauses, for a thread that has more to attend to. */
export type Steps<R> = Generator<R | undefined, void, undefined>

/** Shared memory: which task is next, whether to stop, how many bytes were read. */
export interface Control {
  readonly words: Int32Array
  readonly bytes: BigInt64Array
}

/** One after another, for all workers together. */
export function nextTask({ words }: Control): number {
  return Atomics.load(words, STOP) === 0 ? Atomics.add(words, NEXT, 1) : Number.POSITIVE_INFINITY
}

const [NEXT, STOP] = [0, 1]
const PAUSE = 2

export function newControl(): Control {
  return {
    words: new Int32Array(new SharedArrayBuffer(12)),
    bytes: new BigInt64Array(new SharedArrayBuffer(8)),
  }
}

export function stop({ words }: Control): void {
  Atomics.store(words, STOP, 1)
  Atomics.notify(words, PAUSE)
}

export function bytesRead({ bytes }: Control): number {
  return Number(Atomics.load(bytes, 0))
}

/** Thrown out of a reading by who counts the bytes: the person wants to stop. */
export class Stopped extends Error {}

/** Counts, obeys a stop within a quarter of a megabyte, and keeps to the rate. */
export function counter({ control: { words, bytes }, rate }: Controlled): (size: number) => void {
  const started = performance.now()
  let read = 0
  return (size) => {
    Atomics.add(bytes, 0, BigInt(size))
    if (Atomics.load(words, STOP) !== 0) throw new Stopped()
    if (rate === undefined) return
    read += size
    const ahead = (read / rate) * 1000 - (performance.now() - started)
    if (ahead > 1) Atomics.wait(words, PAUSE, 0, ahead)
  }
}
