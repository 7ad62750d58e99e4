/** `/nix/store/HASH-openssl-3.0.14.drv` to `openssl-3.0.14.drv`; what has no hash part keeps its last part. */
export function nameOfPath(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  return HASHED.test(base) ? base.slice(33) : base
}

const HASHED = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-./
