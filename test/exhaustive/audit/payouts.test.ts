/** The audit of payouts and of the reserve (I5, I9, I10): a test damages one record by hand, and the audit names it. */
import { describe, expect, it } from 'vitest';
import { balanceKey } from '../../../functions/ledger/keys.ts';
import { journalPut } from '../../../functions/ledger/store.ts';
import type { Payout } from '../../../functions/payouts/payout.ts';
import type { Payout as Order } from '../../../functions/sandbox/payout.ts';
import type { Batch } from '../../../functions/settlement/batch-record.ts';
import { present } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import {
  type Case,
  change,
  changed,
  chargeback,
  type Found,
  first,
  lose,
  returned,
  silently,
} from '../../audit/damage.ts';
import { forkOfAuditedDay } from '../../scenarios/busy-day.ts';
import type { Simulation } from '../../world/simulation.ts';

const euros = ({ currency }: Payout): boolean => currency === 'eur';
const canceled = ({ status }: Payout): boolean => status === 'canceled';
const payout = (to: (doc: Payout) => object, finding: string) => changed('payout', euros, to, finding);

/** Changes what the bank has of the payout in euros. */
const bank =
  (to: Partial<Order>, finding: string) =>
  async (sim: Simulation): Promise<string> => {
    const { body, reference } = first(sim, 'payout', euros).doc;
    sim.channel.alterPayout(reference, (order) => ({ ...order, ...to }));
    return finding.replaceAll('#', body);
  };
/** The bank has an order of this name, like its first one. */
const another = (sim: Simulation, reference: string): void => {
  const [order] = sim.channel.state.payouts.values();
  sim.channel.state.payouts.set(reference, { ...order!, params: { ...order!.params, reference } });
};
const lostEntry =
  (finding: string) =>
  async (sim: Simulation): Promise<string> => {
    const { body } = first(sim, 'payout', euros).doc;
    await lose(
      sim,
      first(sim, 'entry', (entry) => entry.type === 'payout_paid' && entry.body === body),
    );
    return finding.replaceAll('#', body);
  };

const PAYOUTS: readonly Case[] = [
  ['a payout without the entry of its end', lostEntry('I10 po_# is paid, its entries are payout_created')],
  ['a payout that stays in clearing', lostEntry('I10 6943 of po_# (paid) is in clearing, not 0')],
  [
    'a payout that was made twice',
    async (sim) => {
      const { doc } = first(sim, 'entry', ({ type, currency }) => type === 'payout_created' && currency === 'eur');
      await silently(sim, journalPut(sim.scope, { ...doc, step: 2 }));
      return `I10 po_${doc.body} is paid, its entries are payout_created,payout_created,payout_paid`;
    },
  ],
  ['a payout of nothing', payout(() => ({ amount: 0n }), 'I9 po_#: no bank moves 0 eur')],
  [
    'a debit of the bank without a payout',
    async (sim) => {
      const { doc } = first(sim, 'entry', ({ type, currency }) => type === 'payout_paid' && currency === 'eur');
      const { body } = first(sim, 'payment').doc;
      await silently(sim, journalPut(sim.scope, { ...doc, body }));
      return `I10 payout_paid#${body}#1 moves money of the bank without a payout`;
    },
  ],
  [
    'an order that is no payout',
    async (sim) => {
      const reference = `${sim.scope}0000000000000000000000`;
      another(sim, reference);
      return `I10 the bank has the order ${reference}, which is no payout of ours`;
    },
  ],
  ['another name at the bank', payout(() => ({ reference: 'another' }), 'I10 po_# is called another at the bank')],
  [
    'an order of a payout that was called off',
    async (sim) => {
      const { body, reference } = first(sim, 'payout', canceled).doc;
      another(sim, reference);
      return `I10 po_${body} was called off, and the bank has an order`;
    },
  ],
  [
    'a payout that the bank has no order for',
    async (sim) => {
      const { body, reference } = first(sim, 'payout', euros).doc;
      await sim.channel.forget(reference);
      return `I10 po_${body} is paid, and the bank has no order`;
    },
  ],
  [
    'an order of another amount',
    payout(() => ({ amount: 6_944n }), 'I10 po_# pays 6944 eur, the bank has an order over 6943 eur'),
  ],
  [
    'an order in another currency',
    payout(() => ({ currency: 'usd' }), 'I10 po_# pays 6943 usd, the bank has an order over 6943 eur'),
  ],
  [
    'an order to another bank account',
    payout(
      (doc) => ({ bank: { ...doc.bank, last4: '0000' } }),
      'I10 po_# pays 6943 eur, the bank has an order over 6943 eur',
    ),
  ],
  [
    'a payout that the bank has not paid',
    bank({ settledMs: Date.UTC(2070, 0, 1) }, 'I10 po_# is paid, the bank says pending'),
  ],
  [
    'a failure that the bank does not know',
    async (sim) => {
      const { body, reference } = first(sim, 'payout', ({ status }) => status === 'failed').doc;
      sim.channel.alterPayout(reference, ({ failure: _failure, returnedMs: _returned, ...order }) => order);
      return `I10 po_${body} failed, the bank says paid`;
    },
  ],
];

const batch = (sim: Simulation, of: string): Found<Batch> => {
  const { sealedThroughMs } = first(sim, 'period').doc;
  return first(sim, 'batch', ({ currency, throughMs }) => currency === of && throughMs === sealedThroughMs);
};
const batchWith =
  (currency: string, to: (doc: Batch) => object, finding: string) =>
  async (sim: Simulation): Promise<string> => {
    const found = batch(sim, currency);
    await change(sim, found, { ...found.doc, ...to(found.doc) });
    return finding.replaceAll('#', String(found.doc.throughMs));
  };
const holds = (currency: string, doc: Record<string, bigint>, finding: string) => async (sim: Simulation) => {
  const [item] = sim.world.table.items('ledger').filter(({ pk, sk }) => pk.endsWith('#reserve') && sk === currency);
  await change(sim, { table: 'ledger', item: item!, doc: {} }, doc);
  return finding;
};
const addReserve = async (sim: Simulation): Promise<void> =>
  silently(sim, {
    kind: 'update',
    table: 'ledger',
    key: balanceKey(sim.scope, 'eur'),
    add: { reserve: 1n },
    when: present,
  });

const RESERVE: readonly Case[] = [
  [
    'more released of a payment than is held',
    changed(
      'payment',
      returned,
      () => ({ returned: { disputed: 7_000n, freed: { '2027-02-18': 701n } } }),
      'I9 pi_# releases 701, 700 is held of it',
    ),
  ],
  [
    'another sum of chargebacks where a reserve is held',
    changed(
      'payment',
      returned,
      ({ returned: known }) => ({ returned: { ...known, disputed: 7_001n } }),
      'I9 pi_# counts 7001 as disputed, it is 7000',
    ),
  ],
  [
    'another sum of releases of a payment',
    changed(
      'payment',
      returned,
      () => ({ returned: { disputed: 7_000n, freed: { '2027-02-18': 699n } } }),
      'I9 pi_# counts 699 as released of 2027-02-18, it is 700',
    ),
  ],
  [
    'a chargeback that leaves a hold of a payment that is returned whole',
    async (sim) => {
      const found = first(sim, 'dispute', chargeback);
      await change(sim, found, { ...found.doc, reserveFreed: [{ date: '2027-02-18', amount: 449n }] });
      return `I9 699 of 700 is released of pi_${found.doc.payment}, which is returned whole`;
    },
  ],
  [
    'a refund that releases too little',
    async (sim) => {
      const found = first(sim, 'refund', ({ amount }) => amount === 1_234n);
      await change(sim, found, { ...found.doc, reserveFreed: [{ date: '2027-02-18', amount: 122n }] });
      return `I9 122 of 800 is released of pi_${found.doc.payment}, 1234 of 8000 is returned`;
    },
  ],
  [
    'a batch that holds back too much',
    batchWith('eur', () => ({ withheld: 801n }), 'I9 the batch eur # holds back 801, its captures 800'),
  ],
  [
    'a batch without its release',
    batchWith('usd', () => ({ releases: [] }), 'I9 the batch usd # releases nothing, due is 2027-01-20 2070'),
  ],
  [
    'a batch with a release of another day',
    batchWith(
      'usd',
      () => ({ releases: [{ date: '2027-02-18', amount: 2_070n }] }),
      'I9 the batch usd # releases 2027-02-18 2070, due is 2027-01-20 2070',
    ),
  ],
  [
    'a hold of another amount',
    holds(
      'eur',
      { '2027-02-18': 801n },
      'I5 holds are eur 2027-02-18 801, captures and refunds make eur 2027-02-18 800',
    ),
  ],
  [
    'a reserve that is not its holds',
    async (sim) => {
      await addReserve(sim);
      return 'I5 the reserve of eur is 801, its holds are eur 2027-02-18 800';
    },
  ],
  [
    'a reserve that no batch has moved',
    async (sim) => {
      await addReserve(sim);
      return 'I9 the batches of eur moved 800 into its reserve of 801';
    },
  ],
];

describe.each([
  ['payouts', PAYOUTS],
  ['the reserve', RESERVE],
])('the audit of %s', (_of, cases) => {
  it.each(cases)('names %s', async (_what, damage) => {
    const sim = await forkOfAuditedDay();
    const finding = await damage(sim);

    expect(await audit(sim)).toContain(finding);
  });
});
