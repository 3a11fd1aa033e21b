/** The code that the payer's card network, or the wallet, has for a dispute's reason. Pure. */
import { type DISPUTE_REASONS, testCardOf } from '../kernel/test-cards.ts';
import type { AuthorizeParams } from './charge.ts';

type Codes = Readonly<Record<(typeof DISPUTE_REASONS)[number], string>>;

/** The networks' own lists (docs.stripe.com/disputes/categories), and PayPal's (developer.paypal.com, dispute_reason). */
const CODES: Readonly<Record<string, Codes>> = {
  visa: {
    fraudulent: '10.4',
    duplicate: '12.6.1',
    credit_not_processed: '13.6',
    product_not_received: '13.1',
    product_unacceptable: '13.3',
    subscription_canceled: '13.2',
    unrecognized: '10.4',
    general: '12.5',
  },
  mastercard: {
    fraudulent: '4837',
    duplicate: '4834',
    credit_not_processed: '4853',
    product_not_received: '4853',
    product_unacceptable: '4853',
    subscription_canceled: '4853',
    unrecognized: '4837',
    general: '4834',
  },
  amex: {
    fraudulent: 'F29',
    duplicate: 'P08',
    credit_not_processed: 'C02',
    product_not_received: 'C08',
    product_unacceptable: 'C31',
    subscription_canceled: 'C28',
    unrecognized: 'F29',
    general: 'P05',
  },
  paypal: {
    fraudulent: 'UNAUTHORISED',
    duplicate: 'DUPLICATE_TRANSACTION',
    credit_not_processed: 'CREDIT_NOT_PROCESSED',
    product_not_received: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
    product_unacceptable: 'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
    subscription_canceled: 'CANCELED_RECURRING_BILLING',
    unrecognized: 'UNAUTHORISED',
    general: 'OTHER',
  },
};

/** Undefined where the sandbox has no list of the network. */
export function reasonCodeOf({ wallet, token }: AuthorizeParams, reason: string): string | undefined {
  const method = wallet ?? (token === undefined ? undefined : testCardOf(token)?.brand);
  return method === undefined ? undefined : CODES[method]?.[reason as keyof Codes];
}
