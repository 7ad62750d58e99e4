export type {
  Advisory,
  Component,
  Decision,
  ReasonCode,
  Statement,
  StatementSource,
  Status,
  Verdict,
  VersionRow,
} from './match/model.ts'
