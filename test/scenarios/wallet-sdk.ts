/** Payments by wallet with the official SDK, and what their payer does on the wallet's page. */
import type Stripe from 'stripe';
import { expect } from 'vitest';
import type { WalletType } from '../../functions/channels/port/instrument.ts';
import type { PublicApp } from '../world/app.ts';

export const BACK = 'https://shop.example/done';
/** This SDK has `allowed_payment_method_types` alone; earlier ones have `payment_method_types`, which the API takes too. */
type Create = Stripe.PaymentIntentCreateParams & { readonly payment_method_types?: string[] };

/** Where the payer decides. */
const pageOf = ({ next_action: action }: Stripe.PaymentIntent): string =>
  action!.alipay_handle_redirect?.url ?? action!.wechat_pay_display_qr_code?.data ?? action!.redirect_to_url!.url!;

export function walletSteps(app: PublicApp) {
  const create = (more: Partial<Create> = {}) =>
    app.stripe.paymentIntents.create({ amount: 2_000, currency: 'usd', ...more });
  /** A payment that is confirmed at once with a wallet. */
  const pay = (type: WalletType, more: Partial<Create> = {}) =>
    create({
      payment_method_types: [type],
      payment_method_data: { type },
      payment_method_options: { wechat_pay: { client: 'web' } },
      confirm: true,
      return_url: BACK,
      ...more,
    });
  /** The payer decides on the wallet's page, and goes no further. Returns their way back, where there is one. */
  async function press(intent: Stripe.PaymentIntent, result: 'approve' | 'decline' | 'expire'): Promise<string | null> {
    const body = new URLSearchParams({ result });
    const { status, headers } = await fetch(pageOf(intent), { method: 'POST', redirect: 'manual', body });
    const back = headers.get('location');
    expect(status).toBe(back === null ? 200 : 303);
    return back;
  }
  /** The same, and the payer follows the way back. */
  async function decide(intent: Stripe.PaymentIntent, result: 'approve' | 'decline' | 'expire'): Promise<void> {
    const back = await press(intent, result);
    if (back !== null) await app.sentOn(back);
    await app.settleDown();
  }
  return { create, pay, press, decide };
}
