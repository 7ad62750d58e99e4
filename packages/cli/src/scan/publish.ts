import { UserError } from '@firn/core'
import { type VexFormat, writeVex } from '@firn/scan'
import type { Io } from '../command.ts'
import { version } from '../version.ts'
import type { Matched } from './matched.ts'
import type { Subject } from './subject.ts'

/** The findings as a VEX document for others. `SOURCE_DATE_EPOCH` sets its time. */
export async function printVex(
  format: VexFormat,
  subject: Subject,
  matched: Matched,
  author: { readonly name: string | undefined; readonly uri: string | undefined },
  io: Io,
): Promise<string> {
  if (author.uri !== undefined && !URL.canParse(author.uri)) {
    throw new UserError(`--author-uri ${author.uri}: this is no URI`, 'give one that is yours: https://example.org')
  }
  return writeVex(format, subject.label, matched.findings, subject.composition.components, {
    name: author.name ?? 'a user of firn',
    namespace: author.uri ?? 'urn:firn:user',
    created: createdAt(io.env.SOURCE_DATE_EPOCH),
    toolVersion: version(),
  })
}

function createdAt(epoch: string | undefined): Date {
  const seconds = epoch === undefined || epoch === '' ? Number.NaN : Number(epoch)
  return new Date(Number.isSafeInteger(seconds) ? seconds * 1000 : Date.now())
}
