/** A number for people: whole, its thousands apart. By hand, as the first `toLocaleString` costs as much as a small scan. */
export function count(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',')
}
