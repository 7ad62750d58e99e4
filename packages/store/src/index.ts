export { STORE_RULES, type StoreFinding, type StoreRule } from './verify/finding.ts'
