import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bank, PayoutOrder } from '../../../functions/channels/port/bank.ts';
import { sandboxBank } from '../../../functions/channels/sandbox/bank.ts';
import { httpClient } from '../../../functions/kernel/http-client.ts';
import { type SandboxFixture, sandboxFixture } from '../../simulators/sandbox-channel.ts';
import { memoryTable } from '../../world/memory-table.ts';

let fixture: SandboxFixture;
let bank: Bank;
let count = 0;
beforeAll(async () => {
  fixture = await sandboxFixture(memoryTable());
  bank = sandboxBank({ http: httpClient, baseUrl: fixture.sandbox.url, apiKey: async () => fixture.opened.apiKey });
});
afterAll(() => fixture.sandbox.close());

const order = (last4 = '6789'): PayoutOrder => ({
  reference: `Scope001payout${count++}`,
  account: fixture.account,
  amount: 123_456n,
  currency: 'usd',
  bank: { last4, country: 'US', holder: 'Demo Shop' },
});
const state = (asked: PayoutOrder) => bank.query(asked);

describe('payouts', () => {
  test('are pending, then paid', async () => {
    const asked = order();

    expect(await bank.pay(asked)).toEqual({ kind: 'pending' });
    fixture.clock.move(1999);
    expect(await state(asked)).toEqual({ kind: 'pending' });
    fixture.clock.move(1);
    expect(await state(asked)).toEqual({ kind: 'paid', traceId: expect.stringMatching(/^SB/) });
  });

  test.each([
    ['1113', 'account_closed'],
    ['1116', 'no_account'],
    ['2227', 'insufficient_funds'],
    ['3335', 'debit_not_authorized'],
    ['4440', 'invalid_currency'],
  ])('to an account ending in %s fail (%s)', async (last4, code) => {
    const asked = order(last4);

    expect(await bank.pay(asked)).toEqual({ kind: 'pending' });
    fixture.clock.move(2000);
    expect(await state(asked)).toEqual({ kind: 'failed', code });
  });

  test('ordered twice under one reference are one payout (I10)', async () => {
    const asked = order();
    await bank.pay(asked);
    fixture.clock.move(2000);

    expect(await bank.pay(asked)).toMatchObject({ kind: 'paid' });
    expect(await bank.pay({ ...asked, amount: 1n })).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
  });

  test('asked about with another amount or currency are unknown', async () => {
    const asked = order();
    await bank.pay(asked);
    const has = { kind: 'unknown', reason: `the bank has ${asked.amount} ${asked.currency}` };

    expect(await state({ ...asked, amount: asked.amount + 1n })).toEqual(has);
    expect(await state({ ...asked, currency: 'eur' })).toEqual(has);
    expect(await state(asked)).toEqual({ kind: 'pending' });
  });

  test.each([
    ['huf', 1_215_697n, 1_215_600n],
    ['twd', 4_874n, 4_800n],
    ['isk', 195_081n, 195_000n],
    ['ugx', 533_990n, 533_900n],
    ['kwd', 97_109_364n, 97_109_360n],
    ['tnd', 1_005n, 1_000n],
  ])('in %s of %s are refused, of %s taken', async (currency, amount, taken) => {
    const asked = { ...order(), currency, amount };

    expect(await bank.pay(asked)).toEqual({ kind: 'failed', code: 'could_not_process', refused: true });
    expect(await state(asked)).toEqual({ kind: 'not_found' });
    expect(await bank.pay({ ...asked, amount: taken })).toEqual({ kind: 'pending' });
    // The reference stands for the order that was taken.
    expect(await bank.pay(asked)).toEqual({ kind: 'unknown', reason: 'refused: reference_used' });
  });

  test('to 9511 are paid, then sent back', async () => {
    const asked = order('9511');
    await bank.pay(asked);
    fixture.clock.move(2_000);
    const paid = await state(asked);
    fixture.clock.move(2_999);
    expect(await state(asked)).toEqual(paid);
    fixture.clock.move(1);

    expect(paid).toEqual({ kind: 'paid', traceId: expect.stringMatching(/^SB/) as string });
    expect(await state(asked)).toEqual({ ...paid, kind: 'failed', code: 'account_closed' });
  });

  test('to 9503 are ordered without an answer', async () => {
    const asked = order('9503');

    expect(await bank.pay(asked)).toEqual({ kind: 'unknown', reason: 'status 503' });
    fixture.clock.move(2000);
    expect(await state(asked)).toMatchObject({ kind: 'paid' });
  });

  test('to 9500 never arrive', async () => {
    const asked = order('9500');

    expect(await bank.pay(asked)).toEqual({ kind: 'unknown', reason: 'status 503' });
    expect(await state(asked)).toEqual({ kind: 'not_found' });
  });
});
