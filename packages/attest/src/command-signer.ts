import type { KeyObject } from 'node:crypto'
import { EXIT, UserError } from '@firn/core'
import { checkedSigner, type Signer } from './signer.ts'

/** A signature has some hundred bytes; who sends more is not a signer. */
const MOST = 64 * 1024

/**
 * A signer behind a program: the bytes to sign on its standard input, the signature (raw bytes) on its standard output,
 * exit code 0. Words go to it as they are; no shell is started.
 */
export function commandSigner(words: readonly [program: string, ...args: string[]], publicKey: KeyObject): Signer {
  return checkedSigner(publicKey, `the signature of ${words[0]}`, (bytes) => runFilter(words, bytes))
}

/** Run a program as a filter. `env` is added to our own environment. */
export async function runFilter(
  [program, ...args]: readonly [string, ...string[]],
  input: Uint8Array,
  env: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  // Loaded here, as few who sign start a program, and all who verify load this file.
  const { spawn } = await import('node:child_process')
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const failed = (why: string) =>
    reject(new UserError(`${program}: ${why}`, 'run it by hand to see what it needs', EXIT.usage))
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const output: Buffer[] = []
  let size = 0
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MOST) output.push(chunk)
    else child.kill()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-2000)
  })
  // A program that signs without reading all of its input closes the pipe early; its exit code tells.
  child.stdin.on('error', () => {})
  child.on('error', (error: NodeJS.ErrnoException) =>
    failed(error.code === 'ENOENT' ? 'there is no such program' : error.message),
  )
  child.on('close', (code) => {
    if (size > MOST) failed(`sent more than ${MOST} bytes`)
    else if (code !== 0)
      failed(
        `failed (${code ?? 'killed'})${complaint === '' ? '' : `: ${complaint.trim().replace(/\s*\n\s*/g, '; ')}`}`,
      )
    else resolve(Buffer.concat(output))
  })
  child.stdin.end(input)
  return promise
}
