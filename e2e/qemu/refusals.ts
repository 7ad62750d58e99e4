/**
 * What shim's box says when it refuses. Any larger piece of the words will do: who waits for all of them and misses one waits
 * until shim gives up, five minutes later.
 */
export const SHIM_REFUSES =
  'Verificat|rification fa|cation failed: |ailed: \\(0x1A|\\(0x1A\\)|(?<!: )Security Violation|SBAT self-check failed'
