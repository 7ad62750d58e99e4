export { type Evidence, type Finding, type Level, reaches, type Subject } from './finding.ts'
