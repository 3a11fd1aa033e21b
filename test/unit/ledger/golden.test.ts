/** The posting rules against golden journal entries (G1, G2, G3, G6): every leg, every account, every amount. */
import { describe, expect, it } from 'vitest';
import { type FeeTerms, mulDiv, parseCurrency, type Rounding } from '../../../functions/kernel/money.ts';
import { accounts } from '../../../functions/ledger/accounts.ts';
import type { Leg } from '../../../functions/ledger/entry.ts';
import * as rules from '../../../functions/ledger/rules.ts';
import { feeOf, termsFor } from '../../../functions/payments/fees.ts';
import golden from '../../fixtures/golden-ledger.json' with { type: 'json' };

const CH = 'chA';
const USD = parseCurrency('usd')!;
const TERMS: FeeTerms = { feeBps: 290, fixed: 30n, fixedIn: { kwd: 100n }, reserveBps: 1000, version: 1 };
const fee = (amount: bigint) => feeOf(amount, termsFor(TERMS, USD, 'card'));
const capture = (amount: bigint, more: { held?: bigint; cost?: bigint } = {}) =>
  rules.captured({ channel: CH, amount, fee: fee(amount), ...more });

/** What our rules post for each golden entry. Made by each test: a rule that throws then fails a test, and not only the loading of this file. */
const posted = (): Readonly<Record<string, readonly Leg[]>> => ({
  j01: rules.authorized(10000n),
  j02: capture(10000n, { held: 10000n, cost: 180n }),
  j03: rules.authorized(10000n),
  j04: capture(6000n, { held: 10000n, cost: 108n }),
  j05: rules.authorized(5000n),
  j06: rules.voided(5000n),
  j07: rules.madeAvailable(15476n, mulDiv(16000n, 1000n, 10_000n, 'half_up')),
  j08: rules.channelSettled(CH, 15712n),
  j09: rules.refundRequested(CH, 2500n, 'available'),
  j10: rules.refundSucceeded(CH, 2500n),
  j11: rules.refundRequested(CH, 1000n, 'available'),
  j12: rules.refundFailed(CH, 1000n, 'available'),
  j13: rules.disputeOpened(CH, 7500n, 1500n),
  j14: rules.disputeWon(CH, 7500n),
  j15: rules.disputeOpened(CH, 6000n, 1500n),
  j16: rules.disputeLost(CH, 6000n),
  j17: rules.payoutCreated(2376n),
  j18: rules.payoutFailed(2376n),
  j19: rules.payoutCreated(2376n),
  j20: rules.payoutPaid(2376n),
  j21: rules.payoutReturned(2376n),
  j22: rules.payoutCreated(2376n),
  j23: rules.payoutPaid(2376n),
  j24: rules.reserveReleased(1600n),
  j25: capture(3000n, { cost: 54n }),
  j26: rules.suspendedShort(CH, 3000n),
  j27: rules.shortReversed(CH, 3000n, fee(3000n), 54n),
  j28: rules.suspendedOver(CH, 4200n),
  j29: rules.overResolved(CH, 4200n, fee(4200n), 76n),
  j30: rules.costCorrected(CH, 4n),
  j31: rules.roundedOff(CH, 1n),
  j32: rules.channelSettled(CH, -7381n),
  n01: [
    ...capture(8000n),
    ...rules.madeAvailable(7738n, 0n),
    ...rules.move(accounts.available, accounts.bank, 7738n),
    ...rules.channelSettled(CH, 8000n),
  ],
  n02: [...capture(2000n), ...rules.madeAvailable(1912n, 0n)],
  n03: [...rules.refundRequested(CH, 5000n, 'available'), ...rules.refundSucceeded(CH, 5000n)],
  n04: rules.negativeReclassified(3088n),
  n05: rules.reclassReversed(3088n),
  n06: [...capture(10000n), ...rules.madeAvailable(9680n, 0n)],
  n07: rules.payoutCreated(6592n),
  e01: rules.captured({
    channel: CH,
    amount: 1050n,
    fee: feeOf(1050n, termsFor(TERMS, parseCurrency('jpy')!, 'card')),
  }),
  e02: rules.captured({
    channel: CH,
    amount: 12345n,
    fee: feeOf(12345n, termsFor(TERMS, parseCurrency('kwd')!, 'card')),
  }),
  t01: capture(10n),
});

/** The golden file names merchant and bank in the path; with us they are the scope's. */
const ours = (account: string): string => account.replace(':m1', '').replace('assets:bank:b1', 'assets:bank');
const text = (legs: readonly Leg[]): string[] =>
  legs.map((leg) => `${leg.side === 'debit' ? 'D' : 'C'} ${leg.account} ${leg.amount}`).sort();

describe('posting rules', () => {
  for (const scenario of golden.scenarios) {
    describe(`${scenario.id}: ${scenario.title}`, () => {
      for (const journal of scenario.journals) {
        it(`${journal.id}: ${journal.event}`, () => {
          expect(text(posted()[journal.id]!)).toEqual(
            journal.legs.map((leg) => `${leg.dc} ${ours(leg.account)} ${leg.amount}`).sort(),
          );
        });
      }
      it('ends in the golden balances', () => {
        const balances = new Map<string, bigint>();
        for (const journal of scenario.journals) {
          const currency = journal.legs[0]!.currency;
          for (const leg of posted()[journal.id]!) {
            const name = `${leg.account}|${currency}`;
            balances.set(name, (balances.get(name) ?? 0n) + (leg.side === 'debit' ? leg.amount : -leg.amount));
          }
        }
        const left = Object.fromEntries(
          [...balances].filter(([, amount]) => amount !== 0n).map(([name, amount]) => [name, String(amount)]),
        );
        expect(left).toEqual(
          Object.fromEntries(Object.entries(scenario.final_balances).map(([name, amount]) => [ours(name), amount])),
        );
      });
    });
  }
});

describe('a posting rule beyond the golden entries', () => {
  it('posts nothing for zero and the reverse for a negative amount', () => {
    expect(rules.move('a', 'b', 0n)).toEqual([]);
    expect(text(rules.move('a', 'b', -5n))).toEqual(['C a 5', 'D b 5']);
  });

  it('takes back a refund that the channel had confirmed: the money is the merchant’s again', () => {
    expect(text(rules.refundTakenBack(CH, 400n, 'pending'))).toEqual([
      'C liab:merchant:pending 400',
      'C liab:refund_clearing:chA 400',
      'D assets:channel:chA 400',
      'D liab:refund_clearing:chA 400',
    ]);
  });
});

describe('rounding', () => {
  for (const vector of golden.rounding_vectors) {
    for (const rounding of ['half_up', 'half_even', 'floor'] as const satisfies readonly Rounding[]) {
      it(`${vector.amount} at ${vector.bps} basis points is ${vector[rounding]} (${rounding})`, () => {
        expect(mulDiv(BigInt(vector.amount), BigInt(vector.bps), 10_000n, rounding)).toBe(BigInt(vector[rounding]));
      });
    }
  }
});
