import { parseCpe, printCpe } from '../../src/index.ts'

export const corpus = [
  'cpe:2.3:a:gnu:c\\+\\+_lib:1.0\\:rc:*:-:*:*:node.js:x64:*',
  'cpe:/a:redhat:openshift_container_platform:3.11::el7',
].map((name) => Buffer.from(name))

export function target(bytes: Uint8Array): void {
  const cpe = parseCpe(Buffer.from(bytes).toString())
  if (cpe !== undefined && printCpe(parseCpe(printCpe(cpe))!) !== printCpe(cpe)) throw new Error(printCpe(cpe))
}
