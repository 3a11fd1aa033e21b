/** Refunds as Stripe shows them. */
import type Stripe from 'stripe';
import { seconds } from '../kernel/clock.ts';
import { chargeIdOf, type RefundId } from '../kernel/ids.ts';
import { wireAmount } from '../kernel/money.ts';
import { transactionId } from '../ledger/keys.ts';
import { intentOf } from '../payments/wire.ts';
import type { Refund } from './refund.ts';

export const refundId = (refund: Refund): RefundId => `re_${refund.body}`;

/** The refund as the merchant sees it. */
export function renderRefund(refund: Refund): Stripe.Refund {
  return {
    id: refundId(refund),
    object: 'refund',
    amount: wireAmount(refund.amount),
    balance_transaction: transactionId('refund_requested', refund.body, refund.createdMs, 1),
    charge: chargeIdOf(refund.payment, refund.chargeOrdinal),
    created: seconds(refund.createdMs),
    currency: refund.currency,
    customer: null,
    customer_account: null,
    destination_details: destinationOf(refund),
    ...(refund.status === 'failed' && {
      failure_balance_transaction: transactionId(
        'refund_failed',
        refund.body,
        refund.failedMs ?? refund.committedMs,
        1,
      ),
      failure_reason: refund.failureReason ?? 'unknown',
    }),
    metadata: { ...refund.metadata },
    payment_intent: intentOf(refund.payment, refund),
    payment_method: null,
    ...(refund.status === 'pending' && { pending_reason: 'processing' }),
    reason: refund.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  } satisfies Stripe.Refund;
}

/** Where the money goes. Of these types, Stripe gives PayPal and cards a reference; the acquirer reference number of a card is not known. */
function destinationOf({ wallet, status, handles = {} }: Refund): Stripe.Refund.DestinationDetails {
  switch (wallet) {
    case undefined:
      return {
        card: { reference_status: 'pending', reference_type: 'acquirer_reference_number', type: 'refund' },
        type: 'card',
      };
    case 'alipay':
      return { alipay: {}, type: wallet };
    case 'wechat_pay':
      return { type: wallet, wechat_pay: {} };
    case 'paypal': {
      // The first name that the channel gave: later ones are added behind it.
      const [reference = null] = Object.values(handles);
      const missing = status === 'pending' ? 'pending' : 'unavailable';
      const paypal = { network_decline_code: null, reference, reference_status: reference ? 'available' : missing };
      return { paypal, type: wallet };
    }
    default:
      return wallet satisfies never;
  }
}

/** The reply to the request that made the refund. */
export const replyOfRefund = (refund: Refund): { readonly status: number; readonly body: object } => ({
  status: 200,
  body: renderRefund(refund),
});
