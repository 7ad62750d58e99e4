/** What a running appliance needs, and no more: it starts this again and again, on slow processors too. */

export { markGood } from './slots/good.ts'
export { readSlots } from './slots/slots.ts'
export { openDisk } from './update/disk.ts'
export { MOST_MANIFEST, openManifest } from './update/manifest.ts'
export { folderPayloads, httpPayloads, manifestText, type Payloads, patient } from './update/payloads.ts'
export { update } from './update/update.ts'
