import { jsonMembers } from '../../src/index.ts'

export const corpus = ['{"a":{"b":[1,{"c":"\\"}"}],"d":null},"e": ,"f":2}', '[1,[2],{}]', '{}'].map((text) =>
  Buffer.from(text),
)

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

export async function target(bytes: Uint8Array): Promise<void> {
  for (const path of [[], ['a'], ['a', 'b']]) await Array.fromAsync(jsonMembers(inPieces(bytes), path, 'file'))
}
