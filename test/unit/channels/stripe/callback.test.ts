/** Stripe's webhooks: verified on their raw bytes, and read as facts. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CallbackFact } from '../../../../functions/channels/port/port.ts';
import { EVENT_TYPES, stripeCallbacks } from '../../../../functions/channels/stripe/callback.ts';

const NOW_MS = 1_800_000_000_000;
const T = NOW_MS / 1000;
const OLD = 'whsec_old_secret';
const NEW = 'whsec_new_secret';
const MATERIAL = { environment: 'test' as const, webhookSecrets: [OLD, NEW], account: undefined };
const OURS = `Scope001${'0'.repeat(22)}1`;
const REFUND = `Scope001${'0'.repeat(22)}0`;

const sign = (secret: string, raw: string, t = T): string =>
  createHmac('sha256', secret).update(`${t}.${raw}`).digest('hex');
const header = (raw: string, secret = NEW, t = T) => ({ 'stripe-signature': `t=${t},v1=${sign(secret, raw, t)}` });

const INTENT = {
  id: 'pi_1',
  object: 'payment_intent',
  amount: 1000,
  amount_capturable: 0,
  amount_received: 0,
  capture_method: 'automatic',
  currency: 'usd',
  last_payment_error: null,
  latest_charge: null,
  metadata: { sluice_reference: OURS, sluice_asked: '1000 usd' },
  next_action: null,
  status: 'processing',
};
const CHARGE = {
  id: 'ch_1',
  object: 'charge',
  amount: 1000,
  amount_captured: 1000,
  captured: true,
  currency: 'usd',
  metadata: INTENT.metadata,
  payment_intent: 'pi_1',
  status: 'succeeded',
  payment_method_details: {
    type: 'card',
    card: { authorization_code: 'A1', network_transaction_id: 'n1', checks: { cvc_check: 'pass' } },
  },
};
const DISPUTE = {
  id: 'du_1',
  object: 'dispute',
  amount: 1000,
  balance_transactions: [{ amount: -1000, fee: 1500, currency: 'usd' }],
  created: 1_799_999_000,
  currency: 'usd',
  evidence_details: { due_by: 1_800_900_000 },
  network_reason_code: '10.4',
  payment_intent: 'pi_1',
  reason: 'fraudulent',
  status: 'needs_response',
};
const REFUNDED = {
  id: 're_1',
  object: 'refund',
  amount: 100,
  currency: 'usd',
  metadata: { sluice_reference: REFUND },
  payment_intent: 'pi_1',
  status: 'succeeded',
};

const event = (type: string, object: unknown, changes: object = {}): string =>
  JSON.stringify({ id: 'evt_1', object: 'event', type, livemode: false, data: { object }, ...changes });
const verify = (
  raw: string,
  headers: Readonly<Record<string, string>> = header(raw),
  material = MATERIAL,
  nowMs = NOW_MS,
) => stripeCallbacks.verify(Buffer.from(raw), headers, material, nowMs);

async function factsOf(type: string, object: unknown): Promise<readonly CallbackFact[]> {
  const verified = await verify(event(type, object));
  if (verified.kind !== 'verified') throw new Error(`the event is ${verified.kind}`);
  return verified.facts;
}

describe('a signature', () => {
  const raw = event('charge.succeeded', CHARGE);

  it('of either of two secrets is taken, also beside others and beside another scheme', async () => {
    const [old, current, other] = [sign(OLD, raw), sign(NEW, raw), sign('whsec_another', raw)];

    for (const text of [
      `t=${T},v1=${old}`,
      `t=${T},v1=${current}`,
      `t=${T},v1=${other},v1=${current},v0=${other}`,
      `v0=${other}, v1=${other}, v1=${old}, t=${T}`,
    ])
      expect((await verify(raw, { 'stripe-signature': text })).kind).toBe('verified');
  });

  it.each([
    ['of another secret', `t=${T},v1=${sign('whsec_another', raw)}`],
    ['of another scheme alone', `t=${T},v0=${sign(NEW, raw)}`],
    ['over another time', `t=${T + 1},v1=${sign(NEW, raw)}`],
    ['without a time', `v1=${sign(NEW, raw)}`],
    ['in capitals', `t=${T},v1=${sign(NEW, raw).toUpperCase()}`],
    ['cut short', `t=${T},v1=${sign(NEW, raw).slice(2)}`],
    ['among too many', `t=${T},${Array.from({ length: 6 }, () => `v1=${sign(NEW, raw)}`).join(',')}`],
    ['nothing', ''],
  ])('%s is refused', async (_, text) => {
    expect(await verify(raw, { 'stripe-signature': text })).toEqual({ kind: 'refused' });
  });

  it('is good for 300 seconds, before and after', async () => {
    const at = async (t: number) => {
      const headers = header(raw, NEW, t);
      expect(stripeCallbacks.plausible(headers, NOW_MS)).toBe(Math.abs(t - T) <= 300);
      return (await verify(raw, headers)).kind;
    };

    expect([await at(T - 300), await at(T + 300)]).toEqual(['verified', 'verified']);
    expect([await at(T - 301), await at(T + 301)]).toEqual(['refused', 'refused']);
  });

  it('is over the bytes: another byte, or one more, is refused', async () => {
    const headers = header(raw);

    expect((await verify(raw.replace('pi_1', 'pi_2'), headers)).kind).toBe('refused');
    expect((await verify(`${raw} `, headers)).kind).toBe('refused');
  });
});

describe('an event', () => {
  it.each([
    ['of live mode', { livemode: true }],
    ['of a connected account', { account: 'acct_1' }],
    ['without an id', { id: undefined }],
    ['that is no event', { object: 'charge' }],
  ])('%s is refused', async (_, changes) => {
    expect(await verify(event('charge.succeeded', CHARGE, changes))).toEqual({ kind: 'refused' });
  });

  it('of a connected account is taken for that account alone', async () => {
    const material = { ...MATERIAL, account: 'acct_1' as never };
    const raw = event('charge.succeeded', CHARGE, { account: 'acct_1' });
    const own = event('charge.succeeded', CHARGE);

    expect((await verify(raw, header(raw), material)).kind).toBe('verified');
    expect((await verify(own, header(own), material)).kind).toBe('refused');
  });

  it.each([
    ['payout.paid', { id: 'po_1', object: 'payout' }],
    ['customer.created', {}],
    ['charge.refunded', CHARGE],
    ['charge.succeeded', { ...CHARGE, metadata: {} }],
    ['charge.succeeded', { ...CHARGE, metadata: { sluice_reference: 'short' } }],
    ['charge.succeeded', { ...CHARGE, status: 'failed' }],
    ['refund.created', { ...REFUNDED, metadata: null }],
    ['charge.dispute.created', { ...DISPUTE, payment_intent: null }],
    ['charge.dispute.created', { ...DISPUTE, status: 'prevented' }],
    ['payment_intent.succeeded', { ...INTENT, status: 'succeeded', amount_received: 1000, latest_charge: 'ch_1' }],
    ['payment_intent.canceled', { ...INTENT, status: 'canceled', latest_charge: 'ch_1' }],
  ])('%s about no object of ours, or that another event reports, is noted', async (type, object) => {
    expect(await verify(event(type, object))).toEqual({ kind: 'noted' });
  });

  it.each([
    ['charge.succeeded', { ...CHARGE, amount: '1000' }],
    ['charge.succeeded', { ...CHARGE, currency: 'eur' }],
    ['payment_intent.processing', { ...INTENT, currency: 'eur' }],
    ['payment_intent.succeeded', { ...INTENT, amount_received: 1.5 }],
    ['refund.created', { ...REFUNDED, status: 'of_another_release' }],
    ['charge.dispute.created', { ...DISPUTE, amount: -1 }],
  ])('%s that cannot be read, or is in another currency, is refused', async (type, object) => {
    expect(await verify(event(type, object))).toEqual({ kind: 'refused' });
  });

  it('of a charge is the success, with the code, the checks and the names', async () => {
    expect(await factsOf('charge.succeeded', CHARGE)).toEqual([
      {
        about: 'attempt',
        reference: OURS,
        outcome: {
          kind: 'captured',
          authorizationCode: 'A1',
          amount: 1000n,
          checks: { cvc: 'pass' },
          handles: { payment_intent: 'pi_1', network_transaction_id: 'n1' },
        },
      },
    ]);
    expect(await factsOf('charge.succeeded', { ...CHARGE, captured: false, amount_captured: 0 })).toMatchObject([
      { outcome: { kind: 'authorized' } },
    ]);
  });

  it('of a charge that holds another amount than was asked for says which', async () => {
    const hold = { ...CHARGE, captured: false, amount_captured: 0 };
    const heldIn = async (charge: object) =>
      (await factsOf('charge.succeeded', charge)).map((fact) => fact.about === 'attempt' && fact.outcome);
    const { card } = hold.payment_method_details;
    const partly = { ...hold, payment_method_details: { type: 'card', card: { ...card, amount_authorized: 400 } } };
    const wholly = { ...hold, payment_method_details: { type: 'card', card: { ...card, amount_authorized: 1000 } } };

    expect(await heldIn(partly)).toMatchObject([{ kind: 'authorized', amount: 400n }]);
    expect(await heldIn({ ...hold, amount: 400 })).toMatchObject([{ kind: 'authorized', amount: 400n }]);
    for (const same of [wholly, hold]) expect((await heldIn(same))[0]).not.toHaveProperty('amount');
  });

  it('of a payment is its failure, its challenge or that the bank decides later', async () => {
    const error = { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', message: 'No.' };
    const failed = { ...INTENT, status: 'requires_payment_method', last_payment_error: error };
    const url = 'https://hooks.stripe.com/3d';
    const action = { type: 'redirect_to_url', redirect_to_url: { url, return_url: 'https://a.example' } };

    expect(await factsOf('payment_intent.payment_failed', failed)).toMatchObject([
      { about: 'attempt', reference: OURS, outcome: { kind: 'failed', decline: { declineCode: 'lost_card' } } },
    ]);
    expect(
      await factsOf('payment_intent.requires_action', { ...INTENT, status: 'requires_action', next_action: action }),
    ).toMatchObject([{ outcome: { kind: 'requires_action', action: { kind: 'redirect', url } } }]);
    expect(await factsOf('payment_intent.processing', INTENT)).toMatchObject([{ outcome: { kind: 'pending' } }]);
    expect(await factsOf('payment_intent.canceled', { ...INTENT, status: 'canceled' })).toMatchObject([
      { outcome: { kind: 'failed', decline: { class: 'payer_action' } } },
    ]);
  });

  it('of a capture is the last operation of ours, under its number', async () => {
    const captured = {
      ...INTENT,
      capture_method: 'manual',
      status: 'succeeded',
      amount_received: 900,
      latest_charge: 'ch_1',
      metadata: {
        ...INTENT.metadata,
        sluice_operation_1: '1 capture 300 keeps_rest',
        sluice_operation_2: '2 capture 600',
      },
    };

    expect(await factsOf('payment_intent.succeeded', captured)).toEqual([
      {
        about: 'operation',
        reference: OURS,
        operation: 2,
        outcome: { kind: 'succeeded', handles: { charge: 'ch_1' } },
        facts: { kind: 'capture', amount: 600n },
      },
    ]);
  });

  it('of a capture that is none of ours is what was taken in all', async () => {
    const taken = {
      ...INTENT,
      capture_method: 'manual',
      status: 'succeeded',
      amount_received: 700,
      latest_charge: 'ch_1',
    };

    expect(await factsOf('payment_intent.succeeded', taken)).toMatchObject([
      { about: 'attempt', outcome: { kind: 'captured', amount: 700n } },
    ]);
  });

  it('of a refund is its outcome under its own reference, also when it fails later', async () => {
    const failed = { ...REFUNDED, status: 'failed', failure_reason: 'lost_or_stolen_card' };

    expect(await factsOf('refund.created', REFUNDED)).toEqual([
      { about: 'refund', reference: REFUND, outcome: { kind: 'succeeded', handles: { refund: 're_1' } } },
    ]);
    expect(await factsOf('refund.failed', failed)).toMatchObject([
      { outcome: { kind: 'failed', decline: { code: 'lost_or_stolen_card' } } },
    ]);
    expect(await factsOf('refund.updated', { ...REFUNDED, status: 'pending' })).toMatchObject([
      { outcome: { kind: 'pending' } },
    ]);
  });

  it('of a dispute names the payment as Stripe does, for our reference is not in it', async () => {
    expect(await factsOf('charge.dispute.created', DISPUTE)).toEqual([
      {
        about: 'dispute_of',
        reference: 'pi_1',
        dispute: {
          id: 'du1',
          kind: 'chargeback',
          amount: 1000n,
          currency: 'usd',
          fee: 1500n,
          reason: 'fraudulent',
          networkReasonCode: '10.4',
          openedMs: 1_799_999_000_000,
          dueMs: 1_800_900_000_000,
        },
        outcome: { kind: 'opened' },
      },
    ]);
  });

  it.each([
    ['warning_needs_response', 'inquiry', 'opened'],
    ['warning_under_review', 'inquiry', 'opened'],
    ['warning_closed', 'inquiry', 'closed'],
    ['under_review', 'chargeback', 'opened'],
    ['appeal_needs_response', 'chargeback', 'opened'],
    ['won', 'chargeback', 'won'],
    ['lost', 'chargeback', 'lost'],
  ])('of a dispute that is %s is about %s, %s', async (status, kind, outcome) => {
    expect(await factsOf('charge.dispute.updated', { ...DISPUTE, status })).toMatchObject([
      { dispute: { kind }, outcome: { kind: outcome } },
    ]);
  });

  it('of a dispute with a fee in another currency leaves the fee to the statement', async () => {
    const elsewhere = [{ amount: -900, fee: 1400, currency: 'eur' }];

    expect(await factsOf('charge.dispute.created', { ...DISPUTE, balance_transactions: elsewhere })).toMatchObject([
      { dispute: { fee: 0n } },
    ]);
  });

  it('has a type of the list in the documentation, by which an endpoint is made', () => {
    const [, listed] = /Events of the endpoint:\n\n```\n([\s\S]*?)\n```/.exec(
      readFileSync('docs/channels/stripe.md', 'utf8'),
    )!;

    expect(listed!.split('\n')).toEqual([...EVENT_TYPES].sort());
  });
});
