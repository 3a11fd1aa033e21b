/**
 * The audit: every invariant of docs/invariants.md that the stored records, the channel's and the bank's own books can tell, once nothing is on
 * its way any more. Each finding begins with the number of its invariant and names the record. The auditor counts by itself, from raw
 * records: a mistake of the product's own functions is a finding, too. What an end state cannot tell is tested elsewhere: I12 (a refused
 * request changes nothing) and I13 (duplicates change nothing) by the property tests. test/exhaustive/audit damages records by hand.
 */

import type { Simulation } from '../world/simulation.ts';
import { auditBooks } from './books.ts';
import { auditCaptures } from './captures.ts';
import { sessionContradictions } from './checkout.ts';
import { auditEntries } from './entries.ts';
import { factsOf } from './facts.ts';
import { auditPayments } from './payments.ts';
import { auditPayouts } from './payouts.ts';
import type { Expect } from './records.ts';
import { auditReserve } from './reserve.ts';
import { auditSettlement } from './settlement.ts';
import { auditValues } from './values.ts';

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
