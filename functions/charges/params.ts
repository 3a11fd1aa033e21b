/** Parameters of charges that are made and captured by themselves, as Stripe takes them; what is not here is refused as unknown. */
import * as z from 'zod/mini';
import { invalidParameter } from '../api/errors.ts';
import { boolean, currency, integerFrom, metadata, nonEmpty, text } from '../api/params.ts';
import { clearableShipping, email } from '../api/person.ts';
import { once } from '../kernel/once.ts';
import { descriptorSuffix } from '../payment-methods/card-params.ts';
import { assertSource, namedSource, source } from '../payment-methods/source-params.ts';
import { amount, assertAmount, transferGroup } from '../payments/params.ts';

export const createChargeParams = once(() =>
  z.strictObject({
    amount,
    currency,
    source: z.optional(source),
    card: z.optional(source),
    customer: z.optional(nonEmpty()),
    capture: z.optional(boolean),
    description: z.optional(text(1_000)),
    metadata: z.optional(metadata),
    receipt_email: z.optional(email),
    shipping: z.optional(clearableShipping),
    statement_descriptor: z.optional(descriptorSuffix),
    statement_descriptor_suffix: z.optional(descriptorSuffix),
    transfer_group: transferGroup,
  }),
);
export type CreateChargeParams = z.infer<ReturnType<typeof createChargeParams>>;

export const captureChargeParams = once(() =>
  z.strictObject({
    amount: z.optional(integerFrom(1n)),
    transfer_group: transferGroup,
    receipt_email: z.optional(email),
    statement_descriptor: z.optional(descriptorSuffix),
    statement_descriptor_suffix: z.optional(descriptorSuffix),
  }),
);
export type CaptureChargeParams = z.infer<ReturnType<typeof captureChargeParams>>;

/** What the statement prints after the merchant's name: of a card charge the descriptor is that, where there is no suffix. */
export const suffixOf = (params: {
  readonly statement_descriptor?: string | undefined;
  readonly statement_descriptor_suffix?: string | undefined;
}): { readonly statementDescriptorSuffix?: string } => {
  const suffix = params.statement_descriptor_suffix || params.statement_descriptor;
  return suffix ? { statementDescriptorSuffix: suffix } : {};
};

/**
 * What the schema cannot judge alone.
 * @throws 400 amount_too_small; parameter_missing without source and customer; what `assertSource` throws
 */
export function assertChargeable(params: CreateChargeParams): void {
  assertAmount(params.amount, params.currency);
  if (namedSource(params) === undefined && params.customer === undefined)
    throw invalidParameter('Must provide source or customer.', { code: 'parameter_missing' });
  assertSource(params);
}
