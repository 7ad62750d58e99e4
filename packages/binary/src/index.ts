export { type ByteSource, bytesSource, fileSource } from './byte-source.ts'
export { type Compression, compressionOf, decompress, decompressStart } from './decompress.ts'
export { type Pe, type PeSection, parsePe, SECTION_HEADER_SIZE, sectionRange } from './pe.ts'
export { ZipArchive, type ZipEntry, type ZipLimits } from './zip.ts'
