import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Bench } from '../boot/bench.ts'
import { addBusybox, addFirn, useCache } from '../guest.ts'
import type { RunningMachine } from '../machine.ts'
import { imageOf, SYSTEM } from './system.ts'

/**
 * An appliance that does what it is told over its serial line, and tells how that ended: one start of it can answer many
 * questions. It has its ESP at /esp and, when the machine has one, a network. A second disk may bring Node and firn: they
 * are tools of the test, and were they in the store, an emulated machine would hash them for a minute.
 */
const INIT = `
export PATH=/bin HOME=/tmp
stty -echo
for event in /sys/class/block/*/uevent; do
  name=/dev/$(sed -n s/^DEVNAME=//p $event)
  grep -qx PARTNAME=ESP $event && esp=$name disk=\${name%p*}
done
mkdir -p /esp /tmp /tools; mount -t vfat $esp /esp; mount -t tmpfs tmp /tmp
ifconfig eth0 10.0.2.15 2>/dev/null
firn() {
  [ -e /firn ] || start_tools
  /tools/bin/node --disable-warning=ExperimentalWarning /firn/packages/cli/src/main.ts "$@" 2>&1
}
start_tools() {
  mount -t erofs -o ro /dev/nvme1n1 /tools
  for name in lib lib64 usr compile-cache; do ln -s /tools/$name /$name; done
  mkdir /firn && mount -o bind /tools/firn /firn
  ${useCache('/tools/bin/node')}
}
echo "GUEST: up, system $(cat /version)"
number=0
while read -r order; do
  eval "$order"
  echo "GUEST: did $((number += 1)), exit $?"
done
`

/** A disk with Node and firn. */
export function toolsDisk(bench: Bench): string {
  const stage = bench.at('tools')
  mkdirSync(join(stage, 'bin'), { recursive: true })
  addFirn(stage, ['appliance update', 'appliance good'])
  const image = bench.put('tools.img', imageOf(stage))
  rmSync(stage, { recursive: true })
  return image
}

/** A store with that system. `version` is what it says it is; `put`: files of the bench that go into the root. */
export function obedientStore(bench: Bench, version: string, put: readonly string[]): string {
  const store = bench.at(`store-${version}`)
  const root = join(store, basename(SYSTEM))
  mkdirSync(join(root, 'bin'), { recursive: true })
  addBusybox(root)
  writeFileSync(join(root, 'version'), version)
  for (const name of put) copyFileSync(bench.at(name), join(root, name))
  const names = ['bin', 'version', ...put].join(' ')
  const links = `for name in ${names}; do ${SYSTEM}/bin/busybox ln -s ${SYSTEM}/$name /$name; done`
  writeFileSync(join(root, 'init'), `#!${SYSTEM}/bin/busybox sh\n${links}\n${INIT}`)
  chmodSync(join(root, 'init'), 0o555)
  const image = bench.put(`store-${version}.img`, imageOf(store))
  rmSync(store, { recursive: true })
  return image
}

/** A conversation over the serial line: what was said before is not heard twice. */
export class Talk {
  readonly #machine: RunningMachine
  #heard = 0
  #orders = 0

  constructor(machine: RunningMachine) {
    this.#machine = machine
  }

  /** Wait for these words; what was said up to them, and with them. */
  async until(words: RegExp): Promise<string> {
    const { serial } = await this.#machine.waitFor(words, this.#heard)
    const { index, 0: found } = words.exec(serial.slice(this.#heard))!
    const end = this.#heard + index + found.length
    const text = serial.slice(this.#heard, end)
    this.#heard = end
    return text
  }

  /** Wait until the system takes orders. Error: another one does, or none. */
  async up(version: string): Promise<string> {
    this.#orders = 0
    const said = await this.until(
      /GUEST: up, system \S+\n|The machine (stops|restarts)|recovery key:\n|No bootable option/,
    )
    assert.match(said, new RegExp(`GUEST: up, system ${version}\\n`))
    return said
  }

  type(line: string): void {
    this.#machine.type(line)
  }

  /** What an order printed. Error: it did not end with that exit code. */
  async order(line: string, exit = 0): Promise<string> {
    this.type(line)
    const told = await this.until(new RegExp(`GUEST: did ${++this.#orders}, exit (\\d+)\\n`))
    assert.match(told, new RegExp(`exit ${exit}\\n$`), `${line}: ${told}`)
    return told.slice(0, told.lastIndexOf('GUEST: did'))
  }
}
