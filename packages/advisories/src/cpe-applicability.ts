import { boolean, type Infer, list, object, oneOf, string } from './shape.ts'

const cpeMatch = object(
  {
    vulnerable: boolean,
    matchCriteriaId: string,
    versionStartIncluding: string,
    versionStartExcluding: string,
    versionEndIncluding: string,
    versionEndExcluding: string,
  },
  { criteria: string },
)

const node = object({ operator: oneOf('AND', 'OR'), negate: boolean, cpeMatch: list(cpeMatch) })

/** A configuration as NVD defined it and CVE 5.1 took over: which CPE names, in which versions, are vulnerable. */
export const configuration = object({ operator: oneOf('AND', 'OR'), negate: boolean, nodes: list(node) })

export type CpeMatch = Infer<typeof cpeMatch>
export type CpeNode = Infer<typeof node>
export type CpeConfiguration = Infer<typeof configuration>
