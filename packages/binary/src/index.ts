export { type Compression, compressionOf, decompress, decompressStart } from './decompress.ts'
export { ZipArchive, type ZipEntry, type ZipLimits } from './zip.ts'
