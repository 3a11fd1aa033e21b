/** Where the reports of a batch are kept: its period's end and its currency say it. A large one is kept in parts, each of which fits an answer. */
import type { Scope } from '../kernel/ids.ts';

export type ReportFormat = 'csv' | 'json';

/** Lines of one part: some three megabytes of JSON, where a function may answer six. */
export const LINES_PER_PART = 10_000;

/** `part` counts from 1. */
export const reportKey = (
  scope: Scope,
  throughMs: number,
  currency: string,
  format: ReportFormat,
  part: number,
): string => `reports/${scope}/${throughMs}-${currency}${part === 1 ? '' : `-${part}`}.${format}`;
