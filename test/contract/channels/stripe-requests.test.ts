/** A request of the client to Stripe is the one that the official library sends for the same parameters. */
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizeRequest } from '../../../functions/channels/port/port.ts';
import { API_VERSION } from '../../../functions/channels/stripe/transport.ts';
import { libraryFor, orderAt, USD } from '../../simulators/stripe/library.ts';
import type { SeenRequest } from '../../simulators/stripe/server.ts';
import { type StripeUnderTest, stripeUnderTest } from '../../simulators/stripe/under-test.ts';

let under: StripeUnderTest;
let sdk: Stripe;
beforeEach(async () => {
  under = await stripeUnderTest();
  sdk = libraryFor(under);
});
afterEach(() => under.close());

const order = (changes: Partial<AuthorizeRequest> = {}) => orderAt(under, changes);

/** What decides a request: all but the names of the programs. */
const judged = ({ method, url, body, headers }: SeenRequest) => ({
  method,
  url,
  body,
  headers: Object.fromEntries(
    [
      'accept',
      'authorization',
      'content-length',
      'content-type',
      'idempotency-key',
      'stripe-account',
      'stripe-version',
    ].map((name) => [name, headers[name]]),
  ),
});

/** The last request of the client, and that of the library for the same parameters. */
async function both(
  ours: () => Promise<unknown>,
  theirs: (sent: SeenRequest, key: { readonly idempotencyKey: string }) => Promise<unknown>,
) {
  await ours();
  const sent = under.simulator.seen.at(-1)!;
  const key = { idempotencyKey: String(sent.headers['idempotency-key']) };
  await theirs(sent, key).catch((error: unknown) => {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
  });
  const again = under.simulator.seen.at(-1)!;
  expect(again).not.toBe(sent);
  return { ours: judged(sent), theirs: judged(again) };
}

describe('a request of the client is the one that the library sends, byte for byte', () => {
  it('speaks the same version', () => {
    expect(API_VERSION).toBe(Stripe.API_VERSION);
  });

  it('a payment with a test id, held, with everything that can be asked of a hold', async () => {
    const request = order({
      capture: false,
      requestedFeatures: ['multicapture', 'increment'],
      wantsChallenge: true,
      statementDescriptor: "SHOP* No. 7 'x'",
    });

    const { ours, theirs } = await both(
      () => under.channel.authorize(request),
      (_, key) =>
        sdk.paymentIntents.create(
          {
            amount: 1000,
            currency: 'usd',
            allowed_payment_method_types: ['card'],
            capture_method: 'manual',
            confirm: true,
            payment_method: 'pm_card_visa',
            return_url: 'https://pay.example/v1/return/a?b=c&d=é (1)',
            payment_method_options: {
              card: {
                request_three_d_secure: 'any',
                request_multicapture: 'if_available',
                request_incremental_authorization: 'if_available',
              },
            },
            statement_descriptor_suffix: 'No. 7 x',
            metadata: { sluice_reference: request.reference, sluice_asked: '1000 usd' },
            expand: ['latest_charge'],
          },
          key,
        ),
    );

    expect(ours).toEqual(theirs);
    expect(ours.headers['idempotency-key']).toBe(request.reference);
  });

  it('a payment with a card of the vault, charged off session', async () => {
    const request = order({ offSession: true, setUp: true });
    const card = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' };

    const { ours, theirs } = await both(
      () => under.channel.authorizeCard(request, card),
      (_, key) =>
        sdk.paymentIntents.create(
          {
            amount: 1000,
            currency: 'usd',
            allowed_payment_method_types: ['card'],
            capture_method: 'automatic',
            confirm: true,
            // The library's types leave card numbers to the browser.
            payment_method_data: {
              type: 'card',
              card: { number: '4242424242424242', exp_month: 12, exp_year: 2034, cvc: '123' },
            } as Stripe.PaymentIntentCreateParams.PaymentMethodData,
            off_session: true,
            metadata: { sluice_reference: request.reference, sluice_asked: '1000 usd' },
            expand: ['latest_charge'],
          },
          key,
        ),
    );

    expect(ours).toEqual(theirs);
  });

  it('the verification of a card', async () => {
    const request = order({ amount: 0n });

    const { ours, theirs } = await both(
      () => under.channel.authorize(request),
      (_, key) =>
        sdk.setupIntents.create(
          {
            allowed_payment_method_types: ['card'],
            confirm: true,
            usage: 'off_session',
            payment_method: 'pm_card_visa',
            return_url: 'https://pay.example/v1/return/a?b=c&d=é (1)',
            metadata: { sluice_reference: request.reference, sluice_asked: '0 usd' },
          },
          key,
        ),
    );

    expect(ours).toEqual(theirs);
  });

  it('a capture of a part, the release of the rest, an increment and a cancel', async () => {
    const request = order({ capture: false, requestedFeatures: ['multicapture', 'increment'] });
    const { handles } = await under.channel.authorize(request);
    const id = handles!.payment_intent!;
    const at = { ...request, handles: handles!, sentMs: under.clock.nowMs() };

    const raised = await both(
      () => under.channel.increment({ ...at, operation: 1, amount: 1_200n }),
      (_, key) =>
        sdk.paymentIntents.incrementAuthorization(
          id,
          { amount: 1200, metadata: { sluice_operation_1: '1 increment 1200' } },
          key,
        ),
    );
    const part = await both(
      () => under.channel.capture({ ...at, operation: 2, amount: 400n, keepsRest: true }),
      (_, key) =>
        sdk.paymentIntents.capture(
          id,
          {
            amount_to_capture: 400,
            final_capture: false,
            metadata: { sluice_operation_2: '2 capture 400 keeps_rest' },
          },
          key,
        ),
    );
    const rest = await both(
      () => under.channel.void({ ...at, operation: 3 }),
      (_, key) =>
        sdk.paymentIntents.capture(
          id,
          { amount_to_capture: 0, final_capture: true, metadata: { sluice_operation_3: '3 void 0' } },
          key,
        ),
    );
    const other = order({ capture: false });
    const held = await under.channel.authorize(other);
    const canceled = await both(
      () => under.channel.void({ ...other, handles: held.handles!, sentMs: 0, operation: 1 }),
      (_, key) => sdk.paymentIntents.cancel(held.handles!.payment_intent!, {}, key),
    );

    for (const { ours, theirs } of [raised, part, rest, canceled]) expect(ours).toEqual(theirs);
  });

  it('a refund, a query of it, an answer to a dispute, and lists', async () => {
    const request = order();
    const { handles } = await under.channel.authorize(request);
    const refund = {
      reference: under.reference(0),
      payment: request.reference,
      account: under.account,
      createdMs: under.clock.nowMs(),
      refunded: { payment: handles! },
      amount: 100n,
      currency: USD,
    };
    const id = handles!.payment_intent!;

    const refunded = await both(
      () => under.channel.refund(refund),
      (_, key) =>
        sdk.refunds.create({ payment_intent: id, amount: 100, metadata: { sluice_reference: refund.reference } }, key),
    );
    const asked = await both(
      () => under.channel.queryRefund(refund),
      () => sdk.refunds.list({ payment_intent: id, limit: 100 }),
    );
    const about = Math.floor(request.createdMs / 1000);
    const found = await both(
      () => under.channel.queryAttempt({ ...request }),
      () =>
        sdk.paymentIntents.list({
          created: { gte: about - 30, lte: about + 150 },
          limit: 100,
          expand: ['data.latest_charge'],
        }),
    );
    const named = await both(
      () => under.channel.queryAttempt({ ...request, handles: handles! }),
      () => sdk.paymentIntents.retrieve(id, { expand: ['latest_charge'] }),
    );
    const dispute = await under.dispute!(request.reference);
    const answer = { reference: request.reference, account: under.account, dispute, submission: 1 };
    const stripes = [...under.simulator.books.disputes.keys()][0]!;
    const contested = await both(
      () =>
        under.channel.answerDispute({
          ...answer,
          answer: 'contest',
          evidence: { uncategorized_text: 'It was delivered.\nTwice & more' },
        }),
      (_, key) =>
        sdk.disputes.update(
          stripes,
          { evidence: { uncategorized_text: 'It was delivered.\nTwice & more' }, submit: true },
          key,
        ),
    );
    const accepted = await both(
      () => under.channel.answerDispute({ ...answer, submission: 2, answer: 'accept', evidence: {} }),
      (_, key) => sdk.disputes.close(stripes, {}, key),
    );

    for (const { ours, theirs } of [refunded, asked, found, named, contested, accepted]) expect(ours).toEqual(theirs);
  });
});
