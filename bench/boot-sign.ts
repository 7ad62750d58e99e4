import { spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePe } from '../packages/binary/src/pe.ts'
import { makePe, TEXT } from '../packages/binary/test/pe-fixture.ts'
import { authenticodeHash } from '../packages/boot/src/index.ts'
import { fileSource } from '../packages/core/src/file-source.ts'

/**
 * `./firn node bench/boot-sign.ts [FOLDER]`: sign and verify a program of 60 MB, whole processes, beside sbsign, sbverify
 * and osslsigncode; the programs take turns, so that all see the same machine. Then a batch of 20 files, and how fast the
 * hash itself is. FOLDER is where the files lie (default: the system's folder for temporary files).
 */
const SIZE = 60_000_000
const ROUNDS = 15
const BATCH = 20
const firn = new URL('../firn', import.meta.url).pathname
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'firn-bench-'))
const at = (name: string) => join(folder, name)

type Words = readonly [program: string, ...args: string[]]

function run([program, ...args]: Words): number {
  const started = performance.now()
  const { status, stderr } = spawnSync(program, args, { cwd: folder })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`)
  return performance.now() - started
}

/** The least and the middle of each program's times. The least says most on a machine that does other things. */
function race(title: string, racers: Readonly<Record<string, Words>>): void {
  const times = new Map(Object.keys(racers).map((name) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, words] of Object.entries(racers)) {
      rmSync(at(`out-${name}`), { force: true })
      times.get(name)!.push(run(words))
    }
  }
  const least = (name: string) => Math.min(...times.get(name)!)
  const middle = (name: string) => times.get(name)!.sort((a, b) => a - b)[ROUNDS >> 1]!
  const others = Object.keys(racers).filter((name) => name !== 'firn')
  console.log(
    `${title}: ${Object.keys(racers)
      .map((name) => `${name} ${least(name).toFixed(0)} (${middle(name).toFixed(0)})`)
      .join(', ')} ms`,
  )
  const behind = (of: (name: string) => number) => of('firn') - Math.min(...others.map(of))
  console.log(
    `  firn behind the fastest: ${behind(least).toFixed(0)} (${behind(middle).toFixed(0)}) ms; allowed are 100`,
  )
}

try {
  const content = randomFillSync(Buffer.alloc(SIZE))
  writeFileSync(at('plain.efi'), makePe({ sections: [TEXT, { name: '.initrd', content }] }))
  run([firn, 'boot', 'keys', 'create', '-o', 'keys', '--only', 'db'])
  const [key, cert] = ['keys/db.key', 'keys/db.pem']
  const sign: Words = [firn, 'boot', 'sign', '--key', key, '--cert', cert, 'plain.efi', '-o', 'out-firn']
  run(sign)
  copyFileSync(at('out-firn'), at('signed.efi'))
  console.log(
    `machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}; least (middle) of ${ROUNDS} runs`,
  )
  race('sign 60 MB', {
    firn: sign,
    sbsign: ['sbsign', '--key', key, '--cert', cert, '--output', 'out-sbsign', 'plain.efi'],
    osslsigncode: [
      'osslsigncode',
      'sign',
      '-certs',
      cert,
      '-key',
      key,
      '-h',
      'sha256',
      '-in',
      'plain.efi',
      '-out',
      'out-osslsigncode',
    ],
  })
  race('verify 60 MB', {
    firn: [firn, 'boot', 'verify', '--cert', cert, 'signed.efi'],
    sbverify: ['sbverify', '--cert', cert, 'signed.efi'],
    osslsigncode: ['osslsigncode', 'verify', '-CAfile', cert, '-in', 'signed.efi'],
  })
  const files = Array.from({ length: BATCH }, () => 'signed.efi')
  const batch = Math.min(...Array.from({ length: 3 }, () => run([firn, 'boot', 'verify', '--cert', cert, ...files])))
  const single = Math.min(
    ...Array.from({ length: 3 }, () => files.reduce((sum, file) => sum + run(['sbverify', '--cert', cert, file]), 0)),
  )
  console.log(
    `verify ${BATCH} files: firn in one process ${batch.toFixed(0)} ms, ${BATCH} runs of sbverify ${single.toFixed(0)} ms`,
  )
  const source = fileSource(at('plain.efi'))
  const pe = parsePe(source)
  const rate = (hash: () => unknown) => {
    const ms = Math.min(
      ...Array.from({ length: 5 }, () => {
        const started = performance.now()
        hash()
        return performance.now() - started
      }),
    )
    return `${(SIZE / 1e6 / ms).toFixed(2)} GB/s`
  }
  console.log(
    `hashing: from the file ${rate(() => authenticodeHash(source, pe))}, SHA-256 alone ${rate(() => createHash('sha256').update(content).digest())}`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
