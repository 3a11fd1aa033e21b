/** `ledger -- audit`: damage to a record, an entry, a balance, a batch or a manifest is found by name; ordinary business is not taken for damage. */
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCurrency } from '../../../functions/kernel/money.ts';
import type { EntryType } from '../../../functions/ledger/entry.ts';
import { balanceKey, periodKey } from '../../../functions/ledger/keys.ts';
import type { Period } from '../../../functions/ledger/store.ts';
import { carryOutAudit } from '../../../functions/operator/auditor.ts';
import type { Payment } from '../../../functions/payments/payment.ts';
import type { Payout } from '../../../functions/payouts/payout.ts';
import { batchKeyOf } from '../../../functions/settlement/batch-reads.ts';
import type { Batch } from '../../../functions/settlement/batch-record.ts';
import { holdsKey, loadHolds, putHolds } from '../../../functions/settlement/reserve-store.ts';
import { RECORD_OF } from '../../../functions/stream/records.ts';
import { present } from '../../../functions/table/table.ts';
import { auditorDeps, differencesOf } from '../../audit/auditor.ts';
import {
  change,
  changeEntry,
  changeRecord,
  damaged,
  first,
  loseEntry,
  loseRecord,
  recordOfEntry,
  store,
} from '../../audit/damage.ts';
import { recordsOf } from '../../audit/records.ts';
import { everyEntry, post, taken } from '../../scenarios/busy-day.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const TYPES = Object.keys(RECORD_OF) as EntryType[];
/** Longer than an entry may be on its way. */
const POSTED = 16 * 60_000;

/** Everything that posts an entry; half of it closed and paid out, the other half in the open period. */
let day: Simulation;
beforeAll(async () => {
  day = await everyEntry();
  // Enough to pay out, whatever the day's chargebacks took.
  await taken(day, 'much', { amount: '500000' });
  await day.world.runQueues();
  // A payout failed that day, and its bank account is disabled.
  const { bankAccount } = await day.world.payments.settings(day.scope);
  await day.agree({ bankAccount: { ...bankAccount, id: 'ba_another' } });
  day.bank.answer = PAID;
  await day.settle();
  await day.world.runQueues();
  const id = await taken(day, 'after');
  await post(day, '/v1/refunds', { payment_intent: id, amount: '100' });
  await day.deliverCallbacks();
  await day.world.runQueues();
  day.move(POSTED);
});

describe('an audit', () => {
  it('finds nothing where everything happened and nothing is wrong', async () => {
    expect(await differencesOf(day)).toEqual([]);
  });

  it.each(TYPES)('%s: finds the entry missing', async (type) => {
    const { sim, entry } = await damaged(day, type, loseEntry);

    expect((await differencesOf(sim)).join('\n')).toMatch(
      new RegExp(`^entry_missing \\w+${entry.body.slice(0, 7)}\\w* ${type} txn_`, 'm'),
    );
  });

  it.each(TYPES)('%s: finds its record missing', async (type) => {
    const { sim } = await damaged(day, type, loseRecord);

    expect((await differencesOf(sim)).join('\n')).toMatch(new RegExp(`^record_missing \\w+ ${type} txn_`, 'm'));
  });

  it.each(TYPES)('%s: finds another amount in the entry', async (type) => {
    const { sim } = await damaged(day, type, changeEntry);

    expect((await differencesOf(sim)).join('\n')).toMatch(new RegExp(`^entry_differs \\w+ ${type} txn_`, 'm'));
  });

  it('finds an entry under another key than its own', async () => {
    const { sim, entry } = await damaged(day, 'captured', async (fork, { body }) => {
      const found = first(fork, 'entry', (one) => one.type === 'captured' && one.body === body);
      await store(fork, found, { sk: `${found.item.sk}x` });
    });

    expect((await differencesOf(sim)).join('\n')).toMatch(
      new RegExp(`^entry_misplaced txn_\\w+ stands at \\S+ \\w*${entry.body.slice(8)}c01x$`, 'm'),
    );
  });

  it('finds an entry that does not balance', async () => {
    const { sim } = await damaged(day, 'captured', async (fork, { body }) => {
      const found = first(fork, 'entry', (one) => one.type === 'captured' && one.body === body);
      const [leg, ...legs] = found.doc.legs;
      await change(fork, found, { ...found.doc, legs: [{ ...leg!, amount: leg!.amount + 1n }, ...legs] });
    });

    const differences = (await differencesOf(sim)).join('\n');
    expect(differences).toMatch(/^entry_unbalanced txn_\w+$/m);
    expect(differences).toMatch(/^unbalanced usd sums to 1$/m);
  });

  it.each(['available', 'reserve'])('finds a balance whose %s differs from the sum of its entries', async (name) => {
    const sim = day.fork();
    const key = balanceKey(sim.scope, 'usd');
    await sim.world.table.commit({ kind: 'update', table: 'ledger', key, add: { [name]: 1n, v: 1 }, when: present });

    const [found] = await differencesOf(sim);
    expect(found).toMatch(new RegExp(`^balance_differs usd liab:merchant:${name} is -?\\d+, its entries are -?\\d+$`));
  });

  it('finds holds that are not the reserve', async () => {
    const sim = day.fork();
    const holds = (await loadHolds(sim.world.table, sim.scope)).get(parseCurrency('usd')!)!;
    const item = (await sim.world.table.get('ledger', holdsKey(sim.scope, 'usd')))!;
    const more = putHolds(sim.scope, parseCurrency('usd')!, {
      version: Number(item.v) + 1,
      holds: { ...holds, '2099-01-01': 1n },
    });
    await sim.world.table.commit(more);

    expect((await differencesOf(sim)).join()).toMatch(/^holds_differ usd holds of liab:merchant:reserve are \d+, the/);
  });

  it('finds a period that did not close with what its entries are', async () => {
    const sim = day.fork();
    const item = (await sim.world.table.get('ledger', periodKey(sim.scope)))!;
    await changeRecord<Period>(sim, { table: 'ledger', key: item }, (period) => ({
      ...period,
      closing: { ...period.closing, 'usd income:fees': period.closing['usd income:fees']! - 1n },
    }));

    expect((await differencesOf(sim)).join()).toMatch(
      /^books_differ usd income:fees is -\d+ by its periods, its entries are -\d+$/,
    );
  });

  it('finds a batch that does not add up', async () => {
    const { sim } = await damaged(day, 'released', (fork, entry) =>
      changeRecord<Batch>(fork, { table: 'ledger', key: batchKeyOf(fork.scope, entry) }, (batch) => ({
        ...batch,
        closing: batch.closing + 1n,
      })),
    );

    expect((await differencesOf(sim)).join()).toMatch(/^batch_differs batch 2027-\S+ usd does not add up$/);
  });

  it('finds a batch without its payout, and a payout that is not what its batch pays', async () => {
    const automatic = recordsOf(day.world).payouts.find(({ sealedThroughMs }) => sealedThroughMs !== undefined)!;
    const at = (sim: Simulation) => {
      const { pk, sk } = sim.world.table
        .items('payments')
        .find((item) => item.kind === 'payout' && item.sk === automatic.body)!;
      return { table: 'payments', key: { pk, sk } } as const;
    };
    const lost = day.fork();
    await lost.world.table.commit({ kind: 'delete', ...at(lost), when: present });
    const other = day.fork();
    await changeRecord<Payout>(other, at(other), (payout) => ({ ...payout, amount: payout.amount + 1n }));

    expect((await differencesOf(lost)).join('\n')).toMatch(
      new RegExp(`^record_missing po_${automatic.body} of batch`, 'm'),
    );
    expect((await differencesOf(other)).join('\n')).toMatch(
      new RegExp(
        `^payout_differs po_${automatic.body} pays ${automatic.amount + 1n}, its batch pays ${automatic.amount}`,
        'm',
      ),
    );
  });

  it.each([
    ['changed', (content: string) => content.replace('"throughMs"', '"throughMS"')],
    ['gone', () => undefined],
  ])('finds a manifest that was %s', async (how, change) => {
    const files = { get: async (key: string) => change((await day.world.settlement.files.get(key))!) };

    const found = await differencesOf(day, { files });
    expect(found.length).toBeGreaterThan(0);
    for (const difference of found) expect(difference).toMatch(new RegExp(`^manifest_differs manifest \\S+ .*${how}`));
  });

  it('finds a payment whose refunds are not those it counts', async () => {
    const { sim, entry } = await damaged(day, 'captured', (fork, captured) =>
      changeRecord<Payment>(fork, recordOfEntry(fork.scope, captured), (payment) => ({
        ...payment,
        refunded: payment.refunded + 1n,
      })),
    );

    expect((await differencesOf(sim)).join()).toBe(`refunds_differ pi_${entry.body} 1 refunds of 101, found 1 of 100`);
  });

  it('finds a fee in a record that is not that of its entry', async () => {
    const { sim } = await damaged(day, 'captured', (fork, entry) =>
      changeRecord<Payment>(fork, recordOfEntry(fork.scope, entry), ({ capture, ...payment }) => ({
        ...payment,
        capture: { ...capture!, fee: capture!.fee + 1n },
      })),
    );

    expect(await differencesOf(sim)).toHaveLength(2);
  });
});

describe('business meanwhile', () => {
  /** Each look at the clock is half a minute later: a step does one page. */
  const slow = (sim: Simulation) => {
    let looks = 0;
    const nowMs = (): number => {
      looks += 1;
      return sim.world.clock.nowMs() + looks * 30_000;
    };
    return { ...sim.world.clock, nowMs };
  };

  it('an audit in many steps finds nothing in payments, refunds and payouts that are made between them', async () => {
    const sim = day.fork();
    let steps = 0;
    const found = await differencesOf(sim, { clock: slow(sim) }, async () => {
      steps += 1;
      const id = await taken(sim, `step ${steps}`);
      await post(sim, '/v1/refunds', { payment_intent: id, amount: `${steps}` });
      if (steps % 3 === 0) await post(sim, '/v1/payouts', { amount: '1', currency: 'usd' });
      await sim.deliverCallbacks();
      await sim.world.runQueues();
    });

    expect(steps).toBeGreaterThan(10);
    expect(found).toEqual([]);
  });

  it('an audit during which a period is closed begins again, and finds nothing', async () => {
    const sim = day.fork();
    let steps = 0;
    const found = await differencesOf(sim, { clock: slow(sim) }, async () => {
      steps += 1;
      if (steps !== 12) return;
      await sim.settle();
      await sim.world.runQueues();
    });

    expect(steps).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });

  it('an entry that is still on its way is waited for', async () => {
    const sim = await simulate();
    await taken(sim, 'one');
    sim.move(1_000);
    let waited = 0;
    const clock = {
      ...sim.world.clock,
      sleep: async () => {
        waited += 1;
        if (waited === 3) await sim.world.runQueues();
      },
    };

    expect(await differencesOf(sim, { clock })).toEqual([]);
    expect(waited).toBe(3);
  });

  it('an entry that does not come is missing, however recent', async () => {
    const sim = await simulate();
    await taken(sim, 'one');
    sim.move(1_000);

    const found = await differencesOf(sim, { clock: { ...sim.world.clock, sleep: async () => {} } });
    expect(found.join()).toMatch(/^entry_missing pi_\w+ captured txn_\w+$/);
  });
});

describe('the command', () => {
  it('refuses a cursor that is none, and a merchant that there is not', async () => {
    const deps = auditorDeps(day);
    const { merchant } = day.world.table.items('merchants').find(({ pk }) => pk === 'scopes') as unknown as {
      merchant: string;
    };

    const refusal = (command: object) =>
      carryOutAudit(deps, command).catch((error: Error) => `${error.name}: ${error.message}`);
    const wrong = { command: 'audit', merchant, mode: 'test', cursor: 'x' };
    expect(await refusal(wrong)).toBe('CommandError: cursor: x is none');
    expect(await refusal({ ...wrong, mode: 'live' })).toBe(`CommandError: merchant: ${merchant} has no live mode`);
    expect(await refusal({ command: 'scopes', merchant: 'no' })).toBe('CommandError: merchant: no does not exist');
    expect(await refusal({ command: 'settle' })).toMatch(/^CommandError: command/);
    expect(await carryOutAudit(deps, { command: 'scopes' })).toEqual({
      scopes: [{ merchant, mode: 'test', scope: day.scope }],
    });
  });

  it('writes nothing', async () => {
    const sim = day.fork();
    const before = sim.world.table.dump();
    await differencesOf(sim);

    expect(sim.world.table.dump()).toEqual(before);
  });
});
