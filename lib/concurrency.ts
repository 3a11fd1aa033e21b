/** The share of the account's concurrent executions that payments keep, whatever else runs in the account. */
import type { Options } from './options.ts';

/**
 * The reservation of a function on the way of a payment: `paymentsConcurrency` for each of its callers, nothing without that option. A
 * reservation is a limit too, so the vault has as much as all of its callers: a refusal there would leave a payment `processing`.
 */
export const reservedForPayments = (
  { paymentsConcurrency }: Pick<Options, 'paymentsConcurrency'>,
  callers = 1,
): { readonly reservedConcurrentExecutions?: number } =>
  paymentsConcurrency === undefined ? {} : { reservedConcurrentExecutions: callers * paymentsConcurrency };
