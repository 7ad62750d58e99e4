import { UserError } from '@firn/core'

/** A kernel's configuration: option without CONFIG_, and what it is set to; what is not set is absent. */
export type KernelConfig = ReadonlyMap<string, string>

/** Parse a `.config`: `CONFIG_X=y` a line, texts in double quotes. Errors: a file that has no such line. */
export function parseKernelConfig(text: string): KernelConfig {
  const config = new Map<string, string>()
  for (const [, name, raw] of text.matchAll(/^CONFIG_([A-Za-z0-9_]+)=(.*)$/gm)) {
    config.set(name!, raw!.trim().replace(/^"(.*)"$/, '$1'))
  }
  if (config.size === 0) {
    throw new UserError('not a configuration of a kernel: no line begins with CONFIG_', 'give its .config file')
  }
  return config
}

/** How a kernel comes to be locked down, in words; or what it lacks. Undefined when nothing can be said. */
export interface Lockdown {
  readonly enforced: boolean
  readonly text: string
}

/**
 * Whether a kernel restricts root under Secure Boot (kernel_lockdown(7)). Two ways: the kernel was built to (a patch that
 * Debian, Fedora and others carry adds LOCK_DOWN_IN_EFI_SECURE_BOOT; upstream can only force it for every boot), or the
 * signed command line says so and the security module is there to read it.
 */
export function lockdownOf(config: KernelConfig | undefined, cmdline: string | undefined): Lockdown | undefined {
  const word = /(?:^|\s)lockdown=(integrity|confidentiality)(?:\s|$)/.exec(cmdline ?? '')?.[1]
  if (config === undefined) {
    return word === undefined ? undefined : { enforced: true, text: `the signed command line says lockdown=${word}` }
  }
  if (config.get('SECURITY_LOCKDOWN_LSM') !== 'y') {
    return { enforced: false, text: 'the kernel is built without CONFIG_SECURITY_LOCKDOWN_LSM' }
  }
  const built = FORCED.find((name) => config.get(name) === 'y')
  if (built !== undefined) return { enforced: true, text: `the kernel is built with CONFIG_${built}` }
  const reads = config.get('SECURITY_LOCKDOWN_LSM_EARLY') === 'y' || (config.get('LSM') ?? '').includes('lockdown')
  if (word !== undefined && reads) {
    return { enforced: true, text: `the signed command line says lockdown=${word}, and the kernel has the module` }
  }
  const text =
    word === undefined
      ? 'nothing in the configuration or the signed command line switches lockdown on'
      : 'the command line asks for lockdown, but CONFIG_LSM does not list it and it is not started early'
  return { enforced: false, text }
}

const FORCED = [
  'LOCK_DOWN_IN_EFI_SECURE_BOOT',
  'LOCK_DOWN_KERNEL_FORCE_INTEGRITY',
  'LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY',
]
