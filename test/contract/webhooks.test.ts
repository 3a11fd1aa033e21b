/** Webhooks as a merchant gets them: over HTTP, verified by the SDK, in the order that Stripe was recorded to have. */
import Stripe from 'stripe';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver, verifies } from '../simulators/webhook-receiver.ts';
import { contractApp } from '../world/contract-app.ts';

let stripe: Stripe;
let receiver: Receiver;
const app = await contractApp();
// A merchant and a receiver per test: no event of one is sent to another's.
beforeEach(async () => {
  stripe = app.client({ key: (await app.newMerchant()).test.secretKey });
  receiver = await startReceiver();
  return () => receiver.close();
});

const listen = (
  more: Partial<Stripe.WebhookEndpointCreateParams> = {},
): Promise<Stripe.Response<Stripe.WebhookEndpoint>> =>
  stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'], ...more });
const paid = (more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
  stripe.paymentIntents.create({
    amount: 2_000,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    ...more,
  });
/** What is due `minutes` from now is sent, as the rule does. */
const inMinutes = async (minutes: number): Promise<void> => {
  await app.world.sendDue(app.world.clock.nowMs() + minutes * 60_000);
  await app.settleDown();
};
const told = async (): Promise<readonly string[]> => {
  await app.settleDown();
  return receiver.types();
};
const eventOf = async (type: string): Promise<Stripe.Event> => (await stripe.events.list({ type })).data[0]!;

describe('the order of events', () => {
  const listed = async () => (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type).reverse();
  /** Both as they were sent, and as the list has them. */
  const orders = async () => {
    const sent = await told();
    return { sent, listed: (await listed()).slice(-sent.length) };
  };
  const both = (...types: string[]) => ({ sent: types, listed: types });
  beforeEach(() => listen());

  it('paid at once', async () => {
    await paid();

    expect(await orders()).toEqual(both('payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded'));
  });

  it('created, then confirmed', async () => {
    const { id } = await paid({ confirm: false });
    expect(await orders()).toEqual(both('payment_intent.created'));
    await stripe.paymentIntents.confirm(id);

    expect(await orders()).toEqual(both('charge.succeeded', 'payment_intent.succeeded'));
  });

  it('declined', async () => {
    await expect(paid({ payment_method: 'pm_card_visa_chargeDeclined' })).rejects.toThrow('declined');

    expect(await orders()).toEqual(both('payment_intent.created', 'charge.failed', 'payment_intent.payment_failed'));
  });

  it('authorised, then captured', async () => {
    const { id } = await paid({ capture_method: 'manual' });
    expect(await orders()).toEqual(
      both('payment_intent.created', 'charge.succeeded', 'payment_intent.amount_capturable_updated'),
    );
    await stripe.paymentIntents.capture(id);

    expect(await orders()).toEqual(both('charge.captured', 'payment_intent.succeeded'));
  });

  it('canceled', async () => {
    const { id } = await paid({ confirm: false });
    await stripe.paymentIntents.cancel(id);

    expect(await orders()).toEqual(both('payment_intent.created', 'payment_intent.canceled'));
  });

  it('challenged, then passed', async () => {
    const { next_action } = await paid({
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: 'https://shop.example/done',
    });
    expect(await orders()).toEqual(both('payment_intent.created', 'payment_intent.requires_action'));
    await app.finishChallenge(next_action!.redirect_to_url!.url!, true);

    expect(await orders()).toEqual(both('charge.succeeded', 'payment_intent.succeeded'));
  });

  it('refunded', async () => {
    const { id } = await paid();
    await told();
    await stripe.refunds.create({ payment_intent: id });

    const { sent, listed: inList } = await orders();
    expect(sent.slice(0, 2)).toEqual(['refund.created', 'charge.refunded']);
    expect(inList).toEqual(['refund.created', 'charge.refunded', 'refund.updated', 'charge.refund.updated']);
  });

  it('the same event carries the same object for every reader, at any time', async () => {
    await paid();
    await told();
    const sent = receiver.received.at(-1)!.event;

    expect(await stripe.events.retrieve(sent.id)).toMatchObject({ ...sent, pending_webhooks: 0 });
  });
});

describe('a signature', () => {
  it('fits the secret that the creation returned, and no other', async () => {
    const { secret } = await listen();
    await paid();
    await told();

    expect(verifies(receiver.received.at(-1)!, secret!)).toBe(true);
    expect(verifies(receiver.received.at(-1)!, 'whsec_other')).toBe(false);
  });

  it('fits the old and the new secret after a roll; only the new one when that has no overlap', async () => {
    const { id, secret } = await listen();
    const roll = (params: Record<string, number>, idempotencyKey?: string) =>
      stripe.rawRequest('POST', `/v1/webhook_endpoints/${id}/roll_secret`, params, {
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      }) as unknown as Promise<Stripe.WebhookEndpoint>;
    const rolled = await roll({}, 'roll');
    expect(rolled.secret).toMatch(/^whsec_/);
    expect(rolled.secret).not.toBe(secret);
    expect((await roll({}, 'roll')).secret).toBe(rolled.secret);
    await paid();
    await told();
    expect([secret!, rolled.secret!].map((one) => verifies(receiver.received.at(-1)!, one))).toEqual([true, true]);

    const again = await roll({ expires_in: 0 });
    await paid();
    await told();

    const fits = [secret!, rolled.secret!, again.secret!].map((one) => verifies(receiver.received.at(-1)!, one));
    expect(fits).toEqual([false, false, true]);
    expect(await stripe.webhookEndpoints.retrieve(id)).not.toHaveProperty('secret');
  });
});

describe('an endpoint that refuses an event', () => {
  beforeEach(() => {
    receiver.answer = (type) => (type === 'charge.succeeded' ? 500 : 200);
  });

  it('receives it again later, alone, and is counted as pending until then', async () => {
    const { id } = await listen();
    await listen({ enabled_events: ['payment_intent.succeeded'] });
    await paid();
    const sent = await told();
    expect(sent.filter((type) => type === 'payment_intent.succeeded')).toHaveLength(2);
    const failed = await eventOf('charge.succeeded');
    expect(failed.pending_webhooks).toBe(1);
    expect((await eventOf('payment_intent.succeeded')).pending_webhooks).toBe(0);
    expect((await stripe.events.retrieve(failed.id)).pending_webhooks).toBe(1);
    const deliveries = (await stripe.rawRequest('GET', `/v1/webhook_endpoints/${id}/deliveries`)) as unknown as {
      data: object[];
    };
    expect(deliveries.data).toMatchObject([
      { object: 'webhook_delivery', events: [failed.id], attempts: 1, last_status: '500' },
    ]);

    receiver.answer = () => 200;
    await inMinutes(6);

    expect(receiver.types()).toEqual(['charge.succeeded']);
    expect(receiver.received.at(-1)!.event).toMatchObject({ id: failed.id, pending_webhooks: 1 });
    expect((await stripe.events.retrieve(failed.id)).pending_webhooks).toBe(0);
  });

  it('is found by delivery_success, in pages of any size', async () => {
    await listen();
    for (let n = 0; n < 3; n++) await paid();
    await told();

    const ids = async (success: boolean, limit: number) => {
      const types: string[] = [];
      for await (const event of stripe.events.list({ delivery_success: success, limit })) types.push(event.type);
      return types;
    };
    for (const limit of [1, 2, 100]) {
      expect(await ids(false, limit)).toEqual(['charge.succeeded', 'charge.succeeded', 'charge.succeeded']);
      expect(await ids(true, limit)).toHaveLength(6);
    }
  });

  it('gets it again on request, and no more from the schedule', async () => {
    const { id } = await listen();
    await paid();
    await told();
    const event = await eventOf('charge.succeeded');
    receiver.answer = () => 200;

    const replied = (await stripe.rawRequest('POST', `/v1/events/${event.id}/retry`, {
      webhook_endpoint: id,
    })) as unknown as Stripe.Event;
    expect(replied).toMatchObject({ id: event.id, object: 'event' });
    expect(await told()).toEqual(['charge.succeeded']);
    await inMinutes(6);

    expect(receiver.types()).toEqual([]);
    expect((await stripe.events.retrieve(event.id)).pending_webhooks).toBe(0);
  });

  it('that is disabled meanwhile gets nothing more', async () => {
    const { id } = await listen();
    await paid();
    await told();
    await stripe.webhookEndpoints.update(id, { disabled: true });

    await inMinutes(6);

    expect(receiver.types()).toEqual([]);
  });
});

describe('a redelivery', () => {
  const retry = (id: string, params: Record<string, string> = {}) =>
    stripe.rawRequest('POST', `/v1/events/${id}/retry`, params) as unknown as Promise<Stripe.Event>;

  it('sends a delivered event once more to every endpoint that subscribes to it', async () => {
    await listen();
    await listen({ enabled_events: ['charge.succeeded'] });
    await listen({ enabled_events: ['payout.paid'] });
    await paid();
    await told();

    await retry((await eventOf('charge.succeeded')).id);

    expect(await told()).toEqual(['charge.succeeded', 'charge.succeeded']);
  });

  it('is refused for an endpoint that is not there, and where no endpoint would receive it', async () => {
    const { id } = await listen({ enabled_events: ['payout.paid'] });
    await paid();
    await told();
    const event = await eventOf('charge.succeeded');

    await expect(retry(event.id, { webhook_endpoint: 'we_nobody' })).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'webhook_endpoint',
    });
    for (const params of [{}, { webhook_endpoint: id }])
      await expect(retry(event.id, params)).rejects.toThrow(
        'no enabled webhook endpoint that asks for charge.succeeded',
      );
    await expect(retry('evt_nothing')).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    await expect(retry('evt_nothing')).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe('webhook endpoints', () => {
  it.each([
    [{ connect: true }, 'There are no connected accounts'],
    [{ api_version: '2024-04-11' as never }, 'Invalid Stripe API version: 2024-04-11'],
    [{ enabled_events: ['charge.paid' as never] }, 'must be one of the types at'],
  ])('refuse %j', async (more, message) => {
    await expect(listen(more)).rejects.toThrow(message);
    await expect(listen(more)).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
  });

  it('take a connect that is false, as admin forms send it', async () => {
    const { status } = await listen({ connect: false });
    expect(status).toBe('enabled');
  });

  it('name the event type that is none', async () => {
    await expect(listen({ enabled_events: ['charge.succeeded', 'charge.paid' as never] })).rejects.toMatchObject({
      param: 'enabled_events[1]',
    });
  });
});
