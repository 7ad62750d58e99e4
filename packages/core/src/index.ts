export { ByteReader } from './bytes.ts'
export { EXIT, type ExitCode, naming, namingAsync, UserError, type UserErrorExit, worstExit } from './error.ts'
export { type JsonHead, jsonHead } from './json-head.ts'
export { type JsonMember, jsonMembers } from './json-members.ts'
