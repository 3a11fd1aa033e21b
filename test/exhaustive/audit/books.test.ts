/** The audit of the journal and the books (I1 to I5, I8, I18): a test damages one record or entry by hand, and the audit names it. */
import { describe, expect, it } from 'vitest';
import type { EntryType, JournalEntry, Leg } from '../../../functions/ledger/entry.ts';
import { balanceKey } from '../../../functions/ledger/keys.ts';
import { journalPut } from '../../../functions/ledger/store.ts';
import { present } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { all, type Case, change, changeEntry, type Found, first, lose, silently, store } from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

const bodyOf = (sim: Simulation, amount: bigint): string =>
  first(sim, 'payment', (payment) => payment.amount === amount).doc.body;
/** The entry of the payment of 5,000.00, which is settled. */
const captured = (sim: Simulation): Found<JournalEntry> =>
  first(sim, 'entry', ({ type, body }) => type === 'captured' && body === bodyOf(sim, 500_000n));
const ofType = (sim: Simulation, type: EntryType): Found<JournalEntry> =>
  first(sim, 'entry', (one) => one.type === type);
const withLegs = (found: Found<JournalEntry>, to: (leg: Leg, index: number) => bigint): JournalEntry => ({
  ...found.doc,
  legs: found.doc.legs.map((leg, index) => ({ ...leg, amount: to(leg, index) })),
});
const nameOf = ({ doc }: Found<JournalEntry>): string => `${doc.type}#${doc.body}#${doc.step}`;

/** An entry of which one member is another. */
const other =
  (find: (sim: Simulation) => Found<JournalEntry>, changes: (entry: JournalEntry) => object) =>
  async (sim: Simulation) => {
    const found = find(sim);
    await change(sim, found, { ...found.doc, ...changes(found.doc) });
    return nameOf(found);
  };
const shown = (changes: object) => (entry: JournalEntry) => ({ transaction: { ...entry.transaction!, ...changes } });

const addTo = (sim: Simulation, currency: string, name: string, amount = 1n) =>
  ({
    kind: 'update',
    table: 'ledger',
    key: balanceKey(sim.scope, currency),
    add: { [name]: amount, v: 1 },
    when: present,
  }) as const;

const CASES: readonly Case[] = [
  [
    'I1: an entry whose debits are not its credits',
    async (sim) => {
      const found = captured(sim);
      await change(
        sim,
        found,
        withLegs(found, ({ amount }, index) => amount + (index === 0 ? 1n : 0n)),
      );
      return `I1 ${nameOf(found)} is out of balance by 1`;
    },
  ],
  [
    'I1: an entry without legs',
    async (sim) => {
      const found = captured(sim);
      await change(sim, found, { ...found.doc, legs: [] });
      return `I1 ${nameOf(found)} is out of balance by 0`;
    },
  ],
  [
    'I1: an entry that balances with amounts below zero',
    async (sim) => {
      const found = captured(sim);
      await change(
        sim,
        found,
        withLegs(found, ({ amount }) => -amount),
      );
      return `I1 ${nameOf(found)} has a leg that is not positive`;
    },
  ],
  [
    'I2: a trial balance that is not zero',
    async (sim) => {
      const found = captured(sim);
      await change(
        sim,
        found,
        withLegs(found, ({ amount }, index) => amount + (index === 0 ? 1n : 0n)),
      );
      return 'I2 the trial balance of usd of the entries is 1';
    },
  ],
  [
    'I2: closed periods whose balances do not sum to zero',
    async (sim) => {
      const found = first(sim, 'period');
      const closing = { ...found.doc.closing, 'usd income:fees': found.doc.closing['usd income:fees']! - 1n };
      await change(sim, found, { ...found.doc, closing });
      return 'I2 the trial balance of usd as it is read is -1';
    },
  ],
  [
    'I3: an entry that was written again',
    async (sim) => {
      const { item } = captured(sim);
      await sim.world.table.commit({ kind: 'put', table: 'ledger', item, when: present });
      return `I3 the entry ${item.sk} was touched after it was written (put)`;
    },
  ],
  [
    'I3: an entry that was deleted',
    async (sim) => {
      const { pk, sk } = captured(sim).item;
      await sim.world.table.commit({ kind: 'delete', table: 'ledger', key: { pk, sk }, when: present });
      return `I3 the entry ${sk} was touched after it was written (delete)`;
    },
  ],
  [
    'I4: an entry under another key',
    async (sim) => {
      const found = captured(sim);
      await store(sim, found, { sk: `${found.item.sk}x` });
      await lose(sim, found);
      return `I4 ${nameOf(found)} is not under the key that its facts make`;
    },
  ],
  [
    'I4: an entry in another shard',
    async (sim) => {
      const found = captured(sim);
      await store(sim, found, { pk: `${sim.scope}#j#9` });
      await lose(sim, found);
      return `I4 ${nameOf(found)} is not under the key that its facts make`;
    },
  ],
  [
    'I4: an entry that is there twice',
    async (sim) => {
      const found = captured(sim);
      await store(sim, found, { sk: `${found.item.sk}x` });
      return `I4 ${nameOf(found)} is in the journal twice`;
    },
  ],
  [
    'I5: an available balance that is not the sum of its entries',
    async (sim) => {
      await silently(sim, addTo(sim, 'usd', 'available'));
      return 'I5 usd liab:merchant:available is stored as -8499, its entries sum to -8500';
    },
  ],
  [
    'I5: a reserve that is not the sum of its entries',
    async (sim) => {
      await silently(sim, addTo(sim, 'eur', 'reserve'));
      return 'I5 eur liab:merchant:reserve is stored as 801, its entries sum to 800';
    },
  ],
  [
    'I5: a balance that is lost',
    async (sim) => {
      await silently(sim, { kind: 'delete', table: 'ledger', key: balanceKey(sim.scope, 'eur'), when: present });
      return 'I5 eur liab:merchant:reserve is stored as 0, its entries sum to 800';
    },
  ],
  [
    'I5: a balance as a merchant reads it',
    async (sim) => {
      await silently(sim, addTo(sim, 'usd', 'available'));
      return 'I5 usd liab:merchant:available is read as -8499';
    },
  ],
  [
    'I5: what periods closed with',
    async (sim) => {
      const found = first(sim, 'period');
      const closing = { ...found.doc.closing, 'usd income:fees': found.doc.closing['usd income:fees']! - 1n };
      await change(sim, found, { ...found.doc, closing });
      return 'I5 usd income:fees in the closed periods is -16860, its entries sum to -16859';
    },
  ],
  [
    'I5: what the open period is summed up to',
    async (sim) => {
      const found = first(sim, 'checkpoint');
      await change(sim, found, { ...found.doc, totals: { ...found.doc.totals, 'usd income:fees': -641n } });
      return 'I5 usd income:fees in the subtotal is -641, its entries sum to -640';
    },
  ],
  [
    'I5: a total of the books as they are read',
    async (sim) => {
      const found = first(sim, 'checkpoint');
      await change(sim, found, { ...found.doc, totals: { ...found.doc.totals, 'usd income:fees': -641n } });
      return 'I5 usd income:fees is read as -18053, its entries sum to -18052';
    },
  ],
  [
    'I5: a commit that moves a balance without an entry',
    async (sim) => {
      await sim.world.table.commit(addTo(sim, 'usd', 'available'));
      return 'I5 available of usd moved by 1, its entries none by 0';
    },
  ],
  [
    'I8: a payout that leaves less than nothing',
    async (sim) => {
      const { doc } = ofType(sim, 'payout_created');
      const entry = { ...doc, step: 2 };
      const amount = -doc.legs[0]!.amount;
      await sim.world.table.commit(journalPut(sim.scope, entry), addTo(sim, doc.currency, 'available', amount));
      return `I8 payout_created#${doc.body}#2 left ${-8_500n + amount} available in usd`;
    },
  ],
  [
    'I8: a refund that leaves less than nothing, where none may',
    async (sim) => {
      await sim.agree({ refundOverdraft: false });
      const { doc } = first(sim, 'entry', ({ type, currency }) => type === 'refund_requested' && currency === 'eur');
      return `I8 refund_requested#${doc.body}#1 left -1234 available in eur`;
    },
  ],
  [
    'I18: a missing entry',
    async (sim) => {
      const found = captured(sim);
      await lose(sim, found);
      return `I18 pi_${found.doc.body} has no entry captured#${found.doc.body}#1`;
    },
  ],
  [
    'I18: the missing entry of a reserve that was released',
    async (sim) => {
      const found = first(sim, 'entry', ({ type, committedMs }) => type === 'reserve_released' && committedMs > 18e11);
      const batch = first(sim, 'batch', ({ createdMs }) => createdMs === found.doc.committedMs);
      await lose(sim, found);
      return `I18 batch usd ${batch.doc.throughMs} has no entry ${nameOf(found)}`;
    },
  ],
  [
    'I18: an additional entry',
    async (sim) => {
      const { body } = first(sim, 'payout', ({ status }) => status === 'canceled').doc;
      const { doc } = ofType(sim, 'payout_paid');
      await silently(sim, journalPut(sim.scope, { ...doc, body }));
      return `I18 payout_paid#${body}#1 is an entry that no record makes`;
    },
  ],
  [
    'I18: a changed amount of a posting',
    async (sim) => {
      const found = ofType(sim, 'payout_canceled');
      await changeEntry(sim, found.doc);
      const legs = (amount: number) =>
        `"credit liab:merchant:available ${amount}, debit liab:payout_clearing ${amount}"`;
      return `I18 legs of ${nameOf(found)} is ${legs(601)}, po_${found.doc.body} makes ${legs(600)}`;
    },
  ],
  [
    'I18: another account of a posting',
    async (sim) => {
      const found = ofType(sim, 'payout_canceled');
      const legs = found.doc.legs.map((leg) => ({ ...leg, account: leg.account.replace('available', 'pending') }));
      await change(sim, found, { ...found.doc, legs });
      const text = (account: string) => `"credit liab:merchant:${account} 600, debit liab:payout_clearing 600"`;
      return `I18 legs of ${nameOf(found)} is ${text('pending')}, po_${found.doc.body} makes ${text('available')}`;
    },
  ],
  [
    'I18: another currency of an entry',
    async (sim) => {
      const name = await other(captured, () => ({ currency: 'eur' }))(sim);
      return `I18 currency of ${name} is "eur", pi_${bodyOf(sim, 500_000n)} makes "usd"`;
    },
  ],
  [
    'I18: another time of an entry',
    async (sim) => {
      const { committedMs } = captured(sim).doc;
      const name = await other(captured, () => ({ committedMs: committedMs + 1 }))(sim);
      return `I18 committedMs of ${name} is "${committedMs + 1}", pi_${bodyOf(sim, 500_000n)} makes "${committedMs}"`;
    },
  ],
  [
    'I18: another amount that a merchant is shown',
    async (sim) => {
      const name = await other(captured, shown({ amount: 500_001n }))(sim);
      const [body, fee] = [bodyOf(sim, 500_000n), 'fee 14530'];
      return `I18 transaction of ${name} is "charge 500001 ${fee} of ch_${body}1", pi_${body} makes "charge 500000 ${fee} of ch_${body}1"`;
    },
  ],
  [
    'I18: another fee that a merchant is shown',
    async (sim) => {
      const name = await other(captured, shown({ fee: 14_529n }))(sim);
      const body = bodyOf(sim, 500_000n);
      return `I18 transaction of ${name} is "charge 500000 fee 14529 of ch_${body}1", pi_${body} makes "charge 500000 fee 14530 of ch_${body}1"`;
    },
  ],
  [
    'I18: another object that a merchant is shown',
    async (sim) => {
      const name = await other(captured, shown({ source: 'ch_other' }))(sim);
      const body = bodyOf(sim, 500_000n);
      return `I18 transaction of ${name} is "charge 500000 fee 14530 of ch_other", pi_${body} makes "charge 500000 fee 14530 of ch_${body}1"`;
    },
  ],
  [
    'I18: another reserve of an entry',
    async (sim) => {
      const name = await other(captured, () => ({ reserve: 50_001n }))(sim);
      return `I18 reserve of ${name} is "50001 until 2027-02-18", pi_${bodyOf(sim, 500_000n)} makes "50000 until 2027-02-18"`;
    },
  ],
  [
    'I18: another end of the reserve of an entry',
    async (sim) => {
      const name = await other(captured, () => ({ reserveDate: '2027-02-19' }))(sim);
      return `I18 reserve of ${name} is "50000 until 2027-02-19", pi_${bodyOf(sim, 500_000n)} makes "50000 until 2027-02-18"`;
    },
  ],
  [
    'I18: another share that a refund releases',
    async (sim) => {
      const euros = (one: JournalEntry) => one.type === 'refund_succeeded' && one.currency === 'eur';
      const freed = [{ date: '2027-02-18', amount: 124n }];
      const name = await other(
        (of) => first(of, 'entry', euros),
        () => ({ freed }),
      )(sim);
      return `I18 freed of ${name} is "2027-02-18 124", re_${name.split('#')[1]} makes "2027-02-18 123"`;
    },
  ],
  [
    'I18: another name at the channel',
    async (sim) => {
      const body = bodyOf(sim, 500_000n);
      const name = await other(captured, () => ({ reference: 'x' }))(sim);
      return `I18 reference of ${name} is "x", pi_${body} makes "${sim.scope}${body}1"`;
    },
  ],
];

describe('the audit', () => {
  it('finds nothing in a day in which everything happened', async () => {
    const sim = await forkOfAuditedDay();

    expect(await audit(sim)).toEqual([]);
    expect(new Set(all(sim, 'entry').map(({ doc }) => doc.type)).size).toBe(23);
  });

  it.each(CASES)('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
