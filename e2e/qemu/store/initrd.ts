import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildInitrd } from '@firn/appliance'
import { part } from '../../../scripts/boot-parts.ts'
import { findProgram } from '../../../scripts/needs.ts'

const ROOT = new URL('../../..', import.meta.url).pathname
/** What `firn store` imports, below packages/. */
const ROOMS = ['attest', 'binary', 'cli', 'core', 'image', 'nix', 'report', 'store']

/** Node compiles each file once for all its starts. */
const BEGIN = `#!/bin/sh
export PATH=/bin HOME=/run NODE_COMPILE_CACHE=/run/compile
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
mkdir -p /firn/node_modules/@firn
for room in ${ROOMS.join(' ')}; do ln -s ../../packages/$room /firn/node_modules/@firn/$room; done
printf '#!/bin/sh\\nexec node --disable-warning=ExperimentalWarning /firn/packages/cli/src/main.ts "$@"\\n' >/bin/firn
chmod +x /bin/firn /util-linux/*
while read -r kind names; do [ "$kind" = any ] || insmod "/modules/$names.ko" 2>/dev/null; done </modules/order
`

/**
 * An initial RAM disk with firn, Node and `fsverity` of this machine, whose first process is `script`, for the kernel
 * `kernel-verity`. `files` are put into it by their paths.
 */
export function firnInitrd(script: string, files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const sources = globSync(`packages/{${ROOMS.join()}}/{package.json,src/**/*.{ts,sh}}`, { cwd: ROOT })
  return buildInitrd({
    kernelModules: kernelModules(),
    modules: ['erofs', 'overlay'],
    // findmnt for its libraries, which are those of util-linux's mount.
    programs: [
      part('busybox'),
      ...[findProgram('veritysetup')!, findProgram('fsverity')!, process.execPath, '/bin/bash', '/usr/bin/findmnt'],
    ],
    init: `${BEGIN}${script}`,
    files: {
      'firn/package.json': readFileSync(join(ROOT, 'package.json')),
      ...Object.fromEntries(sources.map((path) => [`firn/${path}`, readFileSync(join(ROOT, path))])),
      'util-linux/mount': readFileSync('/bin/mount'),
      'util-linux/umount': readFileSync('/bin/umount'),
      ...files,
    },
    fast: true,
  })
}

/** lib/modules/VERSION of that kernel, with the lists that depmod makes: the package leaves that to whoever installs it. */
function kernelModules(): string {
  const folder = join(part('modules-verity'), '..')
  if (!existsSync(join(folder, 'modules.dep')))
    execFileSync(findProgram('depmod')!, ['-b', join(folder, '../../..'), basename(folder)])
  return folder
}
