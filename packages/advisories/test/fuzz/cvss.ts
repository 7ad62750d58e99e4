import { scoreCvss } from '../../src/index.ts'

export const corpus = [
  '(AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L)',
  'CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H/E:U/RL:O/RC:C/MAV:L/MS:U/CR:H',
  'CVSS:3.1/AV:P/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N',
  'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:H/VI:L/VA:N/SC:H/SI:L/SA:N/E:P/CR:M/MSI:S/U:Amber',
].map((vector) => Buffer.from(vector))

export function target(bytes: Uint8Array): void {
  const scored = scoreCvss(Buffer.from(bytes).toString())
  for (const score of scored === undefined ? [] : [scored.score, scored.overall]) {
    if (!(score >= 0 && score <= 10)) throw new Error(`a score of ${score}`)
  }
}
