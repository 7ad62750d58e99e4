import { UserError } from '@firn/core'

/** A key in a token, named by a PKCS#11 URI (RFC 7512): the attributes that pick one key out of one token. */
export interface Pkcs11Key {
  /** Path of the token's library. */
  readonly modulePath: string
  readonly token?: string
  readonly slotId?: string
  /** Label of the key. */
  readonly object?: string
  /** CKA_ID, hex. */
  readonly id?: string
  /** A file that holds the PIN. */
  readonly pinSource?: string
}

const PATH_ATTRIBUTES = [
  'token',
  'object',
  'id',
  'slot-id',
  'type',
  'serial',
  'manufacturer',
  'model',
  'slot-description',
]

/** Parse `pkcs11:token=T;object=O?module-path=/usr/lib/…&pin-source=/run/pin`. */
export function parsePkcs11Uri(uri: string): Pkcs11Key {
  const [, path, query] = /^pkcs11:([^?]*)(?:\?(.*))?$/s.exec(uri) ?? []
  if (path === undefined) throw bad(`not a PKCS#11 URI: ${uri}`)
  const fields = new Map([...pairs(path, ';'), ...pairs(query ?? '', '&')].map(([name, value]) => [name, value]))
  if (fields.has('pin-value')) throw bad('pin-value would show the PIN to every user of this machine')
  for (const name of fields.keys()) {
    if (!PATH_ATTRIBUTES.includes(name) && name !== 'module-path' && name !== 'pin-source') {
      throw bad(`the PKCS#11 URI has an attribute that is not known: ${name}`)
    }
  }
  const text = (name: string) => fields.get(name)?.toString('utf8')
  const modulePath = text('module-path')
  if (modulePath === undefined) throw bad('the PKCS#11 URI does not say which library opens the token')
  if (text('object') === undefined && text('id') === undefined) throw bad('the PKCS#11 URI names no key')
  const pinSource = text('pin-source')?.replace(/^file:(\/\/)?/, '')
  const [token, slotId, object, id] = [
    text('token'),
    text('slot-id'),
    text('object'),
    fields.get('id')?.toString('hex'),
  ]
  return {
    modulePath,
    ...(token !== undefined && { token }),
    ...(slotId !== undefined && { slotId }),
    ...(object !== undefined && { object }),
    ...(id !== undefined && { id }),
    ...(pinSource !== undefined && { pinSource }),
  }
}

function pairs(text: string, separator: string): [string, Buffer][] {
  return text
    .split(separator)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw bad(`the PKCS#11 URI has a part without a value: ${pair}`)
      return [pair.slice(0, at), percentDecoded(pair.slice(at + 1))]
    })
}

/** Bytes, not text: an id may hold any. */
function percentDecoded(text: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw bad(`the PKCS#11 URI has a % without two hex digits: ${text}`)
  const parts = text.split(/(%[0-9A-Fa-f]{2})/)
  return Buffer.concat(
    parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  )
}

function bad(message: string): UserError {
  return new UserError(
    message,
    'write pkcs11:token=LABEL;object=KEY?module-path=/path/to/library.so&pin-source=/path/to/pin (RFC 7512)',
  )
}
