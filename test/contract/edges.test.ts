/** What merchants' code does at the edges of the API, and what Stripe answers it. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpack } from '../../functions/shared/pack.ts';
import { type App, startApp } from '../support/app.ts';

let app: App;
let stripe: Stripe;
beforeAll(async () => {
  app = await startApp();
  stripe = app.stripe;
});
afterAll(() => app.stop());

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
  it('whose creation is sent again tells the same secret, which is kept nowhere in clear', async () => {
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
