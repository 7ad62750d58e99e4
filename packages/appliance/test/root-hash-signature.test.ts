import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodePem } from '@firn/attest'
import { needs } from '../../../scripts/needs.ts'
import { identity } from '../../attest/test/authority.ts'
import { signRootHash } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-roothash-'))
after(() => rmSync(folder, { recursive: true }))
const put = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const ROOT = 'b2c4cf8f468b80c9cfa631d38fb4e4592dc137a89b8b473c96b314ba738d1d46'

for (const kind of ['rsa-2048', 'ec-p256'] as const) {
  test(`openssl accepts what a ${kind} key signed, and nothing else`, needs('openssl'), async () => {
    const who = await identity('Owner of the store', {}, undefined, kind)
    const signing = { signer: who.signer, options: { certificates: [who.certificate] } } as const
    const signature = put('roothash.p7s', await signRootHash(ROOT, signing))
    const cert = put('cert.pem', encodePem(who.certificate.encoded, 'CERTIFICATE'))
    const check = (program: 'smime' | 'cms', text: string) => {
      const words = ['-verify', '-binary', '-inform', 'der', '-in', signature, '-content', put('roothash', text)]
      return spawnSync('openssl', [program, ...words, '-CAfile', cert, '-purpose', 'any'], { encoding: 'utf8' })
    }
    for (const program of ['smime', 'cms'] as const) {
      const { status, stdout, stderr } = check(program, ROOT)
      assert.equal(status, 0, stderr)
      assert.equal(stdout, ROOT)
      assert.notEqual(check(program, ROOT.replace('b2', 'b3')).status, 0)
      assert.notEqual(check(program, `${ROOT}\n`).status, 0)
    }
    const shown = spawnSync('openssl', ['cms', '-cmsout', '-print', '-inform', 'der', '-in', signature], {
      encoding: 'utf8',
    })
    assert.match(shown.stdout, /eContent: <ABSENT>/)
    assert.match(shown.stdout, /signedAttrs:\s+<ABSENT>/)
  })
}

test('only a root hash is signed', async () => {
  const who = await identity('Owner of the store')
  const signing = { signer: who.signer, options: { certificates: [who.certificate] } } as const
  for (const text of ['', ROOT.toUpperCase(), `${ROOT}0`]) {
    assert.throws(() => signRootHash(text, signing), { name: 'UserError' })
  }
})
