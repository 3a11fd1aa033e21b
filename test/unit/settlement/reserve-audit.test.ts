/** The audit of the reserve finds what is damaged by hand, and so does the operator's trial balance where it can. */
import { describe, expect, it } from 'vitest';
import { auditBooks } from '../../../functions/operator/audit-balances.ts';
import { writeReports } from '../../../functions/settlement/report.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { type Item, present } from '../../../functions/table/table.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

/** Two captures are held, one of them is refunded in part. */
async function held(): Promise<Simulation> {
  const sim = await simulate();
  sim.bank.answer = PAID;
  const { fees } = await sim.world.payments.settings(sim.scope);
  await sim.agree({ refundOverdraft: true, fees: { ...fees, reserveBps: 1_000, reserveDays: 30, version: 2 } });
  const settle = async () => {
    await sim.world.runQueues();
    sim.move(1_000);
    await sim.settle();
    await sim.world.runQueues();
  };
  const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'one');
  await sim.request('POST', '/v1/payment_intents', pay, 'two');
  await settle();
  await sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount: '4000' }, 'refund');
  await settle();
  expect(await audit(sim)).toEqual([]);
  return sim;
}

type Doc = Record<string, unknown>;
async function damage(
  sim: Simulation,
  table: 'ledger' | 'payments',
  is: (item: Item) => boolean,
  change: (doc: Doc) => Doc,
) {
  const item = sim.world.table.items(table).find(is)!;
  const doc = pack(change(unpack<Doc>(item.doc as Uint8Array)));
  await sim.world.table.commit({ kind: 'put', table, item: { ...item, doc }, when: present });
}

const books = (sim: Simulation) => auditBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());

describe('the audit finds', () => {
  it.each<[string, RegExp, Parameters<typeof damage>[1], (item: Item) => boolean, (doc: Doc) => Doc]>([
    [
      'a hold of another amount',
      /^I5 holds are usd 2027-02-15 1601/,
      'ledger',
      ({ pk }) => pk.endsWith('#reserve'),
      () => ({ '2027-02-15': 1_601n }),
    ],
    [
      'a hold of another date',
      /^I5 holds are usd 2027-02-16 1600/,
      'ledger',
      ({ pk }) => pk.endsWith('#reserve'),
      () => ({ '2027-02-16': 1_600n }),
    ],
    [
      'a batch that released twice',
      /^I9 the batches of usd moved 1200/,
      'ledger',
      ({ pk, sk }) => pk.endsWith('#batch') && sk > '',
      (doc) => ({ ...doc, releases: [{ date: '2027-02-15', amount: 400n }] }),
    ],
    [
      'a refund that released less',
      /^I9 399 of 1000 is released/,
      'payments',
      ({ kind }) => kind === 'refund',
      (doc) => ({ ...doc, reserveFreed: [{ date: '2027-02-15', amount: 399n }] }),
    ],
    [
      'a capture with another reserve',
      /^I9 900 is held of 10000 at 1000/,
      'payments',
      ({ kind }) => kind === 'payment',
      (doc) => ({ ...doc, capture: { ...(doc.capture as Doc), reserve: 900n } }),
    ],
  ])('%s', async (_name, finding, table, is, change) => {
    const sim = await held();
    await damage(sim, table, is, change);

    expect((await audit(sim)).filter((what) => finding.test(what))).toHaveLength(1);
  });
});

describe('the trial balance', () => {
  it('compares the reserve with its holds', async () => {
    const sim = await held();
    expect((await books(sim)).differences).toEqual([]);
    await damage(
      sim,
      'ledger',
      ({ pk }) => pk.endsWith('#reserve'),
      () => ({ '2027-02-15': 1_599n, '2027-02-16': -1n }),
    );

    expect((await books(sim)).differences).toEqual([
      { scope: sim.scope, currency: 'usd', account: 'holds of liab:merchant:reserve', stored: '1599', posted: '1600' },
    ]);
  });
});

describe('a report', () => {
  it('is refused when its lines do not sum to what was held back and released', async () => {
    const sim = await held();
    const last = sim.world.table
      .items('ledger')
      .filter(({ pk }) => pk.endsWith('#batch'))
      .at(-1)!;
    const { throughMs } = unpack<{ throughMs: number }>(last.doc as Uint8Array);
    await writeReports(sim.world.settlement, sim.scope, throughMs);
    await damage(
      sim,
      'ledger',
      ({ sk }) => sk === last.sk,
      (doc) => ({ ...doc, releases: [] }),
    );

    await expect(writeReports(sim.world.settlement, sim.scope, throughMs)).rejects.toThrow('does not add up');
  });
});

describe('a chargeback that 0.1 booked', () => {
  it('is not counted when it is won: the refund after it releases the whole reserve', async () => {
    const sim = await held();
    const payment = recordsOf(sim.world).payments.find(({ refunded }) => refunded === 0n)!;
    sim.channel.openDispute(payment.attempts[0]!.reference, 'chargeback', 10_000n);
    await sim.deliverCallbacks();
    await damage(
      sim,
      'payments',
      ({ kind }) => kind === 'dispute',
      ({ reserveFreed: _, ...doc }) => doc,
    );
    await damage(
      sim,
      'payments',
      ({ kind, sk }) => kind === 'payment' && sk === payment.body,
      ({ returned: _, ...doc }) => doc,
    );
    const { body } = await sim.request('GET', '/v1/disputes');
    const id = (body.data as { id: string }[])[0]!.id;
    await sim.request('POST', `/v1/disputes/${id}`, { 'evidence[uncategorized_text]': 'winning_evidence' }, 'answer');
    await sim.deliverCallbacks();
    expect(recordsOf(sim.world).disputes.map(({ status }) => status)).toEqual(['won']);

    await sim.request('POST', '/v1/refunds', { payment_intent: `pi_${payment.body}` }, 'whole');

    const [refund] = recordsOf(sim.world).refunds.filter(({ payment: of }) => of === payment.body);
    expect(refund!.reserveFreed).toEqual([{ date: '2027-02-15', amount: 1_000n }]);
  });
});
