export { type Compression, compressionOf, decompress } from './decompress.ts'
export { ZipArchive, type ZipEntry, type ZipLimits } from './zip.ts'
