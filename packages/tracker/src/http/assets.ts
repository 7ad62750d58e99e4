import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** A file the pages load. Its URL holds its hash, so it may be cached for ever. */
export interface Asset {
  readonly path: string
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
}

const STYLE = asset('firn', 'css', 'text/css; charset=utf-8', new URL('./style.css', import.meta.url))
const ICON = asset('firn', 'svg', 'image/svg+xml', new URL('./icon.svg', import.meta.url))
const HTMX = asset(
  'htmx',
  'js',
  'text/javascript; charset=utf-8',
  createRequire(import.meta.url).resolve('htmx.org/dist/htmx.min.js'),
)

export const ASSETS = { style: STYLE, icon: ICON, htmx: HTMX }

const BY_PATH = new Map(Object.values(ASSETS).map((file) => [file.path, file]))

/** The asset at exactly this URL path. Nothing is looked up on disk, so no path can lead elsewhere. */
export function findAsset(path: string): Asset | undefined {
  return BY_PATH.get(path)
}

function asset(name: string, extension: string, type: string, file: URL | string): Asset {
  const body = new Uint8Array(readFileSync(file))
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12)
  return { path: `/assets/${name}.${hash}.${extension}`, type, body }
}
