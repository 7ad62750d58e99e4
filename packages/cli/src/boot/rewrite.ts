import { type ByteSource, fileSource } from '@firn/binary/source'
import { writeSource } from '@firn/boot/authenticode'
import { namingAsync } from '@firn/core'

/** Write what becomes of a file to another, or to itself: whole or not at all. */
export async function rewriteFile(
  path: string,
  output: string,
  change: (source: ByteSource) => ByteSource | Promise<ByteSource>,
): Promise<void> {
  const source = fileSource(path)
  try {
    writeSource(output, await namingAsync(path, async () => change(source)))
  } finally {
    source.close()
  }
}
