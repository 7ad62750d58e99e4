import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needsRoot } from '../scripts/needs.ts'
import { firn, OFFLINE, sample, scratch, start } from './tracker/run.ts'

/** Do something on a small ext4 of its own. */
async function onDisk(name: string, megabytes: number, act: (place: string) => Promise<void>): Promise<void> {
  const [image, place] = [join(scratch, `${name}.img`), join(scratch, name)]
  closeSync(openSync(image, 'w'))
  truncateSync(image, megabytes * 2 ** 20)
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image], { env: { PATH: `${process.env.PATH}:/sbin:/usr/sbin` } })
  mkdirSync(place)
  execFileSync('mount', ['-o', 'loop', image, place])
  try {
    await act(place)
  } finally {
    execFileSync('umount', [place])
  }
}

/** Write a file until so many bytes are left. */
function fill(place: string, left: number): string {
  const ballast = join(place, 'ballast')
  const file = openSync(ballast, 'w')
  const piece = Buffer.alloc(1 << 18, 1)
  for (;;) {
    const { bavail, bsize } = statfsSync(place)
    const room = bavail * bsize - left
    if (room < 4096) break
    writeSync(file, piece, 0, Math.min(piece.length, room))
  }
  closeSync(file)
  return ballast
}

const ZIP = sample('2024-10-24_delta_CVEs_sample.zip')

test('a disk with no room for a database is told before anything is made', needsRoot('mkfs.ext4'), async () => {
  await onDisk('tiny', 64, async (place) => {
    for (const words of [
      ['tracker', 'import', ZIP],
      ['serve', '--port', '0'],
    ]) {
      const { status, stderr } = await firn(join(place, 'data'), words)
      assert.equal(status, 4, stderr)
      assert.match(stderr, /tiny\/data.*: no space left on the disk\n/)
    }
  })
})

test(
  'a disk that fills during an import loses nothing, and the import goes on later',
  needsRoot('mkfs.ext4'),
  async (t) => {
    await onDisk('small', 256, async (place) => {
      const folder = join(place, 'data')
      const first = await firn(folder, ['tracker', 'import', sample('packages-nixos-17.09.json.gz')])
      assert.equal(first.status, 0, first.stderr)
      // With these left: none for the copy, some for the copy but not for the batches.
      for (const left of [100_000, 1_000_000, 2_000_000]) {
        const ballast = fill(place, left)
        const full = await firn(folder, ['tracker', 'import', ZIP])
        t.diagnostic(`${left} bytes left: exit ${full.status}: ${full.stderr.trim().split('\n').at(-2)}`)
        rmSync(ballast)
        assert.equal(full.status, 4, full.stderr)
        assert.match(full.stderr, /small\/data.*: no space left on the disk\n {2}free some space/)
        const status = await firn(folder, ['tracker', 'status'])
        assert.match(status.stdout, /820 packages/, status.stderr)
      }
      const again = await firn(folder, ['tracker', 'import', ZIP])
      assert.equal(again.status, 0, again.stderr)
      assert.match((await firn(folder, ['tracker', 'status'])).stdout, /1,059 cves/)
    })
  },
)

test(
  'a server whose disk fills goes on answering, and imports again when there is room',
  needsRoot('mkfs.ext4'),
  async () => {
    await onDisk('served', 256, async (place) => {
      const folder = join(place, 'data')
      const server = start(folder, ['serve', '--port', '0', '--no-sync', '--no-sample'], OFFLINE)
      const [, url] = await server.said(/^firn tracker: (http:\S+)$/m)
      try {
        const ballast = fill(place, 1_000_000)
        const full = await firn(folder, ['tracker', 'import', ZIP])
        assert.equal(full.status, 4, full.stderr)
        assert.match(full.stderr, /no space left on the disk/)
        assert.equal((await fetch(`${url}/status`)).status, 200)
        rmSync(ballast)
        const again = await firn(folder, ['tracker', 'import', ZIP])
        assert.equal(again.status, 0, again.stderr)
        assert.equal((await fetch(`${url}/cve/CVE-2022-2586`)).status, 200)
      } finally {
        server.child.kill('SIGTERM')
        await server.ended
      }
    })
  },
)
