import { readFileSync } from 'node:fs'
import { UserError } from '@firn/core'
import { type Reading, readPathInfo, readPathsReply, readVersion, readWelcome } from '../../src/daemon-wire.ts'

const recorded = new URL('../../../../fixtures/daemon/dialogue.json', import.meta.url)
const { storeDir, app, dialogue } = JSON.parse(readFileSync(recorded, 'utf8')) as {
  storeDir: string
  app: string
  dialogue: { from: 'client' | 'server'; hex: string }[]
}

export const corpus = dialogue.filter(({ from }) => from === 'server').map(({ hex }) => Buffer.from(hex, 'hex'))

/** Everything that a daemon could answer to anything. */
export function target(bytes: Uint8Array): void {
  const readings: (() => Reading<unknown>)[] = [
    readVersion,
    () => readWelcome(34),
    () => readPathInfo(app, storeDir),
    () => readPathsReply(storeDir),
  ]
  for (const reading of readings) {
    try {
      readWhole(reading(), bytes)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
    }
  }
}

function readWhole(reading: Reading<unknown>, bytes: Uint8Array): void {
  let at = 0
  for (let step = reading.next(); step.done !== true; ) {
    const end = at + step.value
    if (end > bytes.length) return
    step = reading.next(bytes.subarray(at, end))
    at = end
  }
}
