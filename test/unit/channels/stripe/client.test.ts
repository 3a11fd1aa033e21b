/** What the client makes of answers that the simulator never gives: about another request, in another shape, and that contradict themselves. */
import { describe, expect, it } from 'vitest';
import type { AuthorizeRequest } from '../../../../functions/channels/port/port.ts';
import { stripeChannel } from '../../../../functions/channels/stripe/client.ts';
import { disputeId, disputeName } from '../../../../functions/channels/stripe/map.ts';
import { descriptorSuffix } from '../../../../functions/channels/stripe/requests.ts';
import type { ChannelReference } from '../../../../functions/kernel/ids.ts';
import { parseCurrency } from '../../../../functions/kernel/money.ts';

const KEY = `${'0'.repeat(22)}`;
const OURS = `Scope001${KEY}1` as ChannelReference;
const OTHER = `Scope001${KEY}2` as ChannelReference;
const REQUEST: AuthorizeRequest = {
  reference: OURS,
  account: { channel: 'stripe', account: 'main' },
  createdMs: 1_800_000_000_000,
  amount: 1000n,
  currency: parseCurrency('usd')!,
  capture: true,
  instrument: { kind: 'test', token: 'pm_card_visa' },
  offSession: false,
};
const PAID = {
  id: 'pi_1',
  object: 'payment_intent',
  amount: 1000,
  amount_capturable: 0,
  amount_received: 1000,
  capture_method: 'automatic',
  currency: 'usd',
  last_payment_error: null,
  latest_charge: 'ch_1',
  metadata: { sluice_reference: OURS, sluice_asked: '1000 usd' },
  next_action: null,
  status: 'succeeded',
};
const HELD = {
  ...PAID,
  capture_method: 'manual',
  status: 'requires_capture',
  amount_received: 0,
  amount_capturable: 1000,
};

/** The client against a server that always answers this. */
function against(status: number, body: unknown) {
  const sent: string[] = [];
  const channel = stripeChannel({
    http: async ({ method, url }) => {
      sent.push(`${method} ${new URL(url).pathname}`);
      return { status, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
    },
    nowMs: () => REQUEST.createdMs,
    credentials: async (_, schema) =>
      schema.parse({ environment: 'test', secretKey: `sk_test_${'x'.repeat(20)}`, webhookSecrets: ['whsec_secret'] }),
  });
  return { channel, sent };
}

const FOLLOW_UP = { ...REQUEST, handles: { payment_intent: 'pi_1' }, operation: 1, sentMs: REQUEST.createdMs };
const UNKNOWN = { kind: 'unknown' };

describe('an answer to a payment', () => {
  it('about this request is its outcome', async () => {
    expect(await against(200, PAID).channel.authorize(REQUEST)).toMatchObject({ kind: 'captured', amount: 1000n });
  });

  it.each([
    ['of another reference', { metadata: { ...PAID.metadata, sluice_reference: OTHER } }],
    ['without a reference', { metadata: {} }],
    ['over another amount', { amount: 1001 }],
    ['in another currency', { currency: 'eur' }],
    ['of another kind', { object: 'charge' }],
    ['with an amount that is no number', { amount_received: '1000' }],
    ['with a status of another release', { status: 'requires_reauthorization' }],
    ['that waits for a payment method', { status: 'requires_payment_method' }],
    ['that waits for a confirmation', { status: 'requires_confirmation' }],
    ['with an action without an address', { status: 'requires_action', next_action: { type: 'use_stripe_sdk' } }],
  ])('%s is unknown', async (_, changes) => {
    expect(await against(200, { ...PAID, ...changes }).channel.authorize(REQUEST)).toMatchObject(UNKNOWN);
  });

  it.each([
    ['a page of a proxy', 502, '<html>'],
    ['no JSON', 200, 'ok'],
    ['an error in another shape', 402, { message: 'declined' }],
    ['a redirect', 302, ''],
    ['a success with another status', 201, PAID],
  ])('that is %s is unknown', async (_, status, body) => {
    expect(await against(status, body).channel.authorize(REQUEST)).toMatchObject(UNKNOWN);
  });

  it('that declines it and has a payment which took money is the payment', async () => {
    const error = { type: 'card_error', code: 'card_declined', message: 'No.', payment_intent: PAID };

    expect(await against(402, { error }).channel.authorize(REQUEST)).toMatchObject({ kind: 'captured' });
    const processing = { ...error, payment_intent: { ...PAID, status: 'processing', amount_received: 0 } };
    expect(await against(402, { error: processing }).channel.authorize(REQUEST)).toMatchObject({ kind: 'pending' });
    const other = { ...error, payment_intent: { ...PAID, metadata: { sluice_reference: OTHER } } };
    expect(await against(402, { error: other }).channel.authorize(REQUEST)).toMatchObject({ kind: 'failed' });
  });

  it('that approves a part of a hold says how much is held', async () => {
    const part = { ...HELD, amount_capturable: 400 };

    expect(await against(200, part).channel.authorize({ ...REQUEST, capture: false })).toMatchObject({
      kind: 'authorized',
      amount: 400n,
    });
    expect(await against(200, HELD).channel.authorize({ ...REQUEST, capture: false })).not.toHaveProperty('amount');
  });
});

describe('an answer about a payment', () => {
  it('that its name leads to, and which has another reference, denies nothing and shows nothing', async () => {
    const { channel } = against(200, { ...PAID, metadata: { sluice_reference: OTHER, sluice_asked: '1000 usd' } });

    expect((await channel.queryAttempt({ ...REQUEST, handles: FOLLOW_UP.handles })).attempt).toMatchObject(UNKNOWN);
    expect(await channel.capture({ ...FOLLOW_UP, amount: 1000n })).toMatchObject(UNKNOWN);
    expect(await channel.void(FOLLOW_UP)).toMatchObject(UNKNOWN);
    expect(await channel.close(FOLLOW_UP)).toMatchObject(UNKNOWN);
  });

  it('that lacks the mark of the operation is unknown', async () => {
    expect(await against(200, PAID).channel.capture({ ...FOLLOW_UP, amount: 1000n })).toMatchObject(UNKNOWN);
    expect(await against(200, HELD).channel.increment({ ...FOLLOW_UP, amount: 1200n })).toMatchObject(UNKNOWN);
  });

  it.each([
    ['another amount', { amount: 200 }],
    ['another currency', { currency: 'eur' }],
    ['another reference', { metadata: { sluice_reference: OURS } }],
  ])('of a refund with %s is unknown', async (_, changes) => {
    const reference = `Scope001${KEY}0` as ChannelReference;
    const refund = {
      id: 're_1',
      object: 'refund',
      amount: 100,
      currency: 'usd',
      metadata: { sluice_reference: reference },
      status: 'succeeded',
    };
    const request = { ...REQUEST, reference, payment: OURS, amount: 100n, refunded: { payment: FOLLOW_UP.handles } };

    expect(await against(200, refund).channel.refund(request)).toMatchObject({ kind: 'succeeded' });
    expect(await against(200, { ...refund, ...changes }).channel.refund(request)).toMatchObject(UNKNOWN);
  });

  it('of a dispute that is another one is unknown', async () => {
    const answer = { reference: OURS, account: REQUEST.account, dispute: 'du2', submission: 1, evidence: {} };
    const { channel, sent } = against(200, { id: 'du_1', object: 'dispute' });

    expect(await channel.answerDispute({ ...answer, answer: 'accept' })).toMatchObject(UNKNOWN);
    expect(sent).toEqual(['POST /v1/disputes/du_2/close']);
  });
});

describe('a call of several requests', () => {
  /** The client against a server that answers each request after so long, and what it let each take. */
  function slow(takesMs: number, answerOf: (path: string) => unknown) {
    const limits: number[] = [];
    let nowMs = REQUEST.createdMs;
    const channel = stripeChannel({
      http: async ({ url, timeoutMs }) => {
        limits.push(timeoutMs);
        nowMs += takesMs;
        return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answerOf(new URL(url).pathname))) };
      },
      nowMs: () => nowMs,
      credentials: async (_, schema) =>
        schema.parse({ environment: 'test', secretKey: `sk_test_${'x'.repeat(20)}`, webhookSecrets: ['whsec_secret'] }),
    });
    return { channel, limits };
  }

  it('has the time of one: the function that waits for it does not end before', async () => {
    const { channel, limits } = slow(7_000, (path) =>
      path.endsWith('/cancel') ? { ...HELD, status: 'canceled' } : HELD,
    );

    expect(await channel.void(FOLLOW_UP)).toEqual({ kind: 'succeeded' });
    expect(limits).toEqual([12_000, 5_000]);
  });

  it('sends nothing that it cannot wait for', async () => {
    const { channel, limits } = slow(12_000, () => HELD);

    expect(await channel.void(FOLLOW_UP)).toEqual({ kind: 'unknown', reason: 'no time is left' });
    expect(limits).toEqual([12_000]);
  });
});

describe('the payment of a dispute', () => {
  const of = { account: REQUEST.account, name: 'pi_1' };

  it.each([
    ['of ours', 200, PAID, { kind: 'found', reference: OURS }],
    ['of another integration', 200, { ...PAID, metadata: {} }, { kind: 'not_ours' }],
    [
      'of ours in another currency',
      200,
      { ...PAID, currency: 'eur' },
      { kind: 'unknown', reason: 'Stripe has it in eur' },
    ],
    [
      'that Stripe does not know',
      404,
      { error: { type: 'invalid_request_error', message: 'No such payment_intent' } },
      { kind: 'not_ours' },
    ],
    ['that Stripe does not answer about', 500, {}, { kind: 'unknown', reason: 'status 500' }],
    ['that cannot be read', 200, { id: 'pi_1' }, { kind: 'unknown', reason: 'the answer cannot be read' }],
  ])('%s', async (_, status, body, expected) => {
    expect(await against(status, body).channel.referenceOf(of)).toEqual(expected);
  });
});

describe('names', () => {
  it('of disputes are alphanumeric, and lead back to Stripe’s', () => {
    expect(disputeName('du_1MtJUT2eZvKYlo2CNaw2HvEv')).toBe('du1MtJUT2eZvKYlo2CNaw2HvEv');
    expect(disputeId('dp1A')).toBe('dp_1A');
  });

  it.each([
    ['SHOP* ORDER 7', 'SHOP', 'ORDER 7'],
    ['Shop order', 'SHOP', 'order'],
    ['OTHER NAME', 'SHOP', 'OTHER NAME'],
    ['ABCDEFGHIJKLMNOPQRSTUV', 'SHOP', 'ABCDEFGHIJKLMNOP'],
    ['SHOP* 12345', 'SHOP', undefined],
    ['SHOP', 'SHOP', undefined],
    ['Größe <7>', 'SHOP', 'Gre 7'],
    ['SHOP* ORDER 7', undefined, undefined],
    [undefined, 'SHOP', undefined],
  ])('on a statement: of %s after the prefix %s Stripe is sent %s', (descriptor, statementPrefix, expected) => {
    expect(descriptorSuffix(descriptor, { statementPrefix })).toBe(expected);
  });
});
