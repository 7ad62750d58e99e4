import type { Finding } from './finding.ts'
import { printHtml } from './html.ts'
import { printJson } from './json.ts'
import type { Format, Report } from './report.ts'
import { printSarif } from './sarif.ts'
import { printTable, type TableOptions } from './table.ts'

/** The report in one of the house's formats. */
export function printReport<F extends Finding>(report: Report<F>, format: Format, options: TableOptions): string {
  switch (format) {
    case 'table':
      return printTable(report, options)
    case 'json':
      return printJson(report)
    case 'sarif':
      return printSarif(report)
    case 'html':
      return printHtml(report)
  }
}
