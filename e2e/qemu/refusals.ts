/**
 * What shim's box says when it refuses. The serial line of a busy machine loses letters, so any larger piece of the words
 * will do; who waits for the whole waits until shim gives up, five minutes later.
 */
export const SHIM_REFUSES =
  'Verificat|rification fa|cation failed: |ailed: \\(0x1A|\\(0x1A\\)|(?<!: )Security Violation|SBAT self-check failed'
