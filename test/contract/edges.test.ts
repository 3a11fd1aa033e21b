/** What merchants' code does at the edges of the API, and what Stripe answers it. */
import type Stripe from 'stripe';
import { beforeAll, describe, expect, it } from 'vitest';
import { unpack } from '../../functions/table/pack.ts';
import { contractApp } from '../world/contract-app.ts';

const app = await contractApp();
const { stripe } = app;

/** A POST without the SDK, for what it would never send, with the body as it is. */
const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  app.fetch(path, {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${app.merchant.test.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
  });
const refusalOf = async (answer: Promise<Response>) => {
  const { status, body } = await answer.then(async (response) => ({
    status: response.status,
    body: (await response.json()) as { error?: { type: string; code?: string; param?: string } },
  }));
  return { status, ...body.error };
};

describe('a parameter that is refused', () => {
  it.each([
    ['/v1/payment_intents', 'amount=10&currency=usd', 'amount_too_small', 'amount'],
    ['/v1/payment_intents', 'amount=1001&currency=kwd', 'parameter_invalid_integer', 'amount'],
    ['/v1/payment_intents', 'amount=2000&currency=usd&off_session=true', undefined, 'off_session'],
    ['/v1/payment_methods', 'type=card&card[exp_month]=12&card[exp_year]=2034', 'parameter_missing', 'card[number]'],
    [
      '/v1/payment_methods',
      'type=card&card[number]=4242424242424242&card[exp_month]=x&card[exp_year]=2034',
      'parameter_invalid_integer',
      'card[exp_month]',
    ],
    [
      '/v1/payment_methods',
      'type=card&card[token]=tok_visa&card[number]=4242424242424242',
      'parameters_exclusive',
      'card[number]',
    ],
    ['/v1/refunds', '', 'parameter_missing', 'payment_intent'],
    ['/v1/webhook_endpoints', 'url=https://user:word@merchant.example&enabled_events[]=*', 'url_invalid', 'url'],
  ])('%s %s: leaves no trace, not even of its idempotency key (%s)', async (path, body, code, param) => {
    const before = app.world.table.dump();

    const refusal = await refusalOf(post(path, body, { 'idempotency-key': `refused ${body}` }));

    expect(refusal).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect(refusal.code).toBe(code);
    expect(app.world.table.dump()).toEqual(before);
  });
});

describe('a return URL', () => {
  const asked = (returnUrl: string) =>
    stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
      return_url: returnUrl,
    });

  it('of 2,000 characters is led back to', async () => {
    const returnUrl = `https://shop.example/${'a'.repeat(1_979)}`;
    const intent = await asked(returnUrl);
    expect(returnUrl).toHaveLength(2_000);

    const back = await app.sentOn(await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, true));

    expect(back.href.startsWith(returnUrl)).toBe(true);
  });

  it('of more, as it goes out on the wire, is refused (url_invalid)', async () => {
    await expect(asked(`https://shop.example/${'支'.repeat(300)}`)).rejects.toMatchObject({
      statusCode: 400,
      code: 'url_invalid',
      param: 'return_url',
    });
  });
});

describe('metadata', () => {
  it('keeps names that are numbers', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      metadata: { '6735': 'order', '12': 'line' },
    });
    const method = await stripe.paymentMethods.create({
      type: 'card',
      card: { token: 'tok_visa' },
      metadata: { '6735': 'order' },
    });

    expect(intent.metadata).toEqual({ '6735': 'order', '12': 'line' });
    expect(method.metadata).toEqual({ '6735': 'order' });
  });
});

describe('a webhook endpoint', () => {
  it('whose creation is sent again returns the same secret, which is stored nowhere in clear text', async () => {
    const create = () =>
      stripe.webhookEndpoints.create(
        { url: 'https://merchant.example/hooks', enabled_events: ['charge.succeeded'] },
        { idempotencyKey: 'hooks' },
      );

    const first = await create();
    const again = await create();

    expect(first.secret).toMatch(/^whsec_[0-9A-Za-z]{32}$/);
    expect(again).toEqual(first);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    const replies = app.world.table
      .items('idempotency')
      .flatMap(({ reply }) => (reply ? [unpack(reply as Uint8Array)] : []));
    expect(JSON.stringify(replies)).toContain(first.id);
    expect(JSON.stringify(replies)).not.toContain(first.secret);
  });
});

describe('a list', () => {
  const refused = (call: Promise<unknown>) =>
    call.then(
      () => undefined,
      ({ statusCode, code, param }: Stripe.errors.StripeError) => ({ statusCode, code, param }),
    );
  const pay = (method: string, intent: string) => stripe.paymentIntents.confirm(intent, { payment_method: method });
  let intent: string;
  /** Newest first: two declines, then a success. */
  let charges: string[];
  beforeAll(async () => {
    intent = (await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' })).id;
    const declines = [
      await pay('pm_card_chargeDeclined', intent).catch((error: unknown) => error as Stripe.errors.StripeError),
    ];
    declines.push(
      await pay('pm_card_chargeDeclined', intent).catch((error: unknown) => error as Stripe.errors.StripeError),
    );
    const paid = await pay('pm_card_visa', intent);
    charges = [
      paid.latest_charge as string,
      ...declines.map((error) => (error as Stripe.errors.StripeError).charge!).reverse(),
    ];
    for (const amount of [100, 200, 300]) await stripe.refunds.create({ payment_intent: intent, amount });
    await app.settleDown();
  });
  const ids = async (list: Promise<Stripe.ApiList<{ id: string }>>) => {
    const { data, has_more: more } = await list;
    return { ids: data.map(({ id }) => id), more };
  };

  it('of one payment’s charges goes both ways from a cursor', async () => {
    const [newest, middle, oldest] = charges as [string, string, string];
    const list = (params: Stripe.ChargeListParams) => ids(stripe.charges.list({ payment_intent: intent, ...params }));

    expect(await list({})).toEqual({ ids: [newest, middle, oldest], more: false });
    expect(await list({ limit: 1, starting_after: newest })).toEqual({ ids: [middle], more: true });
    expect(await list({ limit: 1, ending_before: oldest })).toEqual({ ids: [middle], more: true });
    expect(await list({ ending_before: oldest })).toEqual({ ids: [newest, middle], more: false });
  });

  it('of one payment’s charges refuses a cursor that is none of them, and two at once', async () => {
    const list = (params: Stripe.ChargeListParams) =>
      refused(stripe.charges.list({ payment_intent: intent, ...params }));
    const missing = { statusCode: 400, code: 'resource_missing' };

    expect(await list({ starting_after: 'ch_0' })).toEqual({ ...missing, param: 'starting_after' });
    expect(await list({ ending_before: 'ch_0' })).toEqual({ ...missing, param: 'ending_before' });
    expect(await list({ starting_after: charges[2]!, ending_before: charges[0]! })).toMatchObject({ statusCode: 400 });
  });

  it.each(['charges', 'refunds'] as const)('of one payment’s %s keeps to `created`', async (name) => {
    const list = (created: Stripe.RangeQueryParam) => ids(stripe[name].list({ payment_intent: intent, created }));
    const now = Math.floor(Date.now() / 1000);

    expect((await list({ gte: now - 3600 })).ids).toHaveLength(3);
    expect((await list({ lt: now - 3600 })).ids).toEqual([]);
    expect((await list({ gt: now + 3600 })).ids).toEqual([]);
  });

  it('of charges finds one by its own `created`, also when a challenge came before it', async () => {
    const asked = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
    });
    app.later(1_100);
    await app.finishChallenge(asked.next_action!.redirect_to_url!.url!, true);
    await app.settleDown();
    const { latest_charge: id } = await stripe.paymentIntents.retrieve(asked.id);
    const { created } = await stripe.charges.retrieve(id as string);

    expect((await ids(stripe.charges.list({ created: { gte: created, lte: created } }))).ids).toContain(id);
    expect(created).toBeGreaterThan(asked.created);
  });
});
