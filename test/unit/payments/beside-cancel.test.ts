/**
 * Reports of a payment while its cancel is under way: the answer of the channel was lost, whether the cancel came there or not. Then the payer does
 * something or nothing, and the payment learns it by a callback, the payer's return or the janitor.
 */
import { describe, expect, it } from 'vitest';
import { WALLETS } from '../../../functions/channels/port/instrument.ts';
import { TIMINGS } from '../../../functions/sandbox/behavior.ts';
import { planOfCharge } from '../../../functions/sandbox/charge.ts';
import { resumed } from '../../../functions/sandbox/wallet.ts';
import { audit } from '../../audit/audit.ts';
import { CANCELED, type Canceling, CREATED, canceling, ends, waiting } from '../../scenarios/lost-cancels.ts';
import {
  callsBack,
  clientOf,
  minutes,
  payerAt,
  payerReturns,
  paymentOf,
  sentTo,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';

const LEARN = {
  return: ({ sim, reference }: Canceling) => payerReturns(sim, reference),
  callback: ({ sim, reference }: Canceling) => callsBack(sim, reference),
  janitor: ({ sim }: Canceling) => minutes(sim, 3),
};
type Learn = keyof typeof LEARN;
const WAYS = Object.keys(LEARN) as readonly Learn[];

describe.each(WAYS)('a cancel of an order without an answer, and then: %s', (way) => {
  const lost = async (type: string, arrives: boolean, params?: Record<string, string>): Promise<Canceling> => {
    const { sim, intent } = await waiting(type, params);
    return canceling(sim, intent, arrives);
  };

  it.each(WALLETS)('%s: it was closed: canceled, and no failed payment', async (type) => {
    const now = await lost(type, true);
    now.reachable();

    await LEARN[way](now);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
    await ends(now, 'canceled closed', CANCELED);
  });

  it.each(WALLETS)('%s: it was closed, and the channel goes on losing the answer of a close', async (type) => {
    const now = await lost(type, true);

    await LEARN[way](now);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
    now.reachable();
    await ends(now, 'canceled closed', CANCELED);
  });

  it.each(WALLETS.flatMap((type) => [[type, 'decline'] as const, [type, 'expire'] as const]))(
    '%s: its payer was faster with another decision (%s): canceled all the same',
    async (type, decision) => {
      const now = await lost(type, false);
      now.reachable();
      payerAt(now.sim, now.reference, decision);

      await LEARN[way](now);

      expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
      await ends(now, 'canceled closed', CANCELED);
    },
  );

  it.each(['alipay', 'wechat_pay'] as const)('%s: its payer was faster and has paid: succeeded', async (type) => {
    const now = await lost(type, false);
    now.reachable();
    payerAt(now.sim, now.reference, 'approve');

    await LEARN[way](now);

    // A report leaves the decision to the cancel.
    const first = way === 'callback' ? 'requires_action requires_action' : 'succeeded captured';
    expect(statusesOf(now.sim, now.intent)).toBe(first);
    await ends(now, 'succeeded captured', [...CREATED, 'charge.succeeded', 'payment_intent.succeeded']);
    expect(now.sim.world.alarms).toEqual([]);
  });

  it.each([{}, { capture_method: 'manual' }])(
    'paypal (%j): an approval alone takes nothing: canceled',
    async (params) => {
      const now = await lost('paypal', false, params);
      now.reachable();
      payerAt(now.sim, now.reference, 'approve');

      await LEARN[way](now);
      expect(now.sim.channel.charges.get(now.reference)!.captured).toBe(0n);

      await ends(now, 'canceled closed', CANCELED);
      expect(now.sim.channel.charges.get(now.reference)!.captured).toBe(0n);
    },
  );

  it('wechat_pay: its payer was faster, and the wallet takes a day: processing', async () => {
    const now = await lost('wechat_pay', false, { amount: '19909' });
    now.reachable();
    payerAt(now.sim, now.reference, 'approve');

    await LEARN[way](now);

    // A report leaves the decision to the cancel.
    const first = way === 'callback' ? 'requires_action requires_action' : 'processing sent';
    expect(statusesOf(now.sim, now.intent)).toBe(first);
    await ends(now, 'processing sent', [...CREATED, 'charge.pending', 'payment_intent.processing']);
  });
});

describe.each(WAYS)('a cancel of a challenge without an answer, and then: %s', (way) => {
  const lost = async (arrives: boolean, params?: Record<string, string>): Promise<Canceling> => {
    const { sim, intent } = await waiting('card', params);
    const now = await canceling(sim, intent, arrives);
    now.reachable();
    return now;
  };
  const MODES = [{}, { capture_method: 'manual' }, { confirmation_method: 'manual' }] as const;

  it.each(MODES)('%j: it was voided: canceled, and no failed payment', async (params) => {
    const now = await lost(true, params);

    await LEARN[way](now);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
    await ends(now, 'canceled closed', CANCELED);
  });

  it.each(MODES)('%j: its payer failed it before the cancel came: canceled all the same', async (params) => {
    const now = await lost(false, params);
    now.sim.channel.finishChallenge(now.reference, false);

    await LEARN[way](now);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled closed');
    await ends(now, 'canceled closed', CANCELED);
  });

  it.each([
    [{}, 'succeeded captured', ['charge.succeeded', 'payment_intent.succeeded']],
    [
      { capture_method: 'manual' },
      'requires_capture authorized',
      ['charge.succeeded', 'payment_intent.amount_capturable_updated'],
    ],
    [{ confirmation_method: 'manual' }, 'requires_confirmation authenticated', []],
  ] as const)('%j: its payer passed it, and the cancel never came: %s', async (params, end, events) => {
    const now = await lost(false, params);
    now.sim.channel.finishChallenge(now.reference, true);

    await LEARN[way](now);

    // What a void can still take back is noted or held.
    const first = 'capture_method' in params ? end : 'requires_action requires_action';
    expect(statusesOf(now.sim, now.intent)).toBe(way === 'janitor' ? end : first);
    await ends(now, end, [...CREATED, ...events]);
  });
});

describe('a hold that a wallet reports while its order is being closed', () => {
  /** The approval was completed before the close came, and the wallet holds the amount. */
  async function heldBeside() {
    const { sim, intent } = await waiting('paypal', { capture_method: 'manual' });
    const { reference } = paymentOf(sim, intent).attempts[0]!;
    payerAt(sim, reference, 'approve');
    const now = await canceling(sim, intent, false);
    const nowMs = sim.world.clock.nowMs();
    sim.channel.alterCharge(reference, (charge) => resumed(charge, nowMs, TIMINGS, planOfCharge(charge)));
    await callsBack(sim, reference);
    expect(statusesOf(sim, intent)).toBe('requires_action requires_action');
    return now;
  }

  it('is the payment’s where the close is refused, and is reported once', async () => {
    const now = await heldBeside();
    await callsBack(now.sim, now.reference);
    now.reachable();

    await ends(now, 'requires_capture authorized', [
      ...CREATED,
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ]);
    expect(now.sim.world.alarms).toEqual([]);
  });

  it('is released by a void of its own where the wallet says that it closed the order', async () => {
    const now = await heldBeside();
    now.reachable();
    clientOf(now.sim).close = async () => ({ kind: 'succeeded' });

    await minutes(now.sim, 4);

    expect(statusesOf(now.sim, now.intent)).toBe('canceled voided');
    expect(sentTo(now.sim, 'void')).toBe(1);
    expect(now.sim.world.alarms).toHaveLength(1);
    expect(await audit(now.sim)).toEqual([]);
  });
});
