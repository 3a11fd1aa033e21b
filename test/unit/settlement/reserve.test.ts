/** The rolling reserve: held back by the settlement of a capture, released by the settlement of its date or of what was returned. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadBalance } from '../../../functions/ledger/store.ts';
import { pack, unpack } from '../../../functions/table/pack.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { PAID } from '../../simulators/bank.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const DAY_MS = 86_400_000;

describe('a merchant with a reserve', () => {
  let sim: Simulation;
  const pay = async (amount: string, currency = 'usd', more: Record<string, string> = {}): Promise<string> => {
    const params = { amount, currency, payment_method: 'pm_card_visa', confirm: 'true', ...more };
    const { body } = await sim.request('POST', '/v1/payment_intents', params, `pay ${sim.world.clock.nowMs()}`);
    await sim.world.runQueues();
    sim.move(1_000);
    return String(body.id);
  };
  const refund = async (intent: string, amount: string) => {
    const params = { payment_intent: intent, amount };
    const { status } = await sim.request('POST', '/v1/refunds', params, `refund ${sim.world.clock.nowMs()}`);
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    sim.move(1_000);
    return status;
  };
  const settle = async (): Promise<void> => {
    await sim.world.runQueues();
    sim.move(1_000);
    await sim.settle();
    await sim.world.runQueues();
  };
  const days = (count: number): void => sim.move(count * DAY_MS);
  const reserve = async (currency = 'usd') => (await loadBalance(sim.world.table, sim.scope, currency))?.reserve ?? 0n;
  const report = async (nth = 0, format = 'json'): Promise<string> => {
    const names = [...sim.world.files.keys()].filter((name) => name.startsWith('reports/') && name.endsWith(format));
    return sim.world.files.get(names.sort().at(-1 - nth)!)!;
  };
  const transactions = async (query = '') => {
    const { body } = await sim.request('GET', `/v1/balance_transactions?limit=100${query}`);
    return body.data as {
      id: string;
      type: string;
      amount: number;
      net: number;
      reporting_category: string;
      status: string;
      source: null;
    }[];
  };
  const terms = async (reserveBps: number, reserveDays: number): Promise<void> => {
    const { fees } = await sim.world.payments.settings(sim.scope);
    await sim.agree({ fees: { ...fees, reserveBps, reserveDays, version: fees.version + 1 } });
  };

  beforeEach(async () => {
    sim = await simulate();
    sim.bank.answer = PAID;
    // Refunds may take more than is available: what is paid out at every settlement would refuse most of them.
    await sim.agree({ refundOverdraft: true });
    await terms(1_000, 90);
  });

  it('has it held for its days, and released by the settlement of the last: balance, transactions, report and payout', async () => {
    await pay('10000');
    await settle();
    expect((await sim.request('GET', '/v1/balance')).body.connect_reserved).toEqual([
      { amount: 1_000, currency: 'usd' },
    ]);
    days(90);
    await settle();
    expect(await reserve()).toBe(1_000n);

    days(1);
    await settle();

    expect(await reserve()).toBe(0n);
    const { body: balance } = await sim.request('GET', '/v1/balance');
    expect(balance).not.toHaveProperty('connect_reserved');
    expect(await transactions('&type=reserve_hold')).toMatchObject([
      {
        type: 'reserve_hold',
        amount: -1_000,
        net: -1_000,
        reporting_category: 'risk_reserved_funds',
        status: 'available',
      },
    ]);
    const [release, ...others] = await transactions('&type=reserve_release');
    expect(others).toEqual([]);
    expect(release).toMatchObject({
      amount: 1_000,
      net: 1_000,
      reporting_category: 'risk_reserved_funds',
      status: 'available',
      source: null,
    });
    const { body: one } = await sim.request('GET', `/v1/balance_transactions/${release!.id}?expand[]=source`);
    expect(one).toEqual(release);
    expect(JSON.parse(await report())).toMatchObject({
      net: '0',
      reserve: '-1000',
      reserve_withheld: '0',
      reserve_released: '1000',
      paid_out: '1000',
      lines: [
        { type: 'reserve_release', source: '2027-04-16', reserve: '-1000', net: '0', balance_transaction: release!.id },
      ],
    });
    expect((await report(0, 'csv')).split('\n')[1]).toContain('reserve_release,2027-04-16');
    expect((await report(0, 'csv')).split('\n')[1]).toMatch(/,usd,0\.00,0\.00,0\.00,-10\.00$/);
    const payouts = recordsOf(sim.world).payouts.toSorted((a, b) => a.createdMs - b.createdMs);
    expect(payouts.map(({ amount, status }) => `${amount} ${status}`)).toEqual(['8680 paid', '1000 paid']);
    const { body: paid } = await sim.request('GET', `/v1/balance_transactions?payout=po_${payouts[1]!.body}`);
    expect((paid.data as { type: string }[]).map(({ type }) => type).sort()).toEqual(['payout', 'reserve_release']);
    expect(await audit(sim)).toEqual([]);
  });

  it('has nothing held of a payment that is refunded whole, in its own period or in a later one', async () => {
    const first = await pay('10000');
    expect(await refund(first, '10000')).toBe(200);
    await pay('20000');
    const third = await pay('10000');
    await settle();
    expect(await reserve()).toBe(3_000n);
    expect(JSON.parse(await report())).toMatchObject({ reserve_withheld: '4000', reserve_released: '1000' });
    await pay('50000');
    await settle();

    expect(await refund(third, '3333')).toBe(200);
    expect(await refund(third, '3333')).toBe(200);
    await settle();
    expect(await reserve()).toBe(8_000n - 667n);
    expect(await refund(third, '3334')).toBe(200);
    await settle();

    expect(await reserve()).toBe(7_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('releases the part of a chargeback, once: a win holds nothing again, and the refund after it releases the rest', async () => {
    const intent = await pay('10000');
    await settle();
    await pay('90000');
    const [reference] = [...sim.channel.charges.keys()];
    sim.channel.openDispute(reference as never, 'chargeback', 4_000n);
    await sim.deliverCallbacks();
    await settle();
    expect(await reserve()).toBe(600n + 9_000n);
    const { body } = await sim.request('GET', '/v1/disputes');
    const id = (body.data as { id: string }[])[0]!.id;
    const evidence = { 'evidence[uncategorized_text]': 'winning_evidence' };
    await sim.request('POST', `/v1/disputes/${id}`, evidence, 'answer');
    await sim.deliverCallbacks();
    await pay('50000');
    await settle();
    expect(await reserve()).toBe(600n + 9_000n + 5_000n);

    await pay('50000');
    await settle();
    // As much as the chargeback had returned: its part is released already.
    expect(await refund(intent, '4000')).toBe(200);
    await settle();
    expect(await reserve()).toBe(600n + 9_000n + 5_000n + 5_000n);
    expect(await refund(intent, '6000')).toBe(200);
    await settle();

    expect(await reserve()).toBe(9_000n + 5_000n + 5_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('keeps the hold of a refund that fails before it succeeds, and releases it with the next', async () => {
    const intent = await pay('10000');
    await pay('90000');
    await settle();
    await pay('50000');
    await settle();
    sim.channel.refuse('refund');
    expect(await refund(intent, '10000')).toBe(200);
    await settle();
    expect(await reserve()).toBe(15_000n);
    expect(recordsOf(sim.world).refunds.map(({ status, succeededMs }) => [status, succeededMs])).toEqual([
      ['failed', undefined],
    ]);
    sim.channel.state.refused.delete('refund');
    await pay('50000');
    await settle();
    expect(await refund(intent, '10000')).toBe(200);
    await settle();

    expect(await reserve()).toBe(19_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('holds nothing again when the issuer sends a refund back, and releases nothing more with the next one', async () => {
    const intent = await pay('10000');
    await pay('90000');
    expect(await refund(intent, '10000')).toBe(200);
    await settle();
    expect(await reserve()).toBe(9_000n);
    sim.channel.takeBackRefund([...sim.channel.refunds.keys()][0] as never);
    await sim.deliverCallbacks();
    await settle();
    expect(await reserve()).toBe(9_000n);

    expect(await refund(intent, '10000')).toBe(200);
    await settle();

    expect(await reserve()).toBe(9_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('releases nothing for a refund whose hold was released on its date', async () => {
    const intent = await pay('10000');
    await settle();
    days(92);
    await pay('90000');
    await settle();
    await pay('90000');
    await settle();
    expect(await reserve()).toBe(18_000n);

    expect(await refund(intent, '10000')).toBe(200);
    await settle();

    expect(await reserve()).toBe(18_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('keeps the date of what is held when the terms change; a reserve of nothing releases nothing early', async () => {
    await pay('10000');
    await settle();
    await terms(0, 1);
    await pay('10000');
    days(30);
    await settle();
    expect(await reserve()).toBe(1_000n);

    days(61);
    await settle();

    expect(await reserve()).toBe(0n);
    expect(await audit(sim)).toEqual([]);
  });

  it('keeps each currency by itself: yen have no decimals, dinars three', async () => {
    await pay('1005', 'jpy');
    await pay('12345', 'usd');
    await pay('12350', 'kwd');
    await settle();
    expect([await reserve('jpy'), await reserve('usd'), await reserve('kwd')]).toEqual([101n, 1_235n, 1_235n]);
    const rows = [...sim.world.files].flatMap(([name, text]) =>
      name.endsWith('.csv') ? text.split('\n').slice(1, 2) : [],
    );
    expect(rows.map((row) => row.split(',').at(-1))).toEqual(expect.arrayContaining(['1.235', '101', '12.35']));

    days(91);
    await settle();

    expect([await reserve('jpy'), await reserve('usd'), await reserve('kwd')]).toEqual([0n, 0n, 0n]);
    expect(await audit(sim)).toEqual([]);
  });

  it('sees a released reserve used up by a negative balance before it is paid out', async () => {
    await pay('10000');
    await settle();
    const [reference] = [...sim.channel.charges.keys()];
    sim.channel.openDispute(reference as never, 'chargeback', 10_000n);
    await sim.deliverCallbacks();
    await settle();
    // The chargeback took 100.00 and a fee; all of the reserve of the payment went against it.
    expect(await reserve()).toBe(0n);
    const balance = await loadBalance(sim.world.table, sim.scope, 'usd');
    expect(balance!.available).toBe(-10_000n - 1_500n + 1_000n);
    expect(await audit(sim)).toEqual([]);
  });

  it('releases what 0.1 held: by the batches that say no date, the older part at once', async () => {
    await pay('10000');
    await settle();
    await pay('20000');
    await settle();
    const { table } = sim.world;
    for (const item of table.items('ledger').filter(({ pk }) => pk.endsWith('#batch'))) await asOf01(sim, item);
    const holds = table.items('ledger').find(({ pk }) => pk.endsWith('#reserve'))!;
    await table.commit({ kind: 'delete', table: 'ledger', key: holds, when: { is: 'present' } });

    await settle();
    const kept = table.items('ledger').find(({ pk }) => pk.endsWith('#reserve'))!;
    expect(unpack(kept.doc as Uint8Array)).toEqual({ '2027-04-16': 3_000n });
    expect(await reserve()).toBe(3_000n);
    days(91);
    await settle();

    expect(await reserve()).toBe(0n);
  });
});

async function asOf01(sim: Simulation, item: { pk: string; sk: string }): Promise<void> {
  const stored = (await sim.world.table.get('ledger', item))!;
  const { withheld: _, releases: __, ...batch } = unpack<Record<string, unknown>>(stored.doc as Uint8Array);
  await sim.world.table.commit({
    kind: 'put',
    table: 'ledger',
    item: { ...stored, doc: pack(batch) },
    when: { is: 'present' },
  });
}
