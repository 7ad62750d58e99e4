import type { Evidence } from '@firn/report'
import { type Advisory, applyRuling, type Component, decide, type Identity } from '@firn/scan'
import { rulingOf } from './decisions.ts'
import type { StoredDecision } from './storedDecision.ts'

/** The chain of reasons behind a verdict, by the matcher itself; what people decided stands first. */
export function explain(
  component: Component,
  advisory: Advisory,
  decided: StoredDecision | undefined,
  identity?: Identity,
): readonly Evidence[] {
  const decision = decide(component, advisory, identity)
  return decided === undefined ? decision.evidence : applyRuling(decision, rulingOf(decided)).decision.evidence
}
