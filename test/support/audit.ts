/**
 * The audit: every invariant of docs/invariants.md that the stored records, the channel's and the bank's own books can tell, once nothing is on
 * its way any more. Each finding begins with the number of its invariant and names the record. The auditor counts by itself, from raw
 * records: a mistake of the product's own functions is a finding, too. What an end state cannot tell is tested elsewhere: I12 (a refused
 * request changes nothing) and I13 (duplicates change nothing) by the property tests. test/unit/audit damages records by hand.
 */
import { auditBooks } from './audit-books.ts';
import { auditCaptures } from './audit-captures.ts';
import { sessionContradictions } from './audit-checkout.ts';
import { auditEntries } from './audit-entries.ts';
import { factsOf } from './audit-facts.ts';
import { auditPayments } from './audit-payments.ts';
import { auditPayouts } from './audit-payouts.ts';
import { auditReserve } from './audit-reserve.ts';
import { auditSettlement } from './audit-settlement.ts';
import { auditValues } from './audit-values.ts';
import type { Expect } from './records.ts';
import type { Simulation } from './simulation.ts';

/** What does not hold; empty when all is well. */
export async function audit(sim: Simulation): Promise<readonly string[]> {
  const wrong: string[] = [];
  const expect: Expect = (holds, what) => void (holds || wrong.push(what));
  auditValues(sim, expect);
  // What is not a bigint cannot be summed.
  if (wrong.some((what) => what.startsWith('I14'))) return wrong;
  for (const facts of factsOf(sim, expect)) {
    auditEntries(facts, expect);
    await auditBooks(sim, facts, expect);
    auditPayments(sim, facts, expect);
    auditCaptures(facts, expect);
    auditPayouts(sim, facts, expect);
    auditSettlement(facts, expect);
    auditReserve(facts, expect);
  }
  wrong.push(...sessionContradictions(sim));
  return wrong;
}
