import { type Cpe, parseCpe } from '@firn/advisories'

const CACHE = new Map<string, Cpe | undefined>()
const MOST_CACHED = 20_000

/** One field of a CPE name (2.3 or 2.2), or undefined where the name is none, or the field is missing, `*` or `-`. */
export function cpeField(cpe: string, field: keyof Cpe): string | undefined {
  if (!CACHE.has(cpe)) {
    if (CACHE.size >= MOST_CACHED) CACHE.clear()
    CACHE.set(cpe, parseCpe(cpe))
  }
  const value = CACHE.get(cpe)?.[field]
  return value === '' || value === '*' || value === '-' ? undefined : value
}
