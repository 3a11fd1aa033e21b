/** Checkout Sessions with the official SDK: made, paid and followed, for contract tests. */
import type Stripe from 'stripe';
import { WALLETS } from '../../functions/channels/port/instrument.ts';
import { recordsOf } from '../audit/records.ts';
import type { App, PublicApp } from '../world/app.ts';

export { WALLETS };

type Wallet = (typeof WALLETS)[number];

type Create = Stripe.Checkout.SessionCreateParams;

/** Tea for 15.00 each, twice. */
export const item = (unit_amount = 1500, quantity = 2, changes: object = {}) => ({
  price_data: { currency: 'usd', unit_amount, product_data: { name: 'Tea' }, ...changes },
  quantity,
});
export const PAYMENT: Create = { mode: 'payment', success_url: 'https://shop.example/done', line_items: [item()] };
export const SETUP: Create = { mode: 'setup', success_url: 'https://shop.example/done' };

/** A total whose last four digits select what the sandbox does. */
export const totalling = (amount: number) => ({ line_items: [item(amount, 1)] });
/** The payer chooses this wallet. */
export const by = (type: Wallet) => ({ payment_method_data: { type } });

/** The payer decides on the wallet's page. Returns the address of ours to which the page sends them, if it does. */
export async function decided(page: string, result: 'approve' | 'decline' | 'expire'): Promise<string | null> {
  const { headers } = await fetch(page, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ result }) });
  return headers.get('location');
}

export type Complete = (
  id: string,
  params?: Record<string, unknown>,
  options?: Stripe.RequestOptions,
) => Promise<Stripe.Checkout.Session>;

/** What tests do with sessions of the app's own merchant. */
export const checkoutOf = (app: PublicApp) => {
  const { stripe } = app;
  const intentOf = ({ payment_intent: id }: Stripe.Checkout.Session) => stripe.paymentIntents.retrieve(id as string);
  const complete: Complete = (id, params = {}, options) =>
    stripe.rawRequest('POST', `/v1/test_helpers/checkout/sessions/${id}/complete`, params, options);
  return {
    open: (changes: Partial<Create> = {}) => stripe.checkout.sessions.create({ ...PAYMENT, ...changes }),
    complete,
    /** Types of the events about these objects, oldest first. */
    eventsOf: async (...ids: readonly (string | Stripe.PaymentIntent | null)[]): Promise<readonly string[]> => {
      await app.settleDown();
      const { data } = await stripe.events.list({ limit: 100 });
      return data
        .filter(({ data: { object } }) => ids.includes((object as { id?: string }).id ?? ''))
        .map(({ type }) => type)
        .reverse();
    },
    intentOf,
    sessionOf: (id: string) => stripe.checkout.sessions.retrieve(id),
    chargesOf: async ({ payment_intent: id }: Stripe.Checkout.Session) =>
      (await stripe.charges.list({ payment_intent: id as string })).data,
    /** Where the payer decides. */
    pageOf: async (session: Stripe.Checkout.Session): Promise<string> => {
      const { alipay_handle_redirect: alipay, ...action } = (await intentOf(session)).next_action!;
      return alipay?.url ?? action.wechat_pay_display_qr_code?.data ?? action.redirect_to_url!.url!;
    },
  };
};

/** The stored attempts of a session's payment. */
export const attemptsOf = ({ world }: App, { payment_intent: id }: Stripe.Checkout.Session) =>
  recordsOf(world).payments.find(({ body }) => id === `pi_${body}`)!.attempts;
