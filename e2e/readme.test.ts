import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const root = new URL('..', import.meta.url).pathname

/** The commands of the README's first example, each with the output printed under it. */
function firstExample(text: string): { command: string; output: string }[] {
  const block = /```console\n([\s\S]*?)```/.exec(text)?.[1]
  assert.ok(block, 'the README begins with an example')
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      return { command: part.slice(0, end), output: part.slice(end + 1) }
    })
}

/** The only thing that may differ from one run to the next. */
function withoutAge(text: string): string {
  return text.replace(/updated \d+ minutes? ago/g, 'updated … ago')
}

test("the README's first screen works as printed", () => {
  const cache = mkdtempSync(join(tmpdir(), 'firn-readme-'))
  try {
    const steps = firstExample(readFileSync(join(root, 'README.md'), 'utf8'))
    assert.ok(steps.length >= 2)
    for (const { command, output } of steps) {
      const [program, ...words] = command.split(' ')
      const ran = spawnSync(program!, words, {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, FIRN_CACHE_DIR: cache, NO_COLOR: '1' },
      })
      assert.equal(ran.status, 0, `${command}: ${ran.stderr}`)
      assert.equal(withoutAge(ran.stdout), withoutAge(output), command)
    }
  } finally {
    rmSync(cache, { recursive: true })
  }
})
