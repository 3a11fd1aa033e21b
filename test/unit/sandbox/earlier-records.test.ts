/** Charges and refunds that version 0.1 stored: cards only, without any member that wallets brought. */
import { beforeAll, describe, expect, test } from 'vitest';
import { attemptState, readCharge, readRefund, refundOutcome } from '../../../functions/channels/sandbox/wire.ts';
import { TIMINGS } from '../../../functions/sandbox/behavior.ts';
import { type Charge, planOfCharge, refundableOf, sameParams, statusOf } from '../../../functions/sandbox/charge.ts';
import { type Refund, refundCharge } from '../../../functions/sandbox/refund.ts';
import { isTombstone, loadCharge, loadRefund } from '../../../functions/sandbox/store.ts';
import { closeCharge, isKnown } from '../../../functions/sandbox/wallet.ts';
import { chargeView, refundView } from '../../../functions/sandbox/wire.ts';
import { type MemoryTable, memoryTable } from '../../world/memory-table.ts';
import { storedBy01 } from '../../world/release-01.ts';

const { madeMs, tables } = storedBy01();
let table: MemoryTable;
const charges: Charge[] = [];
const refunds: Refund[] = [];
beforeAll(async () => {
  table = memoryTable();
  for (const item of tables.get('sandbox')!) {
    table.store('sandbox', item);
    const [kind, account, reference] = item.pk!.S!.split('#') as [string, string, string];
    const charge = kind === 'c' ? await loadCharge(table, account, reference, madeMs) : undefined;
    const refund = kind === 'r' ? await loadRefund(table, account, reference, madeMs) : undefined;
    if (charge) charges.push(charge);
    if (refund) refunds.push(refund);
  }
});

describe('records of version 0.1', () => {
  test('are charges and refunds in several states', () => {
    expect(charges.length).toBeGreaterThan(5);
    expect(refunds.length).toBeGreaterThan(0);
    expect(new Set(charges.map((charge) => statusOf(charge, madeMs))).size).toBeGreaterThan(2);
  });

  test('are read, and a query has an outcome for each charge', () => {
    const outcomes = charges.map((charge) => {
      const read = readCharge(JSON.parse(JSON.stringify(chargeView(charge, madeMs, 'https://a.example/'))));
      return read && attemptState(read).attempt;
    });

    expect(outcomes.filter((outcome) => !outcome || outcome.kind === 'unknown')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome && 'wallet' in outcome)).toEqual([]);
    expect(charges.filter((charge) => !isKnown(charge))).toEqual([]);
    expect(charges.filter((charge) => !sameParams(charge.params, { ...charge.params }))).toEqual([]);
  });

  test('are no tombstones', async () => {
    const { account, params } = charges[0]!;

    expect(await isTombstone(table, account, params.reference, madeMs)).toBe(false);
  });

  test('have refunds whose outcome is read as before', () => {
    const outcomes = refunds.map((refund) => refundOutcome(readRefund(refundView(refund, madeMs))!));

    expect(outcomes.filter(({ kind }) => kind === 'unknown')).toEqual([]);
    expect(outcomes.filter((outcome) => 'retryable' in outcome)).toEqual([]);
  });

  test('are refunded where something is left', () => {
    const charge = charges.find((one) => refundableOf(one, madeMs) > 0n)!;
    const params = { reference: 'R9', charge: charge.params.reference, amount: 1n, currency: charge.params.currency };

    const after = refundCharge(charge, params, { nowMs: madeMs, timings: TIMINGS });

    expect(after.refund.decline).toBeUndefined();
    expect(after.charge.refunded - charge.refunded).toBe(1n);
  });

  test('are not closed where they are paid, and stay declined where they are', () => {
    const closings = charges.map((charge) => ({
      status: statusOf(charge, madeMs),
      ...closeCharge(charge, madeMs, TIMINGS, planOfCharge(charge)),
    }));
    const paid = closings.filter(({ status }) => status === 'captured' || status === 'authorised');
    const declined = closings.filter(({ status }) => status === 'declined');

    expect(paid.length).toBeGreaterThan(0);
    expect(new Set(paid.map(({ decline }) => decline?.reason))).toEqual(new Set(['order_paid']));
    expect(declined.length).toBeGreaterThan(0);
    expect(declined.every(({ charge, decline }) => decline === undefined && charges.includes(charge))).toBe(true);
  });
});
