import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IndexBuilder } from '../src/index/build.ts'
import type { Advisory } from '../src/match/model.ts'

export const never = new AbortController().signal

/** An advisory of one product in all versions. */
export function anAdvisory(id: string, product: string, more: Partial<Advisory> = {}): Advisory {
  const versions = [{ status: 'affected', version: '0', lessThan: '*' } as const]
  return {
    id,
    aliases: [],
    statements: [{ source: 'cna', provider: 'test', product, versions, at: 'containers.cna.affected[0]' }],
    ...more,
  }
}

/** A folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firn-scan-test-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Write an index of these advisories. */
export async function anIndex(
  path: string,
  advisories: readonly Advisory[],
  more: { readonly updated?: Date; readonly decisions?: string } = {},
): Promise<void> {
  const builder = new IndexBuilder(path)
  try {
    for (const advisory of advisories) builder.add('cve', advisory.id, advisory)
    const about = { updated: more.updated ?? new Date('2024-10-25T00:00:00Z'), sources: [], skipped: 0 }
    await builder.finish(about, {
      signal: never,
      ...(more.decisions === undefined ? {} : { decisions: more.decisions }),
    })
  } finally {
    builder.close()
  }
}
