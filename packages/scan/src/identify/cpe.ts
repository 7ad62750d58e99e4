import { type Cpe, parseCpe } from '@firn/advisories/cpe'
import { memo } from './memo.ts'

const parsed = memo(parseCpe)

/** One field of a CPE name (2.3 or 2.2), or undefined where the name is none, or the field is missing, `*` or `-`. */
export function cpeField(cpe: string, field: keyof Cpe): string | undefined {
  const value = parsed(cpe)?.[field]
  return value === '' || value === '*' || value === '-' ? undefined : value
}
