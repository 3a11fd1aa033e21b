/**
 * Counts of what only a log line would tell: embedded in the log, so no call and no permission. One dimension, the stack: a merchant's
 * name in a metric would cost more than the payment. lib/observability.ts has an alarm for each.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export const NAMESPACE = 'Sluice';

/** What is counted, by the name that its alarm knows. */
export type Counted =
  /** Payments and refunds open for more than an hour. */
  | 'PaymentsUnresolved'
  /** Looks of the janitor that broke off. */
  | 'LooksFailed'
  /** Callbacks that contradict the record, or refer to a payment of another account. */
  | 'CallbacksRefused'
  /** Callbacks that could not be verified. */
  | 'CallbacksUnverified'
  /** Accounts at channels that take payments and send no callbacks. */
  | 'CallbacksSilent'
  /** Amounts that a channel took for a payment that does not wait for them, and looks that found one not returned. */
  | 'UnappliedMoney'
  /** Chargebacks after which the payer has more than they paid. */
  | 'OverReturns'
  /** Days that could not be closed, and audits that found something: records and journal entries do not agree. */
  | 'BooksDiffer'
  /** Attempts that were judged without their velocity features. */
  | 'RiskFeaturesUnavailable'
  /** Currencies of merchants in which banking days are counted beyond the end of the calendar. */
  | 'CalendarsEnded'
  /** Lines of statements that no record explains. */
  | 'StatementLinesUnmatched'
  /** Statements whose booking broke off, and payout files that no operator has confirmed for days. */
  | 'TreasuryOverdue';

/** How often each was seen in one invocation. */
export type Counts = Readonly<Partial<Record<Counted, number>>>;

/** Writes counts down for the alarms of a stack. What was not seen is not written, so silence costs nothing. */
export const counter =
  (stack: string | undefined) =>
  (counts: Counts): void => {
    const seen = Object.entries(counts).filter(([, times]) => times > 0);
    if (seen.length === 0) return;
    const metrics = new Metrics({ namespace: NAMESPACE, serviceName: stack ?? 'unknown' });
    for (const [name, times] of seen) metrics.addMetric(name, MetricUnit.Count, times);
    metrics.publishStoredMetrics();
  };
