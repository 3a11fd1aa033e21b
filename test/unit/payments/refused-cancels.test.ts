/** Cancels of payments that wait for their payer, where the channel refuses, forgets or does not say what became of them. */
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { applyOperation } from '../../../functions/payments/operations/operation-outcome.ts';
import { putPayment } from '../../../functions/payments/store.ts';
import { CANCELED, CREATED, canceling, ends, eventTypes, waiting } from '../../scenarios/lost-cancels.ts';
import {
  callsBack,
  clientOf,
  minutes,
  payerAt,
  payerReturns,
  paymentOf,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';
import type { Simulation } from '../../world/simulation.ts';

const TERMS = { feeBps: 290, fixed: 30n, reserveBps: 0, version: 1 };

it('money is noted at the return while the channel does not say whether it closed the order', async () => {
  const { sim, intent } = await waiting('alipay');
  const now = await canceling(sim, intent, false);
  payerAt(sim, now.reference, 'approve');

  const { location } = await payerReturns(sim, now.reference);

  expect(location?.searchParams.get('redirect_status')).toBe('pending');
  expect(paymentOf(sim, intent).attempts[0]).toMatchObject({
    status: 'requires_action',
    reported: { amount: 10_000n },
  });
  now.reachable();
  await ends(now, 'succeeded captured', [...CREATED, 'charge.succeeded', 'payment_intent.succeeded']);
});

describe('a challenge of which the channel knows nothing any more', () => {
  const forgotten = async () => {
    const { sim, intent } = await waiting('card');
    const now = await canceling(sim, intent, false);
    now.reachable();
    clientOf(sim).queryAttempt = async () => ({ attempt: { kind: 'not_found' }, operations: new Map() });
    sim.move(sim.channel.client.timing.challengeMs + sim.channel.client.timing.settlingMs + 1_000);
    return now;
  };

  it('leaves nothing to a cancel without an answer', async () => {
    const now = await forgotten();

    await minutes(now.sim, 3);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
    expect(await eventTypes(now.sim)).toEqual(CANCELED);
  });

  it('leaves nothing to a cancel that is refused', async () => {
    const { sim, intent } = await forgotten();
    const { pending: _, ...idle } = paymentOf(sim, intent);
    const refused = { kind: 'failed', decline: { code: 'processing_error', message: 'unknown' } } as const;
    clientOf(sim).void = async () => refused;
    const call = { ...idle, version: idle.version + 1 };
    await sim.world.table.commit(putPayment(paymentOf(sim, intent), call));

    const { body } = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'again');

    expect(body.status).toBe('canceled');
  });
});

it('a cancel that is refused after a report that the challenge failed is answered with the canceled payment', async () => {
  const { sim, intent } = await waiting('card');
  const { reference } = paymentOf(sim, intent).attempts[0]!;
  const client = clientOf(sim);
  client.queryAttempt = async () => ({ attempt: { kind: 'unknown', reason: 'lost' }, operations: new Map() });
  client.void = async () => {
    sim.channel.finishChallenge(reference, false);
    await callsBack(sim, reference);
    return { kind: 'failed', decline: { code: 'processing_error', message: 'refused' } };
  };

  const { status, body } = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');

  expect([status, body.status]).toEqual([200, 'canceled']);
  expect(await eventTypes(sim)).toEqual(CANCELED);
});

it('a void that failed because the attempt had failed takes effect, where the channel says so', async () => {
  const { sim, intent } = await waiting('card');
  await canceling(sim, intent, false);
  const decline = { code: 'card_declined', message: 'no' };
  const commit = { nowMs: sim.world.clock.nowMs(), terms: TERMS };
  const after = (found?: 'failed' | 'captured') =>
    applyOperation(
      paymentOf(sim, intent),
      1,
      {
        kind: 'failed',
        decline,
        ...(found === 'failed' && { found: { kind: 'failed', decline } }),
        ...(found === 'captured' && { found: { kind: 'captured', authorizationCode: 'A1', amount: 10_000n } }),
      },
      commit,
    );

  expect(after('failed')).toMatchObject({ status: 'canceled', cause: 'canceled' });
  expect(after('captured')).toMatchObject({ status: 'requires_action', cause: 'cancel_failed' });
  expect(after()).toMatchObject({ status: 'requires_action', cause: 'cancel_failed' });
});

it('a cancel that comes after the payer has failed the challenge takes effect', async () => {
  const { sim, intent } = await waiting('card');
  const { reference } = paymentOf(sim, intent).attempts[0]!;
  sim.channel.finishChallenge(reference, false);

  const { status, body } = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');
  const again = await sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');

  expect([status, body.status, again.body]).toEqual([200, 'canceled', body]);
  await sim.deliverCallbacks();
  expect(await eventTypes(sim)).toEqual(CANCELED);
});

it.each([
  ['the janitor', (sim: Simulation) => minutes(sim, 3)],
  ['the payer’s return', (sim: Simulation, reference: ChannelReference) => payerReturns(sim, reference)],
  ['the callback', (sim: Simulation, reference: ChannelReference) => callsBack(sim, reference)],
] as const)('%s completes no approval while the channel does not say whether it closed the order', async (_, learn) => {
  const { sim, intent } = await waiting('paypal');
  const now = await canceling(sim, intent, false);
  payerAt(sim, now.reference, 'approve');

  await learn(sim, now.reference);

  expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
  expect(sim.channel.charges.get(now.reference)!.captured).toBe(0n);
  now.reachable();
  await ends(now, 'canceled closed', CANCELED);
});
