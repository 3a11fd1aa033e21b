/** The members of an event (https://docs.stripe.com/api/events): the same for each reader, at any time. */
import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eitherApp } from '../world/contract-app.ts';

const app = await eitherApp();
const { stripe } = app;

/** Events about an object, oldest first. */
const eventsOf = async (id: string): Promise<readonly Stripe.Event[]> => {
  await app.settleDown();
  const all = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  return all.filter(({ data: { object } }) => (object as { id?: string }).id === id).reverse();
};

describe('an event', () => {
  it('has Stripe’s members: the request, its idempotency key, the API version, and no pending webhook', async () => {
    const customer = await stripe.customers.create({ name: 'Ada' }, { idempotencyKey: 'made once' });

    const [event] = await eventsOf(customer.id);

    expect(event).toEqual({
      id: expect.stringMatching(/^evt_\w+$/) as string,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: expect.any(Number) as number,
      data: { object: { ...customer, lastResponse: undefined } },
      livemode: false,
      pending_webhooks: 0,
      request: { id: customer.lastResponse.requestId, idempotency_key: 'made once' },
      type: 'customer.created',
    });
    expect(Math.abs(event!.created - (await app.nowMs()) / 1000)).toBeLessThan(60);
    expect(await stripe.events.retrieve(event!.id)).toMatchObject({ id: event!.id, data: event!.data });
  });

  it('that no request caused has a request all the same, with nothing in it', async () => {
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      payment_method: 'pm_card_authenticationRequired',
      confirm: true,
    });
    await app.finishChallenge(intent.next_action!.redirect_to_url!.url!, true);

    expect((await eventsOf(intent.id)).at(-1)).toMatchObject({
      type: 'payment_intent.succeeded',
      request: { id: null, idempotency_key: null },
    });
  });

  it('shows its object as it was then, and an update what was before', async () => {
    const { id } = await stripe.customers.create({ name: 'Ada', metadata: { a: '1', b: '2' } });
    await stripe.customers.update(id, { name: 'Eve', metadata: { a: '', b: '3' }, address: { city: 'X' } });
    await stripe.customers.update(id, { name: 'Eve' });

    const [created, updated, ...others] = await eventsOf(id);

    expect(created).toMatchObject({
      type: 'customer.created',
      data: { object: { name: 'Ada', metadata: { a: '1', b: '2' } } },
    });
    expect(created!.data).not.toHaveProperty('previous_attributes');
    expect(updated).toMatchObject({
      type: 'customer.updated',
      data: { object: { name: 'Eve', metadata: { b: '3' } } },
    });
    expect(updated!.data.previous_attributes).toEqual({ name: 'Ada', metadata: { a: '1', b: '2' }, address: null });
    // The same again is no change.
    expect(others).toEqual([]);
  });

  it('of a payment announces no update: there is no payment_intent.updated', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
    await stripe.paymentIntents.update(id, { description: 'x' });

    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['payment_intent.created']);
  });

  it('of a confirmation without an outcome says that it is processing, and of the outcome later', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });
    const confirmed = await stripe.paymentIntents.confirm(id, {
      payment_method: 'pm_card_sandbox_pendingThenSucceeds',
    });

    expect(confirmed.status).toBe('processing');
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual([
      'payment_intent.created',
      'payment_intent.processing',
      'payment_intent.succeeded',
    ]);
  });

  it('of a payment intent carries no client secret', async () => {
    const { id } = await stripe.paymentIntents.create({ amount: 2000, currency: 'usd' });

    expect((await eventsOf(id))[0]!.data.object).toMatchObject({ client_secret: null });
  });

  it.each(['evt_0', 'evt_0000000000000000000000000000', 'pi_0'])('%s is none: 404', async (id) => {
    await expect(stripe.events.retrieve(id)).rejects.toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  it('is listed by type, by several types and by what begins alike', async () => {
    const types = async (params: Stripe.EventListParams) =>
      new Set((await stripe.events.list({ limit: 100, ...params })).data.map(({ type }) => type));

    expect(await types({ type: 'customer.updated' })).toEqual(new Set(['customer.updated']));
    expect(await types({ types: ['customer.created', 'customer.updated'] })).toEqual(
      new Set(['customer.created', 'customer.updated']),
    );
    expect(await types({ type: 'customer.*' })).toEqual(new Set(['customer.created', 'customer.updated']));
  });
});
