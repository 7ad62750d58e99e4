import { readFileSync } from 'node:fs'

/**
 * The first process of an appliance, a script for busybox's shell: it loads the kernel modules, finds the store, lets the
 * kernel check it (dm-verity) or checks a copy in memory (SHA-256), mounts it at /nix/store of a new root in memory, and
 * starts the system's init.
 */
export function initScript(): string {
  return readFileSync(new URL('./init.sh', import.meta.url), 'utf8')
}

/** What that script reads when the command line has `firn.data`: the data partition is opened by the TPM, or made. */
export function dataScript(): string {
  return readFileSync(new URL('./data.sh', import.meta.url), 'utf8')
}

/** The programs of busybox that the scripts run. */
export const APPLETS = [
  ...['cat', 'cp', 'dd', 'grep', 'head', 'insmod', 'losetup', 'mkdir', 'mount', 'od', 'poweroff', 'reboot', 'rm'],
  ...['sed', 'sh', 'sha256sum', 'sleep', 'switch_root', 'tr', 'umount'],
] as const
