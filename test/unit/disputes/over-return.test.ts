/** A payer who gets back more than they paid: by chargebacks, refunds and both together, of each charge and in each currency. */

import { describe, expect, it } from 'vitest';
import type { DisputeFacts, DisputeOutcome } from '../../../functions/channels/port/port.ts';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import { PAYMENT } from '../../../functions/payments/store.ts';
import { putRecord } from '../../../functions/table/record.ts';
import { recordsOf } from '../../audit/records.ts';
import { endState, type Simulation, simulate } from '../../world/simulation.ts';

interface Paid {
  readonly sim: Simulation;
  readonly id: string;
  readonly reference: ChannelReference;
}

async function paid(amount = '10000', currency = 'usd'): Promise<Paid> {
  const sim = await simulate();
  const params = { amount, currency, payment_method: 'pm_card_visa', confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', params, 'pay');
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
  return { sim, id: String(body.id), reference };
}

async function refund({ sim, id }: Paid, amount: string, key = 'refund'): Promise<string> {
  const { status, body } = await sim.request('POST', '/v1/refunds', { payment_intent: id, amount }, key);
  expect(status).toBe(200);
  sim.move(1_000);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  return String(body.id);
}

async function disputed(
  { sim, reference }: Paid,
  amount: bigint,
  changes: Partial<DisputeFacts> & { readonly outcome?: DisputeOutcome['kind'] } = {},
): Promise<string> {
  const { outcome: kind = 'opened', ...facts } = changes;
  const { currency } = sim.channel.charges.get(reference)!.request;
  const dispute: DisputeFacts = {
    id: '1',
    kind: 'chargeback',
    amount,
    currency,
    fee: 1_500n,
    reason: 'fraudulent',
    openedMs: 1_800_000_000_000,
    dueMs: 1_800_700_000_000,
    ...facts,
  };
  const { applied } = await sim.takeOne({ about: 'dispute', reference, dispute, outcome: { kind } });
  sim.move(1_000);
  await sim.world.runQueues();
  return applied;
}

const excesses = ({ sim }: Paid): readonly (bigint | undefined)[] =>
  recordsOf(sim.world)
    .disputes.toSorted((a, b) => a.committedMs - b.committedMs)
    .map(({ overReturn }) => overReturn);
const evidence = ({ sim }: Paid): readonly (string | undefined)[] =>
  recordsOf(sim.world).disputes.map((dispute) => dispute.evidence.uncategorized_text);
const alarmed = ({ sim, reference }: Paid): number =>
  sim.world.alarms.filter((alarm) => alarm === `OverReturns ${reference}`).length;

describe('a chargeback', () => {
  it('of the whole charge is none', async () => {
    const one = await paid();

    expect(await disputed(one, 10_000n)).toBe('applied');
    expect([excesses(one), alarmed(one)]).toEqual([[undefined], 0]);
  });

  it('that is larger than the charge is booked whole and raises one alarm, however often it is reported', async () => {
    const one = await paid();

    expect(await disputed(one, 10_001n)).toBe('applied');
    expect(await disputed(one, 10_001n)).toBe('known');

    expect([excesses(one), alarmed(one), evidence(one)]).toEqual([[1n], 1, [undefined]]);
    expect(endState(one.sim).entries.find((entry) => entry.startsWith('dispute_opened'))).toContain(
      'debit liab:merchant:available 10001',
    );
  });

  it.each([
    ['usd', '10000', 10_000n, '100.00 USD'],
    ['jpy', '10000', 10_000n, '10000 JPY'],
    ['kwd', '10000', 10_000n, '10.000 KWD'],
  ])(
    'after a full refund in %s raises the alarm, with the refund as evidence',
    async (currency, amount, excess, text) => {
      const one = await paid(amount, currency);
      const id = await refund(one, amount);

      await disputed(one, 10_000n);

      const [reference] = [...one.sim.channel.refunds.keys()];
      expect([excesses(one), alarmed(one)]).toEqual([[excess], 1]);
      expect(evidence(one)).toEqual([
        `The cardholder has been refunded:\n${id}: ${text} on 2027-01-15, succeeded, acquirer reference ${reference}.`,
      ]);
      const { body } = await one.sim.request('GET', '/v1/disputes');
      expect((body.data as object[])[0]).toMatchObject({
        status: 'needs_response',
        evidence_details: { has_evidence: true, submission_count: 0 },
      });
    },
  );

  it('is counted with refunds in part: only what exceeds the charge', async () => {
    const one = await paid();
    await refund(one, '4000', 'first');
    await refund(one, '1000', 'second');

    await disputed(one, 5_000n);
    expect([excesses(one), alarmed(one)]).toEqual([[undefined], 0]);

    await disputed(one, 1n, { id: '2' });
    expect([excesses(one), alarmed(one)]).toEqual([[undefined, 1n], 1]);
    expect(evidence(one).filter((text) => text?.split('\n').length === 3)).toHaveLength(1);
  });

  it('is counted with other chargebacks of the charge, but not with those that were won', async () => {
    const one = await paid();
    await disputed(one, 6_000n);
    await disputed(one, 6_000n, { outcome: 'won' });
    await disputed(one, 10_000n, { id: '2' });
    expect(excesses(one)).toEqual([undefined, undefined]);

    await disputed(one, 10_000n, { id: '2', outcome: 'lost' });
    await disputed(one, 500n, { id: '3' });
    expect(excesses(one).filter((excess) => excess !== undefined)).toEqual([500n]);
    expect(alarmed(one)).toBe(1);
  });

  it('is not counted with a refund that failed', async () => {
    const one = await paid();
    await refund(one, '10000');
    one.sim.channel.takeBackRefund([...one.sim.channel.refunds.keys()][0] as ChannelReference);
    await one.sim.deliverCallbacks();

    await disputed(one, 10_000n);

    expect([excesses(one), evidence(one), alarmed(one)]).toEqual([[undefined], [undefined], 0]);
  });

  it('that was an inquiry is an over-return from when it takes money, and keeps what the merchant has written', async () => {
    const one = await paid();
    await disputed(one, 10_000n, { kind: 'inquiry', fee: 0n });
    const [dispute] = recordsOf(one.sim.world).disputes;
    const written = { 'evidence[uncategorized_text]': 'We shipped.', submit: 'false' };
    await one.sim.request('POST', `/v1/disputes/du_${dispute!.body}`, written, 'evidence');
    await refund(one, '10000');
    expect(alarmed(one)).toBe(0);

    await disputed(one, 10_000n);

    expect([excesses(one), evidence(one), alarmed(one)]).toEqual([[10_000n], ['We shipped.'], 1]);
  });

  it('of a payment that version 0.1 had seen disputed assumes that all of it was charged back', async () => {
    const one = await paid();
    await disputed(one, 9_000n);
    const [payment] = recordsOf(one.sim.world).payments as [Payment];
    const { chargedBack: _, ...kept } = payment;
    await one.sim.world.table.commit(putRecord(PAYMENT, { ...kept, version: payment.version + 1 }));

    await disputed(one, 1_000n, { id: '2' });

    expect(alarmed(one)).toBe(1);
  });

  it('of money that the payment did not want is booked, and is an over-return once that money went back', async () => {
    const sim = await simulate();
    const params = {
      amount: '10000',
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: 'true',
      capture_method: 'manual',
    };
    const { body } = await sim.request('POST', '/v1/payment_intents', params, 'hold');
    const [reference] = [...sim.channel.charges.keys()] as [ChannelReference];
    const one: Paid = { sim, id: String(body.id), reference };
    await expect(disputed(one, 10_000n)).rejects.toThrow('was not captured');
    await sim.request('POST', `/v1/payment_intents/${one.id}/cancel`, {}, 'cancel');
    sim.channel.takeAnyway(reference, 10_000n);
    await sim.deliverCallbacks();
    for (let minute = 0; minute < 3; minute++) {
      await sim.world.runQueues();
      sim.move(61_000);
      await sim.janitor();
    }

    expect(await disputed(one, 10_000n)).toBe('applied');

    expect([excesses(one), alarmed(one)]).toEqual([[10_000n], 1]);
    const charge = (await sim.request('GET', '/v1/charges')).body.data as object[];
    expect(charge).toMatchObject([{ disputed: true, refunded: true }]);
  });
});
