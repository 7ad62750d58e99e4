import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { encodePem } from '@firn/attest'
import { type ByteSource, bytesSource } from '@firn/binary/source'
import type { Identity } from '../../attest/test/authority.ts'
import {
  type ImageReport,
  inspectImage,
  NO_TRUST,
  SIGNATURE_TYPE,
  type SignatureList,
  type Trust,
} from '../src/index.ts'

/** A folder of the test file's own, gone when it ends; `put` writes a file into it. */
export function workFolder(): {
  readonly path: string
  readonly put: (name: string, content: Uint8Array | string) => string
} {
  const path = mkdtempSync(join(tmpdir(), 'firn-boot-'))
  after(() => rmSync(path, { recursive: true }))
  return {
    path,
    put: (name, content) => {
      writeFileSync(join(path, name), content)
      return join(path, name)
    },
  }
}

export function bytesOf(source: ByteSource): Buffer {
  return Buffer.from(source.read(0, source.size))
}

export function inspectBytes(bytes: Uint8Array): ImageReport {
  return inspectImage(bytesSource(bytes))
}

export function certPem({ certificate }: Identity): string {
  return encodePem(certificate.encoded, 'CERTIFICATE')
}

export function trustIn(...identities: readonly Identity[]): Trust {
  return { ...NO_TRUST, certificates: identities.map(({ certificate }) => ({ certificate, from: 'test' })) }
}

const OWNER = '11111111-2222-3333-4444-555555555555'

export function certificateList({ certificate }: Identity): SignatureList {
  return { type: SIGNATURE_TYPE.x509, header: new Uint8Array(), entries: [{ owner: OWNER, data: certificate.encoded }] }
}

export function hashList(...hashes: readonly Uint8Array[]): SignatureList {
  return {
    type: SIGNATURE_TYPE.sha256,
    header: new Uint8Array(),
    entries: hashes.map((data) => ({ owner: OWNER, data })),
  }
}
