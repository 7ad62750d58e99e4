import { parseVulnixWhitelist, parseVulnxscanWhitelist } from '../../src/index.ts'

export const corpus: Uint8Array[] = [
  Buffer.from(
    '["openssl-3.0.14"]\ncve = ["CVE-2024-6119"]\nuntil = 2025-01-31\n["*"]\ncve = "CVE-2020-1"\ncomment = ["a"]\n',
  ),
  Buffer.from('"vuln_id","package","comment","whitelist"\n"CVE-2024-.*","openssl","not, ""used""",True\n'),
]

/** The first bytes tell which: a table or a line of columns. */
export async function target(bytes: Uint8Array): Promise<void> {
  const text = Buffer.from(bytes).toString('utf8')
  if (text.startsWith('"vuln')) parseVulnxscanWhitelist(text)
  else await parseVulnixWhitelist(text)
}
