import { writeFileSync } from 'node:fs'
import { openFeedRecords } from '../packages/advisories/src/index.ts'
import { type Member, makeZip } from '../scripts/zip-writer.ts'

/**
 * `./firn node bench/multiply.ts ZIP COUNT OUT`: a zip of COUNT CVE records, made of those in ZIP, each again and again
 * under other ids, to see with `ingest` and `match` what years of records to come will cost.
 */
const [source, count, out] = process.argv.slice(2)
if (out === undefined) console.log('usage: ./firn node bench/multiply.ts ZIP COUNT OUT')
else await multiply(source!, Number(count), out)

async function multiply(path: string, total: number, target: string): Promise<void> {
  const feed = await openFeedRecords(path, 'cve')
  const records: { id: string; text: string }[] = []
  for await (const record of feed.read()) {
    if (!('error' in record)) records.push({ id: record.id!, text: Buffer.from(record.bytes).toString() })
  }
  feed.close()
  writeFileSync(target, makeZip(copies(records, total), { zip64: true }))
  console.log(`${target}: ${total} records made of ${records.length}`)
}

/** The first time as they are, then with numbers that no real record has. */
function* copies(records: readonly { id: string; text: string }[], total: number): Generator<Member> {
  for (let made = 0; made < total; made++) {
    const { id, text } = records[made % records.length]!
    const round = Math.floor(made / records.length)
    const fresh = round === 0 ? id : id.replace(/-(\d+)$/, (_, number) => `-${round}${number.padStart(9, '0')}`)
    yield { name: `cves/${fresh}.json`, content: Buffer.from(text.replaceAll(id, fresh)), deflate: true }
  }
}
