/** Where the reports of a batch are kept: its period's end and its currency say it. */
import type { Scope } from '../shared/ids.ts';

export type ReportFormat = 'csv' | 'json';

export const reportKey = (scope: Scope, throughMs: number, currency: string, format: ReportFormat): string =>
  `reports/${scope}/${throughMs}-${currency}.${format}`;
