/** Parameters of payouts. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import {
  type Created,
  currency,
  instants,
  integerFrom,
  type ListParams,
  listShape,
  metadata,
  metadataChange,
  nonEmpty,
  text,
} from '../api/params.ts';
import { type Currency, maximumOf, stepOf } from '../kernel/money.ts';

export const createPayoutParams = z.strictObject({
  amount: integerFrom(1n),
  currency,
  description: z.optional(text(1_000)),
  destination: z.optional(nonEmpty()),
  metadata: z.optional(metadata),
  /** There is no instant way to the bank. */
  method: z._default(z.enum(['standard']), 'standard'),
  /** Every balance is of cards. */
  source_type: z._default(z.enum(['card']), 'card'),
  statement_descriptor: z.optional(text(22)),
});
export type CreatePayoutParams = z.infer<typeof createPayoutParams>;

/** @throws 400 amount_too_large; 400 for mills, and for decimals where banks know none: ISK, UGX, HUF and TWD end in 00 (docs.stripe.com/currencies) */
export function assertPayable(_deps: unknown, params: { readonly amount: bigint; readonly currency: Currency }): void {
  const largest = maximumOf(params.currency);
  if (params.amount > largest)
    throw invalidParameter(`Amount must be no more than ${largest}`, { code: 'amount_too_large', param: 'amount' });
  const step = stepOf(params.currency, 'payout');
  if (params.amount % step === 0n) return;
  throw invalidParameter(`Invalid amount: payouts in ${params.currency} must end in ${String(step).slice(1)}.`, {
    param: 'amount',
  });
}

export const updatePayoutParams = z.strictObject({ metadata: z.optional(metadataChange) });
export type UpdatePayoutParams = z.infer<typeof updatePayoutParams>;

export const payoutListParams = z.strictObject({
  ...listShape,
  arrival_date: z.optional(instants),
  destination: z.optional(nonEmpty()),
  status: z.optional(z.enum(['pending', 'in_transit', 'paid', 'failed', 'canceled'])),
});
export type PayoutListParams = ListParams & {
  readonly arrival_date?: Created | undefined;
  readonly destination?: string | undefined;
  readonly status?: string | undefined;
};
