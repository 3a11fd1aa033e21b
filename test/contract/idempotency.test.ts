/** Idempotency keys as Stripe documents them (https://docs.stripe.com/api/idempotent_requests): what is kept under a key, and what is not. */
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { contractApp } from '../world/contract-app.ts';
import { gated } from '../world/gate.ts';
import { rawOf } from '../world/raw-requests.ts';
import { thrown } from '../world/sdk-errors.ts';

const app = await contractApp();
const { stripe } = app;

const { send } = rawOf(app);
const freshKey = (): string => crypto.randomUUID();
/** The answer's status, body and the headers that are about the key. */
const keyed = async (key: string, path: string, body: string, method = 'POST') => {
  const response = await send(method, path, method === 'POST' ? body : undefined, { 'idempotency-key': key });
  const { headers } = response;
  return {
    status: response.status,
    body: (await response.json()) as { readonly error?: object },
    echoed: headers.get('idempotency-key'),
    replayed: headers.get('idempotent-replayed'),
  };
};
const DECLINED = 'amount=2000&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true';
const PAID = 'amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true';

describe('kept under a key', () => {
  it.each([
    ['a success', '/v1/payment_intents', PAID, 200],
    ['a success with expand', '/v1/payment_intents', `${PAID}&expand[]=latest_charge`, 200],
    ['a decline', '/v1/payment_intents', DECLINED, 402],
    ['an object that is not there', '/v1/refunds', 'payment_intent=pi_0', 400],
    ['an object that is not there, in the path', '/v1/payment_intents/pi_0/confirm', '', 404],
    ['a customer', '/v1/customers', 'email=ada@example.com', 200],
    ['a payment method', '/v1/payment_methods', 'type=card&card[token]=tok_visa', 200],
    ['a setup intent', '/v1/setup_intents', 'payment_method=pm_card_visa&confirm=true', 200],
  ])('%s is answered again in the same words', async (_, path, body, status) => {
    const key = freshKey();
    const first = await keyed(key, path, body);
    await app.settleDown();
    const before = app.world.table.dump();

    const second = await keyed(key, path, body);

    expect(first).toMatchObject({ status, echoed: key, replayed: null });
    expect(second).toEqual({ ...first, replayed: 'true' });
    expect(app.world.table.dump()).toEqual(before);
  });

  it('is a refusal that came of the execution', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    await stripe.refunds.create({ payment_intent: intent.id });
    const key = freshKey();

    const first = await thrown(stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: key }));
    const again = await thrown(stripe.refunds.create({ payment_intent: intent.id }, { idempotencyKey: key }));

    expect(first).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_refunded' });
    expect((again.headers as Record<string, string>)['idempotent-replayed']).toBe('true');
  });

  it('is what was answered then, not what is now', async () => {
    const created = { amount: 2000, currency: 'usd', metadata: { state: 'new' } };
    const key = freshKey();
    const first = await stripe.paymentIntents.create(created, { idempotencyKey: key });
    await stripe.paymentIntents.update(first.id, { metadata: { state: 'old' } });
    await stripe.paymentIntents.cancel(first.id);
    await app.settleDown();

    const again = await stripe.paymentIntents.create(created, { idempotencyKey: key });

    expect(again).toMatchObject({ id: first.id, status: 'requires_payment_method', metadata: { state: 'new' } });
    expect(again.client_secret).toBe(first.client_secret);
  });

  it('is the answer to an update, too', async () => {
    const { id } = await stripe.customers.create({ name: 'a' });
    const key = freshKey();
    await stripe.customers.update(id, { name: 'b' }, { idempotencyKey: key });
    await stripe.customers.update(id, { name: 'c' });

    expect(await stripe.customers.update(id, { name: 'b' }, { idempotencyKey: key })).toMatchObject({ name: 'b' });
    expect(await stripe.customers.retrieve(id)).toMatchObject({ name: 'c' });
  });
});

describe('not kept under a key', () => {
  it.each([
    ['an unknown parameter', 'amount=2000&currency=usd&foo=1'],
    ['a missing one', 'amount=2000'],
    ['a mistyped one', 'amount=x&currency=usd'],
    ['one that is too small', 'amount=1&currency=usd'],
    ['an expansion that is none', 'amount=2000&currency=usd&expand[]=nope'],
  ])('%s: the key may be used again with what is right', async (_, body) => {
    const key = freshKey();

    expect(await keyed(key, '/v1/payment_intents', body)).toMatchObject({ status: 400, echoed: key, replayed: null });
    expect(await keyed(key, '/v1/payment_intents', 'amount=2000&currency=usd')).toMatchObject({
      status: 200,
      replayed: null,
    });
  });

  it('a 401 and a 403', async () => {
    const key = freshKey();
    for (const [authorization, status] of [
      ['Bearer sk_test_000000000000000000000000', 401],
      [`Bearer ${app.merchant.test.publishableKey}`, 403],
    ] as const) {
      const refused = await send('POST', '/v1/customers', 'name=x', { 'idempotency-key': key, authorization });
      expect(refused.status).toBe(status);
    }

    expect(await keyed(key, '/v1/customers', 'name=y')).toMatchObject({ status: 200, replayed: null });
  });
});

describe('a key that was used', () => {
  const MESSAGE = (key: string) =>
    `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;

  it.each([
    ['other parameters', '/v1/customers', 'name=b'],
    ['more parameters', '/v1/customers', 'name=a&email=a@example.com'],
    ['another expansion', '/v1/customers', 'name=a&expand[]=default_source'],
    ['another path', '/v1/payment_intents', 'name=a'],
  ])('is refused with %s (idempotency_error)', async (_, path, body) => {
    const key = freshKey();
    await keyed(key, '/v1/customers', 'name=a');

    const refusal = await keyed(key, path, path === '/v1/customers' ? body : 'amount=2000&currency=usd');

    expect(refusal).toMatchObject({
      status: 400,
      body: { error: { type: 'idempotency_error', message: MESSAGE(key) } },
      replayed: null,
    });
    expect(refusal.body.error).not.toHaveProperty('code');
  });

  it.each([
    ['sk_live_0123456789abcdefABCDEFGH', 'sk_…'],
    ['order-rk_test_0123456789abcdefABCDEFGH', 'order-rk_…'],
    ['whsec_0123456789abcdefABCDEFGH', 'whsec_…'],
    ['pi_1_secret_0123456789abcdef', 'pi_1_secret_…'],
    ['card 4242 4242 4242 4242', 'card …'],
    ['desk_12-task_3', 'desk_12-task_3'],
    ['retry-12345678-1234-4567-8901-123456789012', 'retry-12345678-1234-4567-8901-123456789012'],
    ['12345678-1234-4567-8901-123456789012 4242424242424242', '12345678-1234-4567-8901-123456789012 …'],
  ])('is refused without what looks like a secret in it: %s', async (key, shown) => {
    await keyed(key, '/v1/customers', 'name=a');

    const refusal = await keyed(key, '/v1/customers', 'name=b');

    expect(refusal.body).toMatchObject({ error: { type: 'idempotency_error', message: MESSAGE(shown) } });
  });

  it('is the same request’s in another order, another encoding and with double slashes', async () => {
    const key = freshKey();
    await keyed(key, '/v1/customers', 'name=Ada+B&email=a@example.com');

    for (const [path, body] of [
      ['/v1/customers', 'email=a%40example.com&name=Ada%20B'],
      ['//v1//customers', 'name=Ada+B&email=a@example.com'],
      ['/v1/customers', '{"name":"Ada B","email":"a@example.com"}'],
    ] as const) {
      const type = body.startsWith('{') ? 'application/json' : 'application/x-www-form-urlencoded';
      const response = await send('POST', path, body, { 'idempotency-key': key, 'content-type': type });
      expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    }
  });

  it('is an idempotency error to the SDK', async () => {
    const key = freshKey();
    await stripe.customers.create({ name: 'a' }, { idempotencyKey: key });

    const error = await thrown(stripe.customers.create({ name: 'b' }, { idempotencyKey: key }));

    expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });
});

describe('a key', () => {
  it.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
  ])('that is %s is refused', async (_, key) => {
    expect(await keyed(key, '/v1/customers', '')).toMatchObject({
      status: 400,
      body: { error: { message: 'Idempotency keys must be between 1 and 255 characters long.' } },
      echoed: null,
    });
  });

  it('of 255 characters is taken', async () => {
    expect((await keyed('k'.repeat(255), '/v1/customers', '')).status).toBe(200);
  });

  it('says nothing on GET and DELETE', async () => {
    const { id } = await stripe.customers.create({ name: 'a' });
    const key = freshKey();

    for (const path of ['/v1/customers?limit=1', '/v1/balance', `/v1/customers/${id}`])
      expect(await keyed(key, path, '', 'GET')).toMatchObject({ status: 200, echoed: null, replayed: null });
    expect(await keyed(key, `/v1/customers/${id}`, '', 'DELETE')).toMatchObject({ status: 200, replayed: null });
    expect(await keyed(key, `/v1/customers/${id}`, '', 'DELETE')).toMatchObject({ status: 404, replayed: null });
    expect(await keyed(key, '/v1/customers', 'name=b')).toMatchObject({ status: 200, replayed: null });
  });

  it('that is in use is a 409, which the SDK sends again by itself until it receives the answer', async () => {
    const key = freshKey();
    const params = { amount: 2000, currency: 'usd', payment_method: 'pm_card_visa', confirm: true };
    const { table } = app.world;
    const [begun, held] = [gated(), gated()];
    table.onCall = async ({ writes, when }) => {
      if (when === 'before' || !writes.some((write) => write.table === 'payments')) return;
      begun.open();
      await held.opened;
    };
    const first = stripe.paymentIntents.create(params, { idempotencyKey: key });
    await begun.opened;

    const busy = await send('POST', '/v1/payment_intents', PAID, { 'idempotency-key': key });
    table.onCall = undefined;
    held.open();
    const again = await app.client({ maxNetworkRetries: 10 }).paymentIntents.create(params, { idempotencyKey: key });

    expect([busy.status, busy.headers.get('stripe-should-retry')]).toEqual([409, 'true']);
    expect(await busy.json()).toMatchObject({ error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } });
    expect(again.id).toBe((await first).id);
  });
});
