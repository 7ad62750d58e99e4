export { initScript } from './init/script.ts'
export {
  type Medium,
  MISMATCHES,
  type Mismatch,
  type StoreCheck,
  type StorePlace,
  type StoreWords,
  storeCommandLine,
} from './init/words.ts'
