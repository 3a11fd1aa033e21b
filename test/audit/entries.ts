/** I1, I3, I4 and I18: the journal's entries one by one, and against the records that make them, both ways. */
import { base62, type Facts, nameOf, type Stored, sumOf } from './facts.ts';
import {
  batchPostings,
  disputePostings,
  type Posting,
  paymentPostings,
  payoutPostings,
  postingOf,
  refundPostings,
} from './postings.ts';
import type { Expect } from './records.ts';
import { statementPostings } from './statement-postings.ts';

export function auditEntries(facts: Facts, expect: Expect): void {
  auditLegs(facts, expect);
  auditKeys(facts, expect);
  auditHistory(facts, expect);
  auditPlaces(facts, expect);
  auditSets(facts, expect);
}

function auditLegs({ entries }: Facts, expect: Expect): void {
  for (const { doc: entry } of entries) {
    const sum = sumOf(entry.legs, ({ side, amount }) => (side === 'debit' ? amount : -amount));
    expect(sum === 0n && entry.legs.length > 0, `I1 ${nameOf(entry)} is out of balance by ${sum}`);
    expect(
      entry.legs.every(({ amount }) => amount > 0n),
      `I1 ${nameOf(entry)} has a leg that is not positive`,
    );
  }
}

/** The letter by which a balance transaction's id names its entry's type. */
const LETTERS: Readonly<Record<string, string>> = {
  authorized: 'a',
  incremented: 'i',
  captured: 'c',
  voided: 'v',
  refund_requested: 'r',
  refund_succeeded: 's',
  refund_failed: 'f',
  released: 'l',
  reserve_released: 'u',
  payout_created: 'o',
  payout_paid: 'p',
  payout_failed: 'q',
  payout_returned: 't',
  payout_canceled: 'n',
  surplus_received: 'x',
  surplus_returned: 'y',
  dispute_opened: 'd',
  dispute_won: 'w',
  dispute_lost: 'e',
  channel_costs: 'k',
  channel_settled: 'b',
  suspended: 'h',
  exchanged: 'g',
};

function auditKeys({ scope, entries }: Facts, expect: Expect): void {
  const names = new Set<string>();
  for (const { item, doc: entry } of entries) {
    const { body, type, step, committedMs } = entry;
    const sk = `${base62(committedMs, 7)}${body.slice(8)}${LETTERS[type]}${base62(step, 2)}`;
    const isThere = item.pk === `${scope}#j#${body.charAt(7)}` && item.sk === sk && item.kind === type;
    expect(isThere, `I4 ${nameOf(entry)} is not under the key that its facts make`);
    expect(!names.has(nameOf(entry)), `I4 ${nameOf(entry)} is in the journal twice`);
    names.add(nameOf(entry));
  }
}

/** I3: an entry is put where nothing was, and never touched again. */
function auditHistory({ scope, history }: Facts, expect: Expect): void {
  for (const commit of history)
    for (const { write, old } of commit) {
      const key = write.kind === 'put' ? write.item : write.key;
      if (write.table === 'ledger' && key.pk.startsWith(`${scope}#j#`))
        expect(
          write.kind === 'put' && old === undefined,
          `I3 the entry ${key.sk} was touched after it was written (${write.kind})`,
        );
    }
}

/** Records and our references at channels and banks are of one scope and its mode: money never crosses either. */
function auditPlaces(facts: Facts, expect: Expect): void {
  const { scope, livemode } = facts;
  const kinds = [
    ['pi', 'p', facts.payments],
    ['re', 'r', facts.refunds],
    ['du', 'd', facts.disputes],
    ['po', 'o', facts.payouts],
  ] as const;
  for (const [prefix, letter, records] of kinds)
    for (const { item, doc } of records as readonly Stored<(typeof records)[number]['doc']>[]) {
      const name = `${prefix}_${doc.body}`;
      const isThere = item.pk === `${scope}#${letter}#${doc.body.charAt(7)}` && item.sk === doc.body;
      expect(isThere && doc.scope === scope, `I18 ${name} of scope ${doc.scope} is stored as ${item.pk} ${item.sk}`);
      expect(doc.livemode === livemode, `I18 ${name} is of the other mode than its scope`);
      const own = 'attempts' in doc ? doc.attempts.map(({ reference }) => reference) : [];
      const references: readonly string[] = 'reference' in doc ? [doc.reference, ...own] : own;
      for (const reference of references)
        expect(reference.startsWith(scope), `I18 ${name} has the reference ${reference} of another scope`);
    }
  for (const { item, doc } of facts.statements)
    expect(
      doc.scope === scope && item.sk === doc.body,
      `I18 the statement ${doc.sha256} of scope ${doc.scope} is stored as ${item.pk} ${item.sk}`,
    );
  for (const { doc } of facts.batches)
    expect(doc.scope === scope, `I18 the batch ${doc.currency} ${doc.throughMs} is of another scope`);
}

/** Every entry that the records make is in the journal as they make it, and no other is. */
function auditSets(facts: Facts, expect: Expect): void {
  const made = new Map<string, { readonly by: string; readonly posting: Posting }>();
  const add = (by: string, postings: readonly Posting[]): void => {
    for (const posting of postings) made.set(posting.name, { by, posting });
  };
  for (const { doc } of facts.payments) add(`pi_${doc.body}`, paymentPostings(doc));
  for (const { doc } of facts.refunds) add(`re_${doc.body}`, refundPostings(doc));
  for (const { doc } of facts.disputes) add(`du_${doc.body}`, disputePostings(doc));
  for (const { doc } of facts.payouts) add(`po_${doc.body}`, payoutPostings(doc));
  for (const { doc } of facts.batches) add(`batch ${doc.currency} ${doc.throughMs}`, batchPostings(doc));
  for (const { doc } of facts.statements) add(`statement ${doc.sha256}`, statementPostings(doc));
  const found = new Set<string>();
  for (const { doc: entry } of facts.entries) {
    const stored = postingOf(entry);
    const expected = made.get(stored.name);
    found.add(stored.name);
    expect(expected !== undefined, `I18 ${stored.name} is an entry that no record makes`);
    if (!expected) continue;
    for (const member of MEMBERS)
      expect(
        stored[member] === expected.posting[member],
        `I18 ${member} of ${stored.name} is "${stored[member]}", ${expected.by} makes "${expected.posting[member]}"`,
      );
  }
  for (const [name, { by }] of made) expect(found.has(name), `I18 ${by} has no entry ${name}`);
}

const MEMBERS = ['currency', 'committedMs', 'legs', 'transaction', 'reserve', 'freed', 'reference'] as const;
