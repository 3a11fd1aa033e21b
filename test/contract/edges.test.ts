/** What merchants' code does at the edges of the API, and what Stripe answers it. */
import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
