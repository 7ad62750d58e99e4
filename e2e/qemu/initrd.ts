import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { part } from '../../scripts/boot-parts.ts'

/** A file of an initial RAM disk. Folders above it are made. */
export interface InitrdFile {
  readonly name: string
  readonly content: Uint8Array
  readonly mode: number
}

const SHELL = 'sh cat echo mount poweroff od insmod sleep mkdir base64 tail tr tar gzip'.split(' ')

/** An initial RAM disk of busybox and a script that runs as the first process. The kernel reads the newc format of cpio. */
export function makeInitrd(script: string, files: readonly InitrdFile[] = []): Buffer {
  const busybox = readFileSync(part('busybox'))
  const all: InitrdFile[] = [
    { name: 'bin/busybox', content: busybox, mode: 0o100755 },
    ...SHELL.map((name) => ({ name: `bin/${name}`, content: Buffer.from('busybox'), mode: 0o120777 })),
    { name: 'init', content: Buffer.from(`#!/bin/sh\n${script}`), mode: 0o100755 },
    ...files,
  ]
  const folders = new Set(['proc', 'sys', 'dev', ...all.flatMap(({ name }) => foldersAbove(name))])
  const entries: InitrdFile[] = [...folders].map((name) => ({ name, content: new Uint8Array(), mode: 0o040755 }))
  const end = { name: 'TRAILER!!!', content: new Uint8Array(), mode: 0 }
  return gzipSync(Buffer.concat([...entries, ...all, end].map(entry)), { level: 1 })
}

/** "070701", then thirteen numbers of eight hex digits, the name with its NUL, the content, both padded to four bytes. */
function entry({ name, content, mode }: InitrdFile, index: number): Buffer {
  const numbers = [index + 1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([padded(Buffer.from(header)), padded(Buffer.from(content))])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}
