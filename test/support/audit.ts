/**
 * The audit: every invariant of docs/invariants.md that the stored records, the channel's and the bank's own books can tell, once nothing is on
 * its way any more. Each finding begins with the number of its invariant. What an end state cannot tell is tested elsewhere: I12 (a
 * refused request changes nothing) and I13 (duplicates change nothing) by the property tests, I16 in the vault's tests too.
 */
import { TEST_CARDS } from '../../functions/shared/test-cards.ts';
import { auditBooks } from './audit-books.ts';
import { sessionContradictions } from './audit-checkout.ts';
import { auditPayments } from './audit-payments.ts';
import { auditSettlement } from './audit-settlement.ts';
import { type Expect, recordsOf } from './records.ts';
import type { Simulation } from './simulation.ts';

/** What does not hold; empty when all is well. */
export async function audit(sim: Simulation): Promise<readonly string[]> {
  const wrong: string[] = [];
  const expect: Expect = (holds, what) => void (holds || wrong.push(what));
  const records = recordsOf(sim.world);
  await auditBooks(sim, records, expect);
  auditSettlement(sim, records, expect);
  auditPayments(sim, records, expect);
  for (const value of [records.payments, records.refunds, records.payouts, records.journal.map(({ entry }) => entry)])
    auditValues(value, expect);
  wrong.push(...sessionContradictions(sim));
  return wrong;
}

/** I14: no number that is not whole, and none at all where there is money. I16: no card number. */
function auditValues(value: unknown, expect: Expect, name = ''): void {
  if (typeof value === 'number') {
    expect(Number.isSafeInteger(value), `I14 ${name} is ${value}`);
    expect(!MONEY.test(name), `I14 ${name} is money in a number`);
  } else if (typeof value === 'string') {
    expect(!CARD_NUMBERS.some((number) => value.includes(number)), `I16 ${name} holds a card number`);
  } else if (Array.isArray(value)) {
    for (const member of value) auditValues(member, expect, name);
  } else if (typeof value === 'object' && value !== null) {
    for (const [member, inner] of Object.entries(value)) auditValues(inner, expect, member);
  }
}

const MONEY = /^(amount|fee|fixed|reserve|refunded|available|gross|net)$/;
const CARD_NUMBERS = TEST_CARDS.map(({ number }) => number);
