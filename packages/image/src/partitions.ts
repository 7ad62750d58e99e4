export { type Gpt, type GptPartition, PARTITION_TYPE, readGpt } from './gpt.ts'
export { type DiskWrite, editGpt, type GptChange } from './gpt-edit.ts'
export { stretches } from './slice.ts'
