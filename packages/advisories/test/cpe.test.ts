import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cpe, ecosystemOfCollection, parseCpe, printCpe } from '../src/index.ts'

test('formatted strings and URIs of CPE', () => {
  const name = parseCpe('cpe:2.3:a:gnu:c\\+\\+_lib:1.0\\:rc:*:-:*:*:node.js:x64:*')!
  assert.deepEqual(
    [name.part, name.vendor, name.product, name.version, name.update, name.edition, name.targetSw, name.targetHw],
    ['a', 'gnu', 'c++_lib', '1.0:rc', '*', '-', 'node.js', 'x64'],
  )
  const uri = parseCpe('cpe:/a:redhat:openshift_container_platform:3.11::el7')!
  assert.deepEqual(
    [uri.vendor, uri.product, uri.version, uri.update, uri.edition],
    ['redhat', 'openshift_container_platform', '3.11', '*', 'el7'],
  )
  assert.equal(parseCpe('cpe:/o:linux:linux_kernel')!.version, '*')
  assert.equal(parseCpe('cpe:/a:x:y%2bz')!.product, 'y+z')
  assert.equal(parseCpe('cpe:/a:x:100%')!.product, '100%')
})

test('what is no CPE name is none', () => {
  for (const text of [
    '',
    'gnu:hello',
    'cpe:2.3:a:gnu:hello',
    'cpe:2.3:a:ibm:cpe:2.3:a:ibm:security_qradar_edr:3.12:*:*:*:*:*:*:*',
    'cpe:2.3:x:gnu:hello:*:*:*:*:*:*:*:*',
    'cpe:2.3:a::hello:*:*:*:*:*:*:*:*',
    'cpe:/a:gnu',
    'cpe:/a:b:c:d:e:f:g:h',
  ]) {
    assert.equal(parseCpe(text), undefined, text)
  }
  fc.assert(fc.property(fc.string(), (text) => void parseCpe(`cpe:2.3:${text}`)))
})

test('a name is printed and read back the same', () => {
  const part = fc.string({ minLength: 1, unit: fc.constantFrom(...'ab1._-*?:\\/+ ~é') })
  const fields = fc.record({
    ...{ vendor: part, product: part, version: part, update: part, edition: part, language: part },
    ...{ swEdition: part, targetSw: part, targetHw: part, other: part },
  })
  fc.assert(
    fc.property(fields, fc.constantFrom('a', 'o', 'h'), (rest, type) => {
      const cpe: Cpe = { part: type, ...rest }
      assert.deepEqual(parseCpe(printCpe(cpe)), cpe)
    }),
  )
})

test('a collection stands for an ecosystem by its host, never by a likeness of it', () => {
  for (const [url, ecosystem] of [
    ['https://registry.npmjs.org', 'npm'],
    ['https://www.npmjs.com/package/x', 'npm'],
    ['pypi.org/project/x', 'PyPI'],
    ['https://wordpress.org/plugins', 'WordPress'],
    ['https://crates.io', 'crates.io'],
    ['https://repo.maven.apache.org/maven2', 'Maven'],
    ['https://launchpad.net/ubuntu/+source/x', 'Distribution'],
    ['https://launchpad.net/x', undefined],
    ['https://pypi.org.evil.example', undefined],
    ['https://notpypi.org', undefined],
    ['none', undefined],
    ['', undefined],
    ['http://[', undefined],
  ] as const) {
    assert.equal(ecosystemOfCollection(url), ecosystem, url)
  }
})
