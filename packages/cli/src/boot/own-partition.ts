import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isMountPoint } from '@firn/boot/esp'
import type { Volume } from '@firn/boot/explain'

/** Where Linux tells of devices. */
const PLACES = { devices: '/sys/dev/block', ids: '/dev/disk/by-partuuid' }

/**
 * Which partition is mounted on a folder: boot entries name theirs, and one of another disk must not be looked for here.
 * Undefined where that cannot be told: a copy, an image that is mounted, no udev.
 */
export function mountedPartition(folder: string, places = PLACES): Volume['partition'] {
  try {
    if (!isMountPoint(folder)) return undefined
    const { dev } = statSync(folder)
    const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
    const facts = readFileSync(join(places.devices, `${major}:${minor}`, 'uevent'), 'utf8')
    const fact = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(facts)?.[1]
    const [name, number] = [fact('DEVNAME'), Number(fact('PARTN'))]
    const id = readdirSync(places.ids).find((link) => basename(readlinkSync(join(places.ids, link))) === name)
    return name === undefined || id === undefined || !(number > 0) ? undefined : { number, id: id.toLowerCase() }
  } catch {
    return undefined
  }
}
