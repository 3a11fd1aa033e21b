/** The audit of payments, refunds and disputes (I6, I7, I9, I18): a test damages one record by hand, and the audit names it. */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import {
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
  returned,
  store,
  terms,
  twice,
} from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

const MONEY: readonly Case[] = [
  [
    'I6: more captured than authorized',
    changed('payment', inPart, capture({ amount: 10_001n }), 'I6 pi_# captured 10001 of 10000'),
  ],
  [
    'I6: a payment over another amount than its hold',
    changed('payment', much, () => ({ amount: 500_001n }), 'I6 pi_# is over 500001, its attempt asked for 500000'),
  ],
  [
    'I6: a payment in another currency than its attempt',
    changed('payment', much, () => ({ currency: 'eur' }), 'I6 pi_# is in eur, its attempt in usd'),
  ],
  [
    'I6: a success without a capture',
    changed('payment', much, () => ({ capture: undefined }), 'I6 pi_# succeeded without a capture'),
  ],
  [
    'I6: another sum of refunds',
    changed('payment', returned, () => ({ refunded: 2_501n }), 'I6 refunds of pi_# sum to 2500, counted as 2501'),
  ],
  [
    'I6: more refunded than captured',
    async (sim) => {
      const refund = first(sim, 'refund', partly);
      await change(sim, refund, { ...refund.doc, amount: 7_001n });
      return `I6 refunds of pi_${refund.doc.payment} sum to 7001, captured is 7000`;
    },
  ],
  [
    'I6: another number of refunds',
    changed('payment', returned, () => ({ refundCount: 2 }), 'I6 pi_# counts 2 of 1 refunds'),
  ],
  [
    'I6: a refund in another currency than its payment',
    async (sim) => {
      const refund = first(sim, 'refund', partly);
      await change(sim, refund, { ...refund.doc, currency: 'eur' as never });
      return `I6 re_${refund.doc.body} is in eur, pi_${refund.doc.payment} in usd`;
    },
  ],
  [
    'I6: another number of chargebacks',
    changed(
      'payment',
      returned,
      () => ({ disputes: { opened: 1, blocking: 0 } }),
      'I6 pi_# counts 1 chargebacks, 0 not won; there are 1, 1',
    ),
  ],
  [
    'I6: another sum of chargebacks',
    changed(
      'payment',
      returned,
      () => ({ chargedBack: { 1: 7_001n } }),
      'I6 chargebacks of pi_# sum to 7000, counted as 7001',
    ),
  ],
  [
    'I6: a dispute in another currency than its payment',
    async (sim) => {
      const dispute = first(sim, 'dispute', chargeback);
      await change(sim, dispute, { ...dispute.doc, currency: 'eur' as never });
      return `I6 du_${dispute.doc.body} is in eur, pi_${dispute.doc.payment} in usd`;
    },
  ],
  [
    'I6: more said to be returned too much than can be',
    async (sim) => {
      const dispute = first(sim, 'dispute', chargeback);
      await change(sim, dispute, { ...dispute.doc, overReturn: 2_501n });
      return `I6 du_${dispute.doc.body} of pi_${dispute.doc.payment} says that 2501 was returned too much`;
    },
  ],
  [
    'I7: a memo that was not ended',
    async (sim) => {
      const { doc } = first(sim, 'payment', inPart);
      await lose(
        sim,
        first(sim, 'entry', ({ type, body }) => type === 'captured' && body === doc.body),
      );
      return `I7 the memo of pi_${doc.body} (succeeded) is 10000, it holds 0`;
    },
  ],
  [
    'I7: another amount of an increment in the memo',
    async (sim) => {
      const entry = first(sim, 'entry', ({ type }) => type === 'incremented');
      const legs = entry.doc.legs.map((leg) => ({ ...leg, amount: 5_001n }));
      await change(sim, entry, { ...entry.doc, legs });
      return `I7 the memo of pi_${entry.doc.body} (succeeded) is 1, it holds 0`;
    },
  ],
  [
    'I7: a hold of a payment that has ended',
    changed('payment', held, () => ({ status: 'canceled' }), 'I7 pi_# is canceled and holds money'),
  ],
  [
    'I18: a fee that is one too much',
    changed(
      'payment',
      much,
      capture({ fee: 14_531n }),
      'I18 the fee of capture 1 of pi_# is 14531, 290 bps of 500000 and 30 are 14530',
    ),
  ],
  [
    'I18: a fee that is rounded down, of a later capture',
    changed(
      'payment',
      twice,
      ({ laterCaptures }) => ({ laterCaptures: laterCaptures!.map((one) => ({ ...one, fee: 116n })) }),
      'I18 the fee of capture 2 of pi_# is 116, 290 bps of 3000 and 30 are 117',
    ),
  ],
  [
    'I18: a percentage that was never agreed',
    changed(
      'payment',
      much,
      terms({ feeBps: 289 }),
      'I18 capture 1 of pi_# has terms of version 3 that were never agreed',
    ),
  ],
  [
    'I18: a fixed fee that was never agreed',
    changed(
      'payment',
      ({ currency }) => currency === 'eur',
      terms({ fixed: 30n }),
      'I18 capture 1 of pi_# has terms of version 3 that were never agreed',
    ),
  ],
  [
    'I18: a reserve that was never agreed',
    changed(
      'payment',
      much,
      terms({ reserveDays: 31 }),
      'I18 capture 1 of pi_# has terms of version 3 that were never agreed',
    ),
  ],
  [
    'I9: another reserve than the terms make',
    changed(
      'payment',
      much,
      capture({ reserve: 50_001n }),
      'I9 50001 is held of 500000 at 1000 bps by capture 1 of pi_#',
    ),
  ],
];

/** The scope of the other merchant, in test mode. */
const another = (sim: Simulation): string =>
  sim.world.table
    .items('merchants')
    .find(({ pk, sk, livemode }) => pk === 'scopes' && livemode === false && sk !== sim.scope)!.sk;

const moved = (kind: 'payment' | 'refund' | 'payout' | 'dispute', prefix: string): Case => [
  `I18: a ${kind} that was moved to another merchant`,
  async (sim) => {
    const found = first(sim, kind);
    const pk = found.item.pk.replace(sim.scope, another(sim));
    await store(sim, found, { pk });
    await lose(sim, found);
    return `I18 ${prefix}_${found.doc.body} of scope ${sim.scope} is stored as ${pk} ${found.doc.body}`;
  },
];

const PLACES: readonly Case[] = [
  moved('payment', 'pi'),
  moved('refund', 're'),
  moved('payout', 'po'),
  moved('dispute', 'du'),
  [
    'I18: a record that was moved with its scope, and left its entries behind',
    async (sim) => {
      const found = first(sim, 'payment', much);
      const scope = another(sim);
      await store(sim, found, { pk: found.item.pk.replace(sim.scope, scope) }, { ...found.doc, scope: scope as never });
      await lose(sim, found);
      return `I18 captured#${found.doc.body}#1 is an entry that no record makes`;
    },
  ],
  [
    'I18: a record with references of another merchant',
    async (sim) => {
      const found = first(sim, 'payment', much);
      const [one] = found.doc.attempts;
      const reference = `${another(sim)}${one!.reference.slice(8)}`;
      await change(sim, found, { ...found.doc, attempts: [{ ...one!, reference: reference as never }] });
      return `I18 pi_${found.doc.body} has the reference ${reference} of another scope`;
    },
  ],
  [
    'I18: a record of the other mode',
    changed('payment', much, () => ({ livemode: true }), 'I18 pi_# is of the other mode than its scope'),
  ],
  [
    'I18: a refund whose payment is lost',
    async (sim) => {
      const { body, payment } = first(sim, 'refund', partly).doc;
      await lose(
        sim,
        first(sim, 'payment', (one) => one.body === payment),
      );
      return `I18 re_${body} has no payment`;
    },
  ],
];

describe('the audit of payments, refunds and disputes', () => {
  it.each([...MONEY, ...PLACES])('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
