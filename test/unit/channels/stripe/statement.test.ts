/** Stripe's balance transactions as lines of a statement. */
import { describe, expect, it } from 'vitest';
import { type StatementLine, StatementRefused } from '../../../../functions/channels/port/statement.ts';
import { parseStatement } from '../../../../functions/channels/stripe/statement.ts';

const OURS = `Scope001${'0'.repeat(22)}1`;
const REFUND = `Scope001${'0'.repeat(22)}0`;
const METADATA = { sluice_reference: OURS };

const CHARGE = {
  id: 'ch_1',
  object: 'charge',
  amount: 1000,
  amount_captured: 1000,
  currency: 'usd',
  metadata: METADATA,
  payment_intent: 'pi_1',
};
const TRANSACTION = {
  id: 'txn_1',
  object: 'balance_transaction',
  amount: 1000,
  created: 1_800_000_000,
  currency: 'usd',
  exchange_rate: null,
  fee: 59,
  net: 941,
  reporting_category: 'charge',
  source: CHARGE,
};

/** The lines of these transactions, whose bytes come in pieces of this size. */
async function read(transactions: readonly object[], size = 7): Promise<readonly StatementLine[]> {
  const bytes = Buffer.from(transactions.map((each) => `${JSON.stringify(each)}\n`).join(''));
  return parsed(bytes, size);
}

async function parsed(bytes: Buffer, size: number): Promise<readonly StatementLine[]> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const lines: StatementLine[] = [];
  for await (const line of parseStatement(pieces())) lines.push(line);
  return lines;
}

const one = async (changes: object): Promise<StatementLine> => (await read([{ ...TRANSACTION, ...changes }]))[0]!;

describe('a balance transaction', () => {
  it('of a charge is a payment under our reference, with its fee and its net', async () => {
    expect(await read([TRANSACTION])).toEqual([
      {
        type: 'payment',
        id: 'txn_1',
        ourReference: OURS,
        handles: { payment_intent: 'pi_1', charge: 'ch_1' },
        gross: 1000n,
        currency: 'usd',
        fee: '0.59',
        net: 941n,
        netCurrency: 'usd',
        occurredMs: 1_800_000_000_000,
        at: { line: 1 },
      },
    ]);
  });

  it('of a dispute has our reference in its charge, and its fee', async () => {
    const source = {
      id: 'du_1',
      object: 'dispute',
      amount: 1000,
      currency: 'usd',
      metadata: {},
      payment_intent: 'pi_1',
      charge: CHARGE,
    };
    const taken = { amount: -1000, fee: 1500, net: -2500, source };

    expect(await one({ ...taken, reporting_category: 'dispute' })).toMatchObject({
      type: 'dispute',
      ourReference: OURS,
      handles: { payment_intent: 'pi_1', dispute: 'du_1' },
      gross: -1000n,
      fee: '15.00',
      net: -2500n,
    });
    expect(
      await one({ amount: 1000, fee: -1500, net: 2500, source, reporting_category: 'dispute_reversal' }),
    ).toMatchObject({ type: 'dispute_reversed', gross: 1000n, fee: '-15.00' });
  });

  it('of a refund has the reference of the refund, also where it comes back', async () => {
    const source = {
      id: 're_1',
      object: 'refund',
      amount: 400,
      currency: 'usd',
      metadata: { sluice_reference: REFUND },
    };
    const refund = { amount: -400, fee: 0, net: -400, source, reporting_category: 'refund' };

    expect(await one(refund)).toMatchObject({ type: 'refund', ourReference: REFUND, gross: -400n, fee: '0.00' });
    expect(await one({ ...refund, amount: 400, net: 400, reporting_category: 'refund_failure' })).toMatchObject({
      type: 'refund',
      ourReference: REFUND,
      gross: 400n,
    });
  });

  it.each([
    ['payout', 'payout'],
    ['payout_reversal', 'payout'],
    ['fee', 'fee'],
    ['network_cost', 'fee'],
    ['tax', 'fee'],
    ['risk_reserved_funds', 'adjustment'],
    ['topup', 'adjustment'],
    ['of_another_release', 'adjustment'],
  ])('of the category %s is a %s', async (category, type) => {
    const line = await one({ amount: -500, fee: 0, net: -500, source: null, reporting_category: category });

    expect(line).toMatchObject({ type, gross: -500n, net: -500n });
    expect(line).not.toHaveProperty('ourReference');
  });

  it('of a converted charge is in the payer’s currency, with the rate', async () => {
    const source = { ...CHARGE, amount: 1000, amount_captured: 1000, currency: 'jpy' };

    expect(
      await one({ amount: 671, net: 632, fee: 39, exchange_rate: 0.00671, source, currency: 'usd' }),
    ).toMatchObject({ gross: 1000n, currency: 'jpy', rate: '0.00671', net: 632n, netCurrency: 'usd', fee: '0.39' });
    expect(
      await one({ amount: 671, net: 671, fee: 0, exchange_rate: 0.00671, source, reporting_category: 'payout' }),
    ).not.toHaveProperty('rate');
    // A part of what was captured: the rate does not explain it.
    expect(
      await one({ amount: 335, net: 320, fee: 15, exchange_rate: 0.00671, source, currency: 'usd' }),
    ).toMatchObject({ gross: 335n, currency: 'usd', netCurrency: 'usd' });
  });

  it('in a currency without or with three decimals has its fee in major units', async () => {
    expect(await one({ currency: 'jpy', fee: 36, net: 964 })).toMatchObject({ fee: '36' });
    expect(await one({ currency: 'kwd', fee: 30, net: 970 })).toMatchObject({ fee: '0.030' });
  });
});

describe('a file', () => {
  it('is read whatever its pieces are, also inside a character', async () => {
    const transactions = [TRANSACTION, { ...TRANSACTION, id: 'txn_2', source: { ...CHARGE, description: '支付 é' } }];

    for (const size of [1, 2, 3, 64, 100_000])
      expect((await read(transactions, size)).map(({ id, at }) => [id, at.line])).toEqual([
        ['txn_1', 1],
        ['txn_2', 2],
      ]);
    expect(await parsed(Buffer.from(JSON.stringify(TRANSACTION)), 9)).toHaveLength(1);
    expect(await parsed(Buffer.from(''), 9)).toEqual([]);
  });

  it.each([
    ['another object', `${JSON.stringify({ ...TRANSACTION, object: 'charge' })}`, 'line 2, object'],
    ['a fraction of a minor unit', `${JSON.stringify({ ...TRANSACTION, net: 0.5 })}`, 'line 2, net'],
    ['a currency that is none', `${JSON.stringify({ ...TRANSACTION, currency: 'xxx' })}`, 'line 2, currency'],
    ['half a line', '{"id":"txn_2"', 'line 2'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x0a]), 'line 2'],
    ['a line without an end', '1'.repeat(300_000), 'line 2'],
  ])('with %s is refused at its place', async (_, second, place) => {
    const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(TRANSACTION)}\n`), Buffer.from(second as string)]);

    const error = await parsed(bytes, 4096).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(StatementRefused);
    expect((error as Error).message.startsWith(place)).toBe(true);
  });

  it('of any length needs the memory of one line', async () => {
    const bytes = Buffer.from(`${JSON.stringify(TRANSACTION)}\n`);
    let given = 0;
    async function* endless() {
      for (; given < 20_000; given++) yield bytes;
    }
    let lines = 0;
    for await (const { at } of parseStatement(endless())) {
      lines += 1;
      // The parser asks for a piece only when it has no line left.
      expect(given - at.line).toBeLessThanOrEqual(1);
    }

    expect(lines).toBe(20_000);
  });
});
