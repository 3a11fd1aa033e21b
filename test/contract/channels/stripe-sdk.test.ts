/** The official library judges the simulator of Stripe and the verifier of callbacks, so that one misunderstanding cannot hide on two sides. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { stripeCallbacks } from '../../../functions/channels/stripe/callback.ts';
import { libraryFor, orderAt } from '../../simulators/stripe/library.ts';
import { type StripeUnderTest, stripeUnderTest } from '../../simulators/stripe/under-test.ts';

let under: StripeUnderTest;
let sdk: Stripe;
beforeEach(async () => {
  under = await stripeUnderTest();
  sdk = libraryFor(under);
});
afterEach(() => under.close());

const order = (changes: Partial<AuthorizeRequest> = {}) => orderAt(under, changes);

describe('the library is content with the simulator', () => {
  it('a payment is made, captured, refunded, disputed and listed', async () => {
    const intent = await sdk.paymentIntents.create({
      amount: 2000,
      currency: 'usd',
      capture_method: 'manual',
      confirm: true,
      payment_method: 'pm_card_visa',
      return_url: 'https://shop.example',
    });
    expect([intent.status, intent.amount_capturable]).toEqual(['requires_capture', 2000]);

    const captured = await sdk.paymentIntents.capture(intent.id, { amount_to_capture: 1500 });
    const refund = await sdk.refunds.create({ payment_intent: intent.id, amount: 500 });
    under.simulator.dispute(captured.latest_charge as string, 'fraudulent');
    const [dispute] = (await sdk.disputes.list()).data;
    const charge = await sdk.charges.retrieve(captured.latest_charge as string);
    const money = await sdk.balanceTransactions
      .list({ limit: 2, expand: ['data.source'] })
      .autoPagingToArray({ limit: 10 });

    expect([captured.status, captured.amount_received, refund.status]).toEqual(['succeeded', 1500, 'succeeded']);
    expect([charge.amount_captured, charge.amount_refunded, charge.disputed]).toEqual([1500, 500, true]);
    expect([dispute?.amount, dispute?.status]).toEqual([1000, 'needs_response']);
    expect(money.map(({ reporting_category: category, net }) => [category, net])).toEqual([
      ['dispute', -2500],
      ['refund', -500],
      ['charge', 1426],
    ]);
  });

  it('its errors are those of the library’s classes', async () => {
    const pay = (payment_method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
      sdk.paymentIntents.create({ amount: 2000, currency: 'usd', confirm: true, payment_method, ...more });

    const declined = await pay('pm_card_chargeDeclinedInsufficientFunds').catch((error: unknown) => error);
    expect(declined).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(declined).toMatchObject({ code: 'card_declined', decline_code: 'insufficient_funds', statusCode: 402 });
    await expect(pay('pm_card_none')).rejects.toMatchObject({ code: 'resource_missing', statusCode: 404 });
    await expect(pay('pm_card_visa', { amount: 0 })).rejects.toMatchObject({ code: 'parameter_invalid_integer' });
    await expect(
      pay('pm_card_visa', { payment_method_types: ['card'] } as Partial<Stripe.PaymentIntentCreateParams>),
    ).rejects.toMatchObject({ code: 'parameter_unknown', param: 'payment_method_types' });
    under.simulator.faults.push({ kind: 'rate_limit' });
    await expect(pay('pm_card_visa')).rejects.toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    under.simulator.faults.push({ kind: 'error_before' });
    await expect(pay('pm_card_visa')).rejects.toBeInstanceOf(Stripe.errors.StripeAPIError);
    const other = libraryFor(under, 'sk_test_another');
    await expect(other.balance.retrieve()).rejects.toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
  });

  it('under one key there is one payment, and another request under it is refused', async () => {
    const pay = (amount: number) =>
      sdk.paymentIntents.create(
        { amount, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
        { idempotencyKey: 'k' },
      );

    const first = await pay(2000);
    const second = await pay(2000);

    expect([second.id, second.lastResponse.headers['idempotent-replayed']]).toEqual([first.id, 'true']);
    await expect(pay(2001)).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
    expect(under.simulator.books.intents.size).toBe(1);
  });
});

describe('events', () => {
  const nowSeconds = () => Math.floor(under.clock.nowMs() / 1000);
  const construct = (raw: Buffer, signature: string, secret: string) =>
    sdk.webhooks.constructEvent(raw, signature, secret, 300, undefined, under.clock.nowMs());

  it('those of the simulator are genuine to the library, with each of two secrets', async () => {
    await under.channel.authorize(order());
    const second = under.simulator.rollSecret();

    const events = under.simulator.signed();

    expect(events.map(({ type }) => type)).toEqual(['charge.succeeded', 'payment_intent.succeeded']);
    for (const { raw, headers, type } of events) {
      for (const secret of [under.simulator.secrets[0]!, second])
        expect(construct(raw, headers['stripe-signature']!, secret).type).toBe(type);
      expect(() => construct(raw, headers['stripe-signature']!, 'whsec_another')).toThrow(
        Stripe.errors.StripeSignatureVerificationError,
      );
    }
  });

  it('what the library signs is genuine to the verifier', async () => {
    await under.channel.authorize(order());
    const payload = under.simulator.signed()[0]!.raw.toString('utf8');
    const { module, material } = under.verifying;
    const header = (secret: string, timestamp = nowSeconds()) => ({
      'stripe-signature': sdk.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    });
    const verify = async (headers: { readonly 'stripe-signature': string }) =>
      (await module.verify(Buffer.from(payload), headers, material, under.clock.nowMs())).kind;

    expect(module).toBe(stripeCallbacks);
    expect(await verify(header(under.simulator.secrets[0]!))).toBe('verified');
    expect(await verify(header(under.simulator.secrets[0]!, nowSeconds() - 299))).toBe('verified');
    expect(await verify(header(under.simulator.secrets[0]!, nowSeconds() - 301))).toBe('refused');
    expect(await verify(header('whsec_another'))).toBe('refused');
  });

  it('are posted until the endpoint acknowledges them, and a byte that was changed is no event to the library', async () => {
    await under.channel.authorize(order());
    const received: string[] = [];
    let status = 503;
    const endpoint = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        try {
          const signature = String(incoming.headers['stripe-signature']);
          received.push(construct(Buffer.concat(chunks), signature, under.simulator.secrets[0]!).type);
        } catch {
          received.push('refused');
        }
        outgoing.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;

    const left = [await under.simulator.deliver(url, { tampered: true })];
    status = 200;
    left.push(await under.simulator.deliver(url, { times: 2, reversed: true }), await under.simulator.deliver(url));
    endpoint.close();
    endpoint.closeAllConnections();

    expect(left).toEqual([2, 0, 0]);
    const newestFirst = ['payment_intent.succeeded', 'charge.succeeded'];
    expect(received).toEqual(['refused', 'refused', ...newestFirst, ...newestFirst]);
  });
});
