/** Publishable keys are public: an idempotency key that a page uses neither takes a key of the shop nor reveals one. */
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';

type Body = Record<string, unknown> & { readonly error?: Record<string, unknown> };

const app = await eitherApp();

const secretOf = ({ client_secret: secret }: { client_secret: string | null }) => `client_secret=${secret}`;
async function draft() {
  const { stripe } = app;
  const customer = await stripe.customers.create({ email: 'private@payer.example', payment_method: 'pm_card_visa' });
  const [method] = (await stripe.customers.listPaymentMethods(customer.id)).data;
  return stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    customer: customer.id,
    payment_method: method!.id,
    metadata: { note: 'PRIVATE' },
  });
}

describe('an idempotency key', () => {
  const send = async (key: string, idempotencyKey: string, path: string, body: string) => {
    const response = await app.fetch(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-www-form-urlencoded',
        'idempotency-key': idempotencyKey,
      },
      body,
    });
    const text = await response.text();
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, text, body: JSON.parse(text) as Body, replayed };
  };
  const TYPED = 'card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123';
  const PAID = 'amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true';

  it('of a page is answered again with the listed members only', async () => {
    const intent = await draft();
    const asked = [
      'confirmed once',
      `/v1/payment_intents/${intent.id}/confirm`,
      `${secretOf(intent)}&expand[]=latest_charge&expand[]=payment_method.customer`,
    ] as const;
    const first = await send(app.merchant.test.publishableKey, ...asked);

    const again = await send(app.merchant.test.publishableKey, ...asked);

    expect(again.replayed).toBe(true);
    expect(again.body).toEqual(first.body);
    expect(again.text).not.toMatch(/PRIVATE|private@|fingerprint/);
  });

  it('that a page has taken is still free for the shop', async () => {
    const { publishableKey, secretKey } = app.merchant.test;
    expect((await send(publishableKey, 'order-1', '/v1/tokens', TYPED)).status).toBe(200);

    const paid = await send(secretKey, 'order-1', '/v1/payment_intents', PAID);

    expect([paid.status, paid.replayed, paid.body.status]).toEqual([200, false, 'succeeded']);
    expect((await send(secretKey, 'order-1', '/v1/payment_intents', PAID)).body.id).toBe(paid.body.id);
  });

  it('of the shop reveals nothing to a page: neither its use nor its reply', async () => {
    const { publishableKey, secretKey } = app.merchant.test;
    const intent = await draft();
    const path = `/v1/payment_intents/${intent.id}/confirm`;
    const params = `${secretOf(intent)}&expand[]=payment_method.customer`;
    expect((await send(secretKey, 'order-2', path, params)).text).toContain('private@payer.example');

    const page = await send(publishableKey, 'order-2', path, params);
    const token = await send(publishableKey, 'order-2', '/v1/tokens', TYPED);

    // The payment is made: a confirmation of its own is refused.
    expect([page.status, page.replayed, page.body.error!.code]).toEqual([
      400,
      false,
      'payment_intent_unexpected_state',
    ]);
    expect(page.text).not.toMatch(/PRIVATE|private@|fingerprint/);
    expect([token.status, token.body.error!.type]).toEqual([400, 'idempotency_error']);
    expect((await send(publishableKey, 'order-3', '/v1/tokens', TYPED)).status).toBe(200);
  });
});
