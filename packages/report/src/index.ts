export { type Evidence, type Finding, type Level, reaches, type Subject } from './finding.ts'
export { printReport } from './print.ts'
export { type Column, FORMATS, type Format, type Report } from './report.ts'
export { plain, type TableOptions } from './table.ts'
