/** Wallets as Stripe shows them: a payment method of a wallet, and what a charge says of it once it is paid. Pure. */
import type Stripe from 'stripe';
import type { MethodType, WalletType } from '../channels/port/instrument.ts';
import type { WalletReceipt } from '../channels/port/port.ts';

/** Wallets to which the payer's browser goes, so that the payer has to come back: Stripe requires a `return_url` for them. */
const REDIRECTS: readonly MethodType[] = ['alipay', 'paypal'];
export const isRedirect = (type: MethodType): boolean => REDIRECTS.includes(type);

/** The member of a payment method that is named as its type. Nothing is known of a wallet before it pays: `receipt` is absent. */
export function renderWallet(
  type: WalletType,
  receipt: WalletReceipt = {},
):
  | Pick<Stripe.PaymentMethod, 'alipay'>
  | Pick<Stripe.PaymentMethod, 'wechat_pay'>
  | Pick<Stripe.PaymentMethod, 'paypal'> {
  switch (type) {
    case 'alipay':
      return { alipay: {} };
    case 'wechat_pay':
      return { wechat_pay: {} };
    case 'paypal':
      return {
        paypal: {
          country: receipt.country ?? null,
          payer_email: receipt.email ?? null,
          payer_id: receipt.payerId ?? null,
        },
      };
    default:
      return type satisfies never;
  }
}

/** `payment_method_details` of a charge. */
export function renderWalletDetails(type: WalletType, receipt: WalletReceipt = {}): Stripe.Charge.PaymentMethodDetails {
  const transaction = receipt.transaction ?? null;
  switch (type) {
    case 'alipay':
      return {
        type,
        alipay: {
          ...(receipt.payerId !== undefined && { buyer_id: receipt.payerId }),
          fingerprint: null,
          transaction_id: transaction,
        },
      };
    case 'wechat_pay':
      return { type, wechat_pay: { fingerprint: null, transaction_id: transaction } };
    case 'paypal':
      return {
        type,
        paypal: {
          country: receipt.country ?? null,
          payer_email: receipt.email ?? null,
          payer_id: receipt.payerId ?? null,
          payer_name: receipt.name ?? null,
          seller_protection: null,
          transaction_id: transaction,
        },
      };
    default:
      return type satisfies never;
  }
}
