import { openFeedRecords, parseCveRecord } from '@firn/advisories'
import { advisoryFromCve, advisoryNames, type Component, decide, mergeAdvisories } from '../../src/index.ts'

const COMPONENTS: readonly Component[] = [
  { name: 'curl-7.86.0', patches: ['CVE-2022-43552.patch'] },
  { name: 'linux-6.6.30', system: 'x86_64-linux' },
  {
    name: 'python3.11-django-4.2.14',
    pname: 'django',
    version: '4.2.14',
    sources: ['mirror://pypi/D/Django/x.tar.gz'],
  },
  { name: 'bind-9.18.11-S1' },
  { name: 'hydra-0-unstable-2024-03-08', sources: ['https://github.com/NixOS/hydra/archive/x.tar.gz'] },
  { name: 'source' },
]

export const corpus: Uint8Array[] = []
const records = await openFeedRecords(
  new URL('../../../../fixtures/accuracy/records.zip', import.meta.url).pathname,
  'cve',
)
for await (const entry of records.read()) {
  if ('bytes' in entry && entry.bytes.length < 6_000 && corpus.length < 40) corpus.push(entry.bytes)
}
records.close()

/** Any record that can be read gives every component a verdict, with evidence. */
export function target(bytes: Uint8Array): void {
  const advisory = advisoryFromCve(parseCveRecord(bytes).record)
  advisoryNames(advisory)
  for (const component of COMPONENTS) {
    const { verdict, reason, evidence } = decide(
      component,
      mergeAdvisories([advisory, { ...advisory, aliases: ['GHSA-x'] }]),
    )
    if ((verdict === 'undetermined') !== (reason !== undefined)) throw new Error(`${verdict} because of ${reason}`)
    if (!Array.isArray(evidence)) throw new Error('no evidence')
  }
}
