/** Checkout Sessions with the official SDK: made, paid and followed, for contract tests. */
import type Stripe from 'stripe';
import type { App } from '../world/app.ts';

type Create = Stripe.Checkout.SessionCreateParams;

/** Tea for 15.00 each, twice. */
export const item = (unit_amount = 1500, quantity = 2, changes: object = {}) => ({
  price_data: { currency: 'usd', unit_amount, product_data: { name: 'Tea' }, ...changes },
  quantity,
});
export const PAYMENT: Create = { mode: 'payment', success_url: 'https://shop.example/done', line_items: [item()] };
export const SETUP: Create = { mode: 'setup', success_url: 'https://shop.example/done' };

export type Complete = (
  id: string,
  params?: Record<string, unknown>,
  options?: Stripe.RequestOptions,
) => Promise<Stripe.Checkout.Session>;

/** What tests do with sessions of the app's own merchant. */
export const checkoutOf = (app: App) => {
  const { stripe } = app;
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
    intentOf: ({ payment_intent: id }: Stripe.Checkout.Session) => stripe.paymentIntents.retrieve(id as string),
  };
};
