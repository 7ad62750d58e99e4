import { openTracker, type Tracker } from '../src/open.ts'

/** All feeds are off but those that `env` names. */
const OFF = Object.fromEntries(
  ['CVE', 'KEV', 'EPSS', 'OSV', 'NVD', 'CHANNELS'].map((name) => [`FIRN_FEED_${name}`, 'off']),
)

export function open(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  signal = new AbortController().signal,
): Promise<Tracker> {
  return openTracker({ version: '1.2.3', env: { ...OFF, FIRN_DATA_DIR: folder, ...env }, signal })
}
