/** From the bytes of a statement to the books: what is settled, what waits in suspense, and that nothing counts twice. */
import { beforeEach, describe, expect, it } from 'vitest';
import { StatementRefused } from '../../../functions/channels/port/statement.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { audit as auditScope } from '../../../functions/operator/audit.ts';
import { PartsDiffer } from '../../../functions/statements/parts.ts';
import { suspendedLines } from '../../../functions/statements/store.ts';
import { audit } from '../../audit/audit.ts';
import { balancesOf } from '../../audit/facts.ts';
import { recordsOf } from '../../audit/records.ts';
import { bookLines, bytesOfLines, type Line, stepOf, storeStatement } from '../../scenarios/statement-files.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

let sim: Simulation;
beforeEach(async () => {
  sim = await simulate(5);
});

/** A payment that was captured; its reference at the channel. */
async function paid(amount: number, changes: Record<string, string> = {}): Promise<{ id: string; reference: string }> {
  const params = {
    amount: String(amount),
    currency: 'usd',
    confirm: 'true',
    payment_method: 'pm_card_visa',
    ...changes,
  };
  const { status, body } = await sim.request('POST', '/v1/payment_intents', params);
  expect(status).toBe(200);
  await sim.world.runQueues();
  const { payments } = recordsOf(sim.world);
  const payment = payments.find(({ body: key }) => body.id === `pi_${key}`)!;
  return { id: String(body.id), reference: payment.attempts.at(-1)!.reference };
}

async function refunded(id: string, amount: number): Promise<string> {
  const { status, body } = await sim.request('POST', '/v1/refunds', { payment_intent: id, amount: String(amount) });
  expect(status).toBe(200);
  await sim.deliverCallbacks();
  await sim.world.runQueues();
  return recordsOf(sim.world).refunds.find(({ body: key }) => body.id === `re_${key}`)!.reference;
}

/** Debits less credits of the accounts that statements move, without those that are zero. */
const books = (): Record<string, bigint> => {
  const all = balancesOf(recordsOf(sim.world).journal.map(({ entry }) => entry));
  return Object.fromEntries(
    [...all].filter(([name]) => /assets:|expense:|suspense|fx:/.test(name)).map(([name, sum]) => [name, sum]),
  );
};
const payment = (reference: string, gross: bigint, fee?: string): Line => ({
  type: 'payment',
  reference,
  gross,
  ...(fee !== undefined && { fee }),
});

describe('a statement', () => {
  it('settles its lines: the receivable returns to zero, the bank rises by what arrived, and the fees are cost', async () => {
    const [a, b] = [await paid(10_000), await paid(6_000)];
    const refund = await refunded(a.id, 2_500);
    expect(books()).toEqual({ 'usd assets:channel:sandbox': 13_500n });

    const file = await bookLines(sim, [
      payment(a.reference, 10_000n, '180.0000'),
      payment(b.reference, 6_000n, '108.0000'),
      { type: 'refund', reference: refund, gross: -2_500n },
      { type: 'payout', id: 'payout-1', gross: -13_212n },
    ]);

    expect(file).toMatchObject({ status: 'booked', counts: { read: 4, booked: 4, suspended: 0, known: 0 } });
    expect(books()).toEqual({ 'usd assets:bank': 13_212n, 'usd expense:channel_cost': 288n });
    expect(await audit(sim)).toEqual([]);
  });

  it('moves nothing of the merchant’s, and closes with its day', async () => {
    const { reference } = await paid(10_000);
    const before = (await sim.request('GET', '/v1/balance')).body;
    await bookLines(sim, [payment(reference, 10_000n, '180.0000'), { type: 'payout', id: 'p', gross: -9_820n }]);

    expect((await sim.request('GET', '/v1/balance')).body).toEqual(before);
    const { body } = await sim.request('GET', '/v1/balance_transactions');
    expect(body.data).toHaveLength(1);
    expect((await sim.settle()).status).toBe('done');
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('that comes after its day was closed is of the open period', async () => {
    const { reference } = await paid(10_000);
    expect((await sim.settle()).status).toBe('done');
    sim.move(86_400_000);

    await bookLines(sim, [payment(reference, 10_000n, '180.0000'), { type: 'payout', id: 'p', gross: -9_820n }]);
    sim.move(60_000);

    expect(books()).toMatchObject({ 'usd expense:channel_cost': 180n });
    expect((await sim.settle()).status).toBe('done');
    await sim.world.runQueues();
    expect(await audit(sim)).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    const { reference } = await paid(10_000);
    const lines = [payment(reference, 10_000n, '180.0000'), payment('', 7n)];
    const first = await bookLines(sim, lines);
    const stored = sim.world.table.dump();
    sim.move(60_000);

    expect(await bookLines(sim, lines)).toEqual(first);
    expect(sim.world.table.dump()).toEqual(stored);
  });

  it('counts a line of another file once, and says so', async () => {
    const [a, b] = [await paid(10_000), await paid(6_000)];
    await bookLines(sim, [payment(a.reference, 10_000n, '180.0000')]);

    const second = await bookLines(sim, [payment(a.reference, 10_000n, '180.0000'), payment(b.reference, 6_000n)]);

    expect(second.counts).toEqual({ read: 2, booked: 1, suspended: 0, known: 1 });
    expect(books()).toEqual({ 'usd assets:channel:sandbox': 15_820n, 'usd expense:channel_cost': 180n });
    expect(await audit(sim)).toEqual([]);
  });

  it('counts a line that it has twice once; one of the same name with other money is listed and moves none', async () => {
    const { reference } = await paid(10_000);
    const file = await bookLines(sim, [
      payment(reference, 10_000n, '180.0000'),
      payment(reference, 10_000n, '180.0000'),
      payment(reference, 9_999n, '180.0000'),
    ]);

    expect(file.counts).toEqual({ read: 3, booked: 1, suspended: 0, known: 2 });
    expect(books()).toEqual({ 'usd assets:channel:sandbox': 9_820n, 'usd expense:channel_cost': 180n });
    expect((await suspendedLines(sim.world.table, sim.scope, {})).lines).toMatchObject([
      { reason: 'differs', gross: 9_999n, line: 4 },
    ]);
  });

  it('books partial captures in one line or in several', async () => {
    const changes = { capture_method: 'manual', 'payment_method_options[card][request_multicapture]': 'if_available' };
    const held = async () => {
      const { id, reference } = await paid(10_000, changes);
      for (const amount of ['6000', '4000']) {
        const final = String(amount === '4000');
        const params = { amount_to_capture: amount, final_capture: final };
        expect((await sim.request('POST', `/v1/payment_intents/${id}/capture`, params)).status).toBe(200);
      }
      await sim.world.runQueues();
      return reference;
    };
    const [one, two] = [await held(), await held()];

    const file = await bookLines(sim, [
      payment(one, 10_000n),
      { ...payment(two, 6_000n), id: 'first' },
      { ...payment(two, 4_000n), id: 'second' },
    ]);

    expect(file.counts).toMatchObject({ booked: 3, suspended: 0 });
  });

  it('books a dispute with what the channel keeps beyond the fee that the dispute booked, and its reversal', async () => {
    const { reference } = await paid(10_000, { payment_method: 'pm_card_createDispute' });
    await sim.deliverCallbacks();
    await sim.world.runQueues();
    const [dispute] = recordsOf(sim.world).disputes;
    expect(dispute).toMatchObject({ amount: 10_000n, fee: 1_500n });

    const file = await bookLines(sim, [
      payment(reference, 10_000n),
      { type: 'dispute', reference, gross: -10_000n, fee: '2000.0000' },
    ]);

    expect(file.counts).toMatchObject({ booked: 2, suspended: 0 });
    expect(books()).toEqual({
      'usd assets:channel:sandbox': -2_000n,
      'usd assets:dispute_recv:sandbox': 10_000n,
      'usd expense:dispute_cost': 2_000n,
    });
    expect(await audit(sim)).toEqual([]);
  });
});

describe('lines that no record explains', () => {
  it('wait in suspense, are listed, and change what the channel owes', async () => {
    const { reference, id } = await paid(10_000);
    const file = await bookLines(sim, [
      { type: 'payment', id: 'foreign', reference: 'x'.repeat(31), gross: 4_200n, fee: '76.0000' },
      { type: 'refund', id: 'unasked', reference, gross: -3_000n },
      { ...payment(reference, 9_999n), id: 'other-amount' },
      { type: 'dispute', id: 'unreported', reference, gross: -10_000n, fee: '1500.0000' },
      { ...payment(reference, 10_000n), id: 'other-currency', currency: 'eur' },
    ]);

    expect(file.counts).toEqual({ read: 5, booked: 0, suspended: 5, known: 0 });
    expect(books()).toEqual({
      'eur assets:channel:sandbox': 10_000n,
      'eur liab:suspense_over:sandbox': -10_000n,
      // 10000 of the payment, 4200 and 9999 unexplained, 13000 taken back, 76 and 1500 kept.
      'usd assets:channel:sandbox': 9_623n,
      'usd assets:suspense_short:sandbox': 13_000n,
      'usd expense:channel_cost': 76n,
      'usd expense:dispute_cost': 1_500n,
      'usd liab:suspense_over:sandbox': -14_199n,
    });
    const { lines } = await suspendedLines(sim.world.table, sim.scope, {});
    expect(lines.map(({ id: name, reason }) => `${name} ${reason}`).sort()).toEqual([
      'foreign unknown',
      'other-amount amount',
      'other-currency unknown',
      'unasked unknown',
      'unreported unknown',
    ]);
    expect((await sim.request('GET', `/v1/payment_intents/${id}`)).body.amount_received).toBe(10_000);
  });

  it('are of another merchant, or another mode, even where the reference exists', async () => {
    const other = await simulate(6);
    const { body } = await other.request('POST', '/v1/payment_intents', {
      amount: '10000',
      currency: 'usd',
      confirm: 'true',
      payment_method: 'pm_card_visa',
    });
    expect(body.status).toBe('succeeded');
    const { reference } = recordsOf(other.world).payments[0]!.attempts[0]!;

    expect((await bookLines(sim, [payment(reference, 10_000n)])).counts).toMatchObject({ booked: 0, suspended: 1 });
  });
});

describe('a file', () => {
  const refusedLeavesNothing = async (bytes: Buffer, error: RegExp, type: new (...args: never[]) => Error) => {
    const stored = await storeStatement(sim, bytes);
    const before = sim.world.table.dump();
    const refusal = await stepOf(sim, stored).catch((reason: unknown) => reason);
    expect(refusal).toBeInstanceOf(type);
    expect(String(refusal)).toMatch(error);
    expect(sim.world.table.dump()).toEqual(before);
  };

  it('with a fault in its last line is refused before its first is used', async () => {
    const { reference } = await paid(10_000);
    const good = bytesOfLines([payment(reference, 10_000n, '180.0000'), payment('', 7n)]).toString();
    await refusedLeavesNothing(
      Buffer.from(good.replace(',7,usd,', ',8,usd,')),
      /line 3: gross, fee and net/,
      StatementRefused,
    );
    await refusedLeavesNothing(
      Buffer.from(good.replace('end,2', 'end,3')),
      /line 4: the end does not count/,
      StatementRefused,
    );
    await refusedLeavesNothing(Buffer.from(good.slice(0, good.indexOf('end'))), /the end is missing/, StatementRefused);
    await refusedLeavesNothing(Buffer.from(`${good}x\n`), /behind the end/, StatementRefused);
    await refusedLeavesNothing(Buffer.from('a,b\n'), /line 1: not the header/, StatementRefused);
  });

  it('whose stored parts are not the file of its name is refused', async () => {
    const bytes = bytesOfLines([payment('', 7n)]);
    const stored = await storeStatement(sim, bytes);
    const changed = await sim.world.treasuryDeps.bytes.getBytes(
      `statements/${sim.scope}/${stored.channel}/${stored.account}/${stored.sha256}/1`,
    );
    expect(changed).toEqual(bytes);
    await expect(stepOf(sim, { ...stored, parts: 2 })).rejects.toThrow(/part 2 of the statement .* is not stored/);
    await expect(stepOf(sim, { ...stored, parts: 0 })).rejects.toBeInstanceOf(PartsDiffer);
  });

  it('that is read in steps goes on where the last one ended', async () => {
    const lines = Array.from({ length: 250 }, (_, at): Line => ({ type: 'payout', id: `p${at}`, gross: -1n }));
    const stored = await storeStatement(sim, bytesOfLines(lines));

    const reads: number[] = [];
    let file = await stepOf(sim, stored, 0);
    while (file.status === 'reading') {
      reads.push(file.counts.read);
      file = await stepOf(sim, stored, 0);
    }

    expect(reads).toEqual([100, 200]);
    expect(file.counts).toEqual({ read: 250, booked: 250, suspended: 0, known: 0 });
    expect(books()).toEqual({ 'usd assets:bank': 250n, 'usd assets:channel:sandbox': -250n });
  });

  it('that two functions read at once is booked once', async () => {
    const lines = Array.from({ length: 120 }, (_, at): Line => ({ type: 'payout', id: `p${at}`, gross: -1n }));
    const stored = await storeStatement(sim, bytesOfLines(lines));
    const both = async () => {
      let file = await stepOf(sim, stored);
      while (file.status === 'reading') file = await stepOf(sim, stored);
      return file;
    };

    const [one, two] = await Promise.all([both(), both()]);

    expect(one).toEqual(two);
    expect(books()).toEqual({ 'usd assets:bank': 120n, 'usd assets:channel:sandbox': -120n });
  });

  it('without a line is booked, and moves nothing', async () => {
    expect(await bookLines(sim, [])).toMatchObject({ status: 'booked', lineCount: 0, sums: {} });
    expect(books()).toEqual({});
  });
});

it('the product’s own audit names a statement whose entry is lost, and one that has another', async () => {
  await bookLines(sim, [{ type: 'payout', id: 'p', gross: -5n }]);
  sim.move(3_600_000);
  const deps = { ...sim.world.settlement, channel: () => sim.channel.client } as unknown as Parameters<
    typeof auditScope
  >[0];
  const differences = async (): Promise<readonly string[]> => {
    const settings = await loadSettings(sim.world.table, sim.scope);
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const step = await auditScope({ ...deps, table: sim.world.table }, sim.scope, settings, {
        cursor,
        settlingMs: 0,
      });
      found.push(...step.differences);
      cursor = step.cursor;
    } while (cursor !== undefined);
    return found;
  };
  expect(await differences()).toEqual([]);

  const { item } = recordsOf(sim.world).journal.find(({ entry }) => entry.type === 'channel_settled')!;
  const key = { pk: item.pk, sk: item.sk };
  await sim.world.table.commit({ kind: 'delete', table: 'ledger', key, when: { is: 'present' } });

  expect(await differences()).toEqual([expect.stringMatching(/^entry_missing statement_\w{22} channel_settled txn_/)]);
});
