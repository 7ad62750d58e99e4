import { decideRange } from '../../src/match/ranges.ts'
import { parseVersionExpression } from '../../src/match/versionExpression.ts'

const WORDS = new Set(['samba', 'salt', 'ansible', 'java', 'se'])
const TEXTS = [
  '>= 2.42.0, < 2.42.2',
  'Versions prior to samba 4.16.4, samba 4.15.9, samba 4.14.14',
  'Salt masters prior to 3005.2 or 3006.2',
  'Fixed in OpenSSL 1.1.1m (Affected 1.1.1-1.1.1l)',
  '1.x < 1.22.4, 1.x < 1.20.7, 0.10.x',
  'Java SE: 8u131; Java SE Embedded: 8u131',
  '4.5.0 to 4.5.3 (4.5 series)',
]

export const corpus: Uint8Array[] = TEXTS.map((text) => Buffer.from(text))

export function target(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString()
  parseVersionExpression(text, WORDS)
  const ends = { lessThan: text.slice(text.length / 2) }
  decideRange(
    {
      source: 'cna',
      defaultStatus: 'affected',
      versions: [
        { status: 'affected', version: text },
        {
          status: 'unaffected',
          version: text.slice(0, text.length / 2),
          ...ends,
          changes: [{ at: text, status: 'unaffected' }],
        },
      ],
    },
    { text: text.slice(0, 40), snapshot: false },
  )
}
