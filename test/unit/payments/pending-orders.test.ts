/** Orders whose payer has paid while the channel has not decided: processing, however that is learned, until the outcome arrives. */
import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import type { Attempt } from '../../../functions/payments/attempt.ts';
import { paymentTypes } from '../../../functions/payments/event-types.ts';
import { paymentBefore } from '../../../functions/payments/image-before.ts';
import { applyOutcome } from '../../../functions/payments/outcome.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { TIMINGS } from '../../../functions/sandbox/behavior.ts';
import { audit } from '../../audit/audit.ts';
import {
  callsBack,
  clientOf,
  minutes,
  ordered,
  payerAt,
  payerReturns,
  paymentOf,
  sentTo,
  statusesOf,
} from '../../scenarios/wallet-payments.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';
import { COMMIT, DECLINE, known, OUTCOMES } from './known.ts';

/** The scenario of the sandbox's wallets in which a payment takes a day (functions/sandbox/README.md). */
const TAKES_A_DAY = '19909';

/** An order whose payer has paid at the wallet; nothing of that is known here. */
async function paidOrder(type: 'alipay' | 'wechat_pay' | 'paypal') {
  const sim = await simulate();
  const { intent, reference } = await ordered(sim, type, { amount: TAKES_A_DAY });
  payerAt(sim, reference, 'approve');
  return { sim, intent, reference };
}

const cancel = (sim: Simulation, intent: string) =>
  sim.request('POST', `/v1/payment_intents/${intent}/cancel`, {}, 'cancel');
const confirm = (sim: Simulation, intent: string) =>
  sim.request('POST', `/v1/payment_intents/${intent}/confirm`, { payment_method: 'pm_card_visa' }, 'confirm');
const messageOf = ({ error }: Record<string, unknown>): string => (error as { message: string }).message;
const minuteAfter = (ms: number): number => ms + 60_000;

describe('a payment whose payer has paid and whose channel has not decided', () => {
  it.each([
    ['the return', (sim: Simulation, reference: ChannelReference) => payerReturns(sim, reference)],
    ['a callback', (sim: Simulation, reference: ChannelReference) => callsBack(sim, reference)],
    ['the janitor', (sim: Simulation) => minutes(sim, 3)],
    ['a cancel', (sim: Simulation, _: ChannelReference, intent: string) => cancel(sim, intent)],
    ['a second confirmation', (sim: Simulation, _: ChannelReference, intent: string) => confirm(sim, intent)],
  ] as const)('is processing once %s learns it, and has a pending charge', async (_, learn) => {
    const { sim, intent, reference } = await paidOrder('alipay');

    await learn(sim, reference, intent);
    await sim.world.runQueues();

    expect(statusesOf(sim, intent)).toBe('processing sent');
    const read = await sim.request('GET', `/v1/payment_intents/${intent}`);
    expect(read.body).toMatchObject({ status: 'processing', next_action: null, last_payment_error: null });
    const charge = await sim.request('GET', `/v1/charges/${String(read.body.latest_charge)}`);
    expect(charge.body).toMatchObject({ status: 'pending', paid: false, captured: false, outcome: null });
    expect(endState(sim).entries).toEqual([]);
    expect(sim.channel.charges.size).toBe(1);
    expect(await audit(sim)).toEqual([]);
  });

  it('is processing at PayPal once the approval is completed', async () => {
    const { sim, intent, reference } = await paidOrder('paypal');
    await callsBack(sim, reference);

    const { location } = await payerReturns(sim, reference);

    expect(statusesOf(sim, intent)).toBe('processing sent');
    expect(location?.searchParams.get('redirect_status')).toBe('pending');
  });

  it('refuses a cancel and a confirmation for its status, and asks the channel nothing', async () => {
    const { sim, intent, reference } = await paidOrder('wechat_pay');
    await callsBack(sim, reference);
    const before = paymentOf(sim, intent);

    const canceled = await cancel(sim, intent);
    const confirmed = await confirm(sim, intent);

    expect([canceled.status, confirmed.status]).toEqual([400, 400]);
    expect(messageOf(canceled.body)).toMatch(
      /^You cannot cancel this PaymentIntent because it has a status of processing\./,
    );
    expect(messageOf(confirmed.body)).toMatch(
      /^You cannot confirm this PaymentIntent because it has a status of processing\./,
    );
    expect(paymentOf(sim, intent)).toEqual(before);
    expect(sentTo(sim, 'close')).toBe(0);
  });

  it('is not taken back by a late report that its payer is to act, nor announced twice', async () => {
    const { sim, intent, reference } = await paidOrder('alipay');
    const [attempt] = paymentOf(sim, intent).attempts as [Attempt];
    await callsBack(sim, reference);
    const before = paymentOf(sim, intent);

    const outcome = { kind: 'requires_action', action: attempt.action! } as const;
    expect((await sim.takeOne({ about: 'attempt', reference, outcome })).applied).toBe('known');
    expect((await callsBack(sim, reference)).applied).toBe('known');
    await payerReturns(sim, reference);

    expect(paymentOf(sim, intent)).toEqual(before);
    expect(before.announces?.types).toEqual(['charge.pending', 'payment_intent.processing']);
  });

  it('is decided by the janitor a day later, without an alarm for the time that it takes', async () => {
    const { sim, intent } = await paidOrder('alipay');
    await minutes(sim, 3);

    sim.move(2 * 3_600_000);
    const { open, overdue } = await sim.world.janitor(minuteAfter(sim.world.clock.nowMs()));
    expect([open, overdue]).toEqual([0, []]);
    expect(statusesOf(sim, intent)).toBe('processing sent');
    sim.move(TIMINGS.dayMs);
    await minutes(sim, 61);

    expect(statusesOf(sim, intent)).toBe('succeeded captured');
    const read = await sim.request('GET', `/v1/payment_intents/${intent}`);
    const listed = await sim.request('GET', '/v1/charges');
    expect((listed.body.data as { id: string }[]).map(({ id }) => id)).toEqual([read.body.latest_charge]);
    expect(sentTo(sim, 'close')).toBe(0);
    expect(await audit(sim)).toEqual([]);
    expect(sim.world.failures).toEqual([]);
  });

  it('raises the alarm of the janitor once the channel’s own time to decide is over', async () => {
    const { sim, intent, reference } = await paidOrder('alipay');
    sim.channel.alterCharge(reference, (charge) => ({ ...charge, decidedMs: charge.decidedMs + 10 * TIMINGS.dayMs }));
    await minutes(sim, 3);

    sim.move(sim.channel.client.timing.decisionMs);
    const { overdue } = await sim.world.janitor(minuteAfter(sim.world.clock.nowMs()));

    expect(new Set(overdue.map(({ body }) => body))).toEqual(new Set([intent.slice(3)]));
    expect(statusesOf(sim, intent)).toBe('processing sent');
  });

  it('fails with a charge that was pending when the channel says no', async () => {
    const { sim, intent, reference } = await paidOrder('alipay');
    await callsBack(sim, reference);
    sim.move(5_000);

    await sim.takeOne({ about: 'attempt', reference, outcome: { kind: 'failed', decline: DECLINE } });
    await sim.world.runQueues();

    expect(statusesOf(sim, intent)).toBe('requires_payment_method failed');
    expect(paymentOf(sim, intent).announces?.types).toEqual(['charge.failed', 'payment_intent.payment_failed']);
    const listed = await sim.request('GET', '/v1/charges');
    expect(listed.body.data).toMatchObject([
      { status: 'failed', created: Math.floor(paymentOf(sim, intent).attempts[0]!.pendingMs! / 1_000) },
    ]);
  });

  it('is not closed for a query that finds nothing before its time is over', async () => {
    const { sim, intent, reference } = await paidOrder('wechat_pay');
    await callsBack(sim, reference);
    clientOf(sim).queryAttempt = async () => ({ attempt: { kind: 'not_found' }, operations: new Map() });

    await minutes(sim, 60);

    expect(sentTo(sim, 'close')).toBe(0);
    expect(statusesOf(sim, intent)).toBe('processing sent');
  });

  it('is no order that may be canceled: a cancel under way decides first', async () => {
    const { sim, intent, reference } = await paidOrder('alipay');
    const client = clientOf(sim);
    const { close } = client;
    client.close = async (request) => {
      await callsBack(sim, reference);
      return close(request);
    };

    const canceled = await cancel(sim, intent);
    await minutes(sim, 3);

    expect(canceled.status).toBe(400);
    expect(paymentOf(sim, intent).pending).toBeUndefined();
    expect(statusesOf(sim, intent)).toBe('processing sent');
  });
});

describe('reports of an order in any order', () => {
  const order = (status: Attempt['status']): Payment => {
    const payment = known(status, false);
    const [attempt] = payment.attempts as [Attempt];
    return { ...payment, attempts: [{ ...attempt, method: { id: 'pm_1', type: 'alipay' } as const }] };
  };
  const led = (...reports: readonly AttemptOutcome[]): Payment =>
    reports.reduce<Payment>((payment, outcome) => applyOutcome(payment, 1, outcome, COMMIT) ?? payment, order('sent'));
  const { requires_action: asked, pending, captured, failed } = OUTCOMES;

  it.each(
    (
      [
        [[asked, pending], 'processing sent'],
        [[asked, pending, asked], 'processing sent'],
        [[asked, pending, pending, captured], 'succeeded captured'],
        [[asked, captured, pending, asked], 'succeeded captured'],
        [[asked, pending, failed, pending], 'requires_payment_method failed'],
        [[asked, failed, pending], 'requires_payment_method failed'],
        // Nothing was asked of the payer yet: the channel only says that it has the request.
        [[pending], 'processing sent'],
        [[pending, asked], 'requires_action requires_action'],
      ] satisfies [AttemptOutcome[], string][]
    ).map(([reports, end]) => [reports.map(({ kind }) => kind).join(), end, reports] as const),
  )('%s end in: %s', (_, end, reports) => {
    const { status, attempts } = led(...reports);
    expect(`${status} ${attempts[0]!.status}`).toBe(end);
  });

  it('say nothing of a card: its charge is made by its outcome', () => {
    expect(applyOutcome(known('requires_action', false), 1, pending, COMMIT)).toBeUndefined();
  });

  it('announce the same where the image before the commit is lost', () => {
    const [before, payment] = [led(asked), led(asked, pending)];

    expect(paymentBefore(payment)).toMatchObject({ status: 'requires_action', attempts: before.attempts });
    expect(paymentTypes(paymentBefore(payment), payment)).toEqual(paymentTypes(before, payment));
    expect(paymentTypes(before, payment)).toEqual(['charge.pending', 'payment_intent.processing']);
  });

  it('announce a payment in part the same where the image before the commit is lost', () => {
    const [before, payment] = [led(asked), led(asked, { ...captured, amount: 1n })];

    expect(paymentTypes(paymentBefore(payment), payment)).toEqual(paymentTypes(before, payment));
    expect(paymentTypes(before, payment)).toEqual(['charge.updated', 'payment_intent.payment_failed']);
  });
});
