/** The audit of what the channel has done (I11, I15): a test damages one record by hand, and the audit names it. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import {
  attempt,
  type Case,
  capture,
  change,
  changed,
  chargeback,
  first,
  held,
  inPart,
  lose,
  much,
  partly,
  surplus,
  twice,
  unapplied,
} from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';

const CHANNEL: readonly Case[] = [
  [
    'I11: an attempt over another amount than the channel was asked for',
    changed(
      'payment',
      much,
      attempt(() => ({ amount: 500_001n })),
      'I11 attempt 1 of pi_# is over 500001 usd, the channel was asked for 500000 usd',
    ),
  ],
  [
    'I11: an attempt in another currency than the channel was asked for',
    changed(
      'payment',
      much,
      attempt(() => ({ currency: 'eur' as never })),
      'I11 attempt 1 of pi_# is over 500000 eur, the channel was asked for 500000 usd',
    ),
  ],
  [
    'I11: a declined attempt over another amount',
    changed(
      'payment',
      ({ attempts }) => attempts.some(({ status }) => status === 'failed'),
      attempt(() => ({ amount: 9_999n })),
      'I11 attempt 1 of pi_# is over 9999 usd, the channel was asked for 10000 usd',
    ),
  ],
  [
    'I11: a capture that the channel has not made',
    changed(
      'payment',
      inPart,
      capture({ amount: 4_001n }),
      'I11 the channel took 4000 for pi_# (succeeded), 4001 is known',
    ),
  ],
  [
    'I11: money of a later capture',
    changed(
      'payment',
      twice,
      ({ laterCaptures }) => ({ laterCaptures: laterCaptures!.map((one) => ({ ...one, amount: 2_999n })) }),
      'I11 the channel took 7000 for pi_# (succeeded), 6999 is known',
    ),
  ],
  [
    'I11: an increment that the channel has not made',
    changed(
      'payment',
      twice,
      attempt(({ increments }) => ({
        increments: increments!.map((one) => (one.decline ? one : { ...one, amount: 15_001n })),
      })),
      'I11 the channel authorized 15000 for pi_#, 15001 is known',
    ),
  ],
  [
    'I11: a hold that the channel does not have',
    changed(
      'payment',
      held,
      () => ({ amount: 10_001n }),
      'I11 the channel holds 10000 for pi_# (requires_capture), 10001 is known',
    ),
  ],
  [
    'I11: surplus of which another amount went back',
    async (sim) => {
      const damage = changed(
        'payment',
        surplus,
        attempt(() => ({ taken: 10_001n })),
        'I18 legs of surplus_received###1 is "credit liab:suspense_over:sandbox 10000, debit assets:channel:sandbox 10000", ' +
          'pi_# makes "credit liab:suspense_over:sandbox 10001, debit assets:channel:sandbox 10001"',
      );
      return (await damage(sim)).replace(/(surplus_received)(.{22})\2(.{22})1/, '$1#$2#1');
    },
  ],
  [
    'I11: unapplied money of another amount',
    changed(
      'payment',
      unapplied,
      attempt((one) => ({ unapplied: one.unapplied!.map((money) => ({ ...money, amount: 9_999n })) })),
      'I11 the channel took 10000 for pi_# (canceled), 9999 is known',
    ),
  ],
  [
    'I11: unapplied money of which another amount went back',
    changed(
      'payment',
      unapplied,
      attempt((one) => ({ unapplied: one.unapplied!.map((money) => ({ ...money, amount: 9_999n })) })),
      'I11 the channel returned 10000 for pi_#, 9999 is known',
    ),
  ],
  [
    'I11: a receivable that is left over',
    async (sim) => {
      const { body, payment } = first(sim, 'refund', partly).doc;
      await lose(
        sim,
        first(sim, 'entry', (entry) => entry.type === 'refund_succeeded' && entry.body === body),
      );
      return `I11 the channel owes 4500 for pi_${payment}, its receivable is 7000`;
    },
  ],
  [
    'I11: money that is left in refund clearing',
    async (sim) => {
      const { body, payment } = first(sim, 'refund', partly).doc;
      await lose(
        sim,
        first(sim, 'entry', (entry) => entry.type === 'refund_succeeded' && entry.body === body),
      );
      return `I11 2500 of pi_${payment} is left in refund clearing`;
    },
  ],
  [
    'I11: money that is left in suspense',
    async (sim) => {
      const { body } = first(sim, 'payment', unapplied).doc;
      await lose(
        sim,
        first(sim, 'entry', (entry) => entry.type === 'surplus_returned' && entry.body === body),
      );
      return `I11 10000 of pi_${body} is left in suspense`;
    },
  ],
  [
    'I11: a chargeback of another amount',
    changed(
      'dispute',
      chargeback,
      () => ({ amount: 7_001n }),
      'I11 du_# is a chargeback of 7001 and 1500 usd, which the channel never reported',
    ),
  ],
  [
    'I11: a chargeback with another fee',
    changed(
      'dispute',
      chargeback,
      () => ({ fee: 1_499n }),
      'I11 du_# is a chargeback of 7000 and 1499 usd, which the channel never reported',
    ),
  ],
  [
    'I11: a chargeback that has ended without its money',
    changed(
      'dispute',
      chargeback,
      () => ({ status: 'lost' }),
      'I11 du_# is lost, and its money has not moved accordingly',
    ),
  ],
  [
    'I11: a refund of another amount than the channel was asked for',
    changed('refund', partly, () => ({ amount: 2_501n }), 'I11 re_# is over 2501 usd, the channel was asked for 2500'),
  ],
  [
    'I11: a refund that was sent for another payment',
    async (sim) => {
      const { body } = first(sim, 'payment', much).doc;
      const refund = first(sim, 'refund', partly);
      await change(sim, refund, { ...refund.doc, payment: body });
      return `I11 re_${refund.doc.body} is sent for another payment than its own`;
    },
  ],
  [
    'I11: a charge of the channel that no attempt has',
    async (sim) => {
      const payment = first(sim, 'payment', much);
      await lose(sim, payment);
      return `I11 the charge ${payment.doc.attempts[0]!.reference} of the channel is no attempt of ours`;
    },
  ],
  [
    'I15: a refund that the channel has refused',
    changed('refund', partly, () => ({ status: 'failed' }), 'I15 the channel says succeeded of re_#, which is failed'),
  ],
  [
    'I15: a payment in processing of which nothing is awaited',
    changed('payment', much, () => ({ status: 'processing' }), 'I15 pi_# is processing, and no outcome is awaited'),
  ],
  [
    'I15: a capture that was sent twice',
    async (sim) => {
      const [request] = [...sim.channel.sent.keys()].filter((one) => one.startsWith('capture'));
      (sim.channel.sent as Map<string, number>).set(request!, 2);
      return `I15 ${request} was sent 2 times`;
    },
  ],
];

describe('the audit of what the channel has done', () => {
  it.each(CHANNEL)('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
