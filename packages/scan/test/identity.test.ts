import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aliasOf, libraryAlias } from '../src/identify/aliases.ts'
import { isCommonName } from '../src/identify/commonWords.ts'
import { languageOfName, languageOfPlace } from '../src/identify/ecosystem.ts'
import { identify } from '../src/identify/identity.ts'
import { normaliseName, saidName } from '../src/identify/normalise.ts'
import { productForms } from '../src/identify/productForms.ts'
import { purlOrigin } from '../src/identify/purl.ts'
import { originOf } from '../src/identify/sourceUrl.ts'
import { versionOf } from '../src/identify/version.ts'
import type { Component } from '../src/index.ts'

const names = (component: Component) => [...identify(component).names.keys()]

describe('each kind of evidence', () => {
  test('meta.identifiers: CPE', () => {
    const identity = identify({ name: 'pocket-id-1.0', cpes: ['cpe:2.3:a:pocket-id:pocket_id:1.0:*:*:*:*:*:*:*'] })
    assert.ok(identity.cpes.has('pocket-id:pocket_id'))
    assert.equal(identity.names.get('pocket-id')?.from, 'cpe')
    assert.ok(identity.vendors.has('pocket-id'))
  })

  test('meta.identifiers: purl', () => {
    const identity = identify({ name: 'x-1', purls: ['pkg:github/NixOS/nix@2.3', 'pkg:pypi/Jinja2@3'] })
    assert.ok(identity.repos.has('github.com/nixos/nix'))
    assert.ok(identity.registries.has('PyPI'))
    assert.ok(identity.names.has('jinja2'))
  })

  test('the tables of names', () => {
    assert.deepEqual(names({ name: 'python3-3.12.1', pname: 'python3' }).slice(0, 2), ['cpython', 'python'])
    assert.ok(names({ name: 'expat-2.6.2' }).includes('libexpat'))
    assert.ok(names({ name: 'go_1_22-1.22.3', pname: 'go' }).includes('golang'))
    assert.ok(names({ name: 'linux-xanmod-6.6.1', pname: 'linux-xanmod' }).includes('linux-kernel'))
    assert.ok(names({ name: 'python3.11-torch-2.1.2', pname: 'torch' }).includes('pytorch'))
    assert.equal(aliasOf('pixz'), undefined)
    assert.deepEqual(libraryAlias('PyPI', 'itsdangerous')?.products, ['itsdangerous'])
    assert.equal(libraryAlias('npm', 'jinja2'), undefined)
  })

  test('pname and version from the derivation go before the store name', () => {
    const identity = identify({ name: 'foo-bar-1.0-extra', pname: 'foo-bar', version: '1.0' })
    assert.equal(identity.names.get('foo-bar')?.from, 'pname')
    assert.equal(identity.version?.text, '1.0')
  })

  test('the source: forge, registry, mirror, host', () => {
    const rows: [url: string, repo: string | undefined, ecosystem: string | undefined, vendor: string | undefined][] = [
      ['https://github.com/NixOS/hydra/archive/x.tar.gz', 'github.com/nixos/hydra', undefined, 'nixos'],
      ['https://codeload.github.com/a/b/tar.gz/v1', 'github.com/a/b', undefined, 'a'],
      ['https://gitlab.freedesktop.org/bolt/bolt/-/archive/1/x', 'gitlab.freedesktop.org/bolt/bolt', undefined, 'bolt'],
      [
        'https://gitlab.com/api/v4/projects/wireshark%2Fwireshark/repository/archive.tar.gz?sha=v4',
        'gitlab.com/wireshark/wireshark',
        undefined,
        'wireshark',
      ],
      [
        'https://gitlab.com/interception/linux/tools/-/archive/1/x',
        'gitlab.com/interception/linux/tools',
        undefined,
        'interception',
      ],
      ['mirror://gnu/tar/tar-1.35.tar.xz', undefined, undefined, 'gnu'],
      ['mirror://pypi/u/urllib3/urllib3-2.2.1.tar.gz', undefined, 'PyPI', undefined],
      ['https://crates.io/api/v1/crates/ripgrep/14.0/download', undefined, 'crates.io', undefined],
      ['https://registry.npmjs.org/lodash/-/lodash-4.17.21.tgz', undefined, 'npm', undefined],
      ['mirror://cpan/authors/id/S/SR/SRI/Mojolicious-9.34.tar.gz', undefined, 'CPAN', undefined],
      ['https://hackage.haskell.org/package/pandoc-3.1/pandoc-3.1.tar.gz', undefined, 'Hackage', undefined],
      ['https://rubygems.org/gems/rexml-3.2.8.gem', undefined, 'RubyGems', undefined],
      ['https://www.openssl.org/source/openssl-3.0.13.tar.gz', undefined, undefined, 'openssl'],
      ['mirror://sourceforge/infozip/zip30.tar.gz', undefined, undefined, 'infozip'],
      ['not a url', undefined, undefined, undefined],
    ]
    for (const [url, repo, ecosystem, vendor] of rows) {
      const origin = originOf(url)
      assert.deepEqual([origin.repo, origin.ecosystem, origin.vendor], [repo, ecosystem, vendor], url)
    }
  })

  test('the place in nixpkgs', () => {
    assert.equal(languageOfPlace('python312Packages.requests', undefined)?.ecosystem, 'PyPI')
    assert.equal(languageOfPlace(undefined, 'pkgs/development/perl-modules/x.nix')?.ecosystem, 'CPAN')
    assert.equal(identify({ name: 'requests-2.31.0', attribute: 'python3Packages.requests' }).ecosystem?.name, 'PyPI')
  })

  test('the prefix of a language', () => {
    const rows = [
      ['python3.12-requests', 'PyPI', 'requests'],
      ['perl5.38.2-Mojolicious', 'CPAN', 'Mojolicious'],
      ['ruby3.1-rexml', 'RubyGems', 'rexml'],
      ['lua5.2-lpeg', 'LuaRocks', 'lpeg'],
      ['node_lodash', 'npm', 'lodash'],
    ]
    for (const [name, ecosystem, bare] of rows) {
      const language = languageOfName(name!)
      assert.deepEqual([language?.ecosystem, language?.name], [ecosystem, bare])
    }
    assert.equal(languageOfName('python3'), undefined)
    assert.equal(languageOfName('perl'), undefined)
  })

  test('a program whose name begins like a language is no library of it', () => {
    assert.equal(identify({ name: 'php-composer-2.7.6', pname: 'php-composer' }).ecosystem, undefined)
    assert.equal(identify({ name: 'python3.12-redis-5.0.1', pname: 'redis' }).ecosystem?.name, 'PyPI')
  })

  test('variants and outputs', () => {
    assert.ok(names({ name: 'foo-unwrapped-1.0' }).includes('foo'))
    assert.ok(names({ name: 'git-minimal-2.44.0' }).includes('git'))
    assert.equal(versionOf({ name: 'curl-8.7.1-bin' })?.text, '8.7.1')
    assert.ok(!names({ name: 'bluez-qt-5.45.0' }).includes('bluez'))
  })

  test('editions are products of their own', () => {
    assert.ok(names({ name: 'firefox-unwrapped-115.9.0esr', pname: 'firefox-unwrapped' }).includes('firefox-esr'))
    assert.ok(!names({ name: 'firefox-unwrapped-115.9.0', pname: 'firefox-unwrapped' }).includes('firefox-esr'))
  })
})

test('versions, less what nixpkgs adds', () => {
  const rows: [name: string, text: string | undefined, snapshot?: boolean, edition?: string][] = [
    ['glibc-2.40-66', '2.40', false],
    ['webkitgtk-2.42.5+abi=4.1', '2.42.5', false],
    ['newlib-4.3.0.20230120', '4.3.0', false],
    ['ncurses-6.4.20221231', '6.4.20221231', false],
    ['hydra-0-unstable-2024-03-08', '0', true],
    ['foo-1.2-unstable-2024-01-02', '1.2', true],
    ['hydra-2023-12-24', '2023-12-24', true],
    ['firefox-115.9.0esr', '115.9.0', false, 'esr'],
    ['bind-9.18.11-S1', '9.18.11-S1', false, 's1'],
    ['source', undefined],
  ]
  for (const [name, text, snapshot, edition] of rows) {
    const version = versionOf({ name })
    assert.deepEqual([version?.text, version?.snapshot, version?.edition], [text, snapshot, edition], name)
  }
  assert.equal(versionOf({ name: 'openssh-9.7p1' })?.plain, '9.7')
  assert.equal(versionOf({ name: 'ntp-4.2.8p15' })?.plain, undefined)
})

test('what a record may mean with a product', () => {
  const rows: [product: string, vendor: string | undefined, meant: string, never?: string][] = [
    ['pgAdmin 4', 'pgadmin.org', 'pgadmin'],
    ['Apache Xerces C++', 'Apache Software Foundation', 'xerces-c'],
    ['G Structured File Library (libgsf)', 'GNOME Project', 'libgsf'],
    ['Intel(R) ISPC software', undefined, 'ispc'],
    ['https://github.com/curl/curl', undefined, 'curl'],
    ['vim/vim', 'vim', 'vim'],
    ['BIND 9', 'ISC', 'bind'],
    ['CPAN.pm', undefined, 'cpan'],
    ['Ruby on Rails', undefined, 'rails'],
    ['Mono 6.12.0', 'Microsoft', 'mono'],
    ['github.com/gomarkdown/markdown/v2', undefined, 'markdown'],
    ['Vault Enterprise', 'HashiCorp', 'vault-enterprise', 'vault'],
    ['grpc-node', 'grpc', 'grpc-node', 'grpc'],
    ['node-tar', 'node-tar_project', 'node-tar', 'tar'],
    ['Jenkins Git Plugin', 'Jenkins project', 'git-plugin', 'git'],
  ]
  for (const [product, vendor, meant, never] of rows) {
    const forms = productForms(product, vendor)
    assert.ok(forms.includes(meant), `${product}: ${forms}`)
    if (never !== undefined) assert.ok(!forms.includes(never), `${product}: ${forms}`)
  }
})

test('names as keys', () => {
  assert.equal(normaliseName('Node.js'), 'node-js')
  assert.equal(normaliseName('libstdc++'), 'libstdc++')
  assert.equal(normaliseName('wpa_supplicant'), 'wpa-supplicant')
  assert.equal(saidName('n/a'), undefined)
  assert.equal(saidName('Unspecified'), undefined)
  assert.ok(isCommonName('bolt') && isCommonName('epm') && !isCommonName('tcpreplay'))
  assert.deepEqual(purlOrigin('pkg:npm/%40babel/traverse@7'), { ecosystem: 'npm', name: '@babel/traverse' })
})
