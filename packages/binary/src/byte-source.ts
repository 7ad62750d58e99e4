export type { ByteSource } from '@firn/core'
export { bytesSource, descriptorSource, fileSource } from '@firn/core/fs'
