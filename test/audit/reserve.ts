/** I5, I9: the reserve, counted from captures, refunds and disputes alone: what was held back, what was returned, and what was released once. */
import type { Batch } from '../../functions/settlement/batch-record.ts';
import { type Facts, groupedBy, nameOf, sumOf, total } from './facts.ts';
import { capturesOf, dueDate } from './postings.ts';
import type { Expect } from './records.ts';

/** An amount that is held (or, below zero, no longer) until a date, since the period that ends with `through` was settled. */
interface Held {
  readonly currency: string;
  readonly date: string;
  readonly amount: bigint;
  readonly through: number;
}

/** Terms of 0.1 do not say for how long. */
const RESERVE_DAYS = 90;

export function auditReserve(facts: Facts, expect: Expect): void {
  auditShares(facts, expect);
  const { held, freed } = movesOf(facts);
  const batches = groupedBy(
    facts.batches.map(({ doc }) => doc),
    ({ currency }) => currency,
  );
  for (const [currency, own] of batches) {
    const batchesInOrder = own.toSorted((a, b) => a.throughMs - b.throughMs);
    const all = [...held, ...freed].filter((one) => one.currency === currency);
    let before: Batch | undefined;
    for (const batch of batchesInOrder) {
      auditBatch(all, held, before, batch, expect);
      before = batch;
    }
    auditHolds(facts, currency, holdsAt(all, before), expect);
    const item = facts.balances.find(({ sk }) => sk === currency);
    const stored = BigInt((item?.reserve as bigint | undefined) ?? 0n);
    const moved = sumOf(own, ({ reserve, withheld = reserve, releases = [] }) => withheld - sumOf(releases, amountOf));
    expect(stored === moved, `I9 the batches of ${currency} moved ${moved} into its reserve of ${stored}`);
  }
}

const amountOf = ({ amount }: { readonly amount: bigint }): bigint => amount;
const positive = (amount = 0n): bigint => (amount > 0n ? amount : 0n);

/** What refunds and chargebacks release of each payment's holds. */
function auditShares({ payments, refunds, disputes }: Facts, expect: Expect): void {
  for (const { doc: payment } of payments) {
    const { body, laterCaptures = [], refunded, returned, amount } = payment;
    const own = [...refunds, ...disputes].flatMap(({ doc }) => (doc.payment === body ? [doc] : []));
    const freed = sumOf(own, ({ reserveFreed = [] }) => sumOf(reserveFreed, amountOf));
    const all = sumOf(capturesOf(payment), ({ reserve }) => reserve);
    const gross = sumOf(capturesOf(payment), (capture) => capture.amount);
    const released = total(Object.values(returned?.freed ?? {}));
    expect(released <= all, `I9 pi_${body} releases ${released}, ${all} is held of it`);
    const steady = own.every(({ status }) => status !== 'failed' && status !== 'won');
    const back = refunded + sumOf(disputes, ({ doc }) => (doc.payment === body && doc.withdrawnMs ? doc.amount : 0n));
    if (!steady || all === 0n) continue;
    expect(back < gross || freed === all, `I9 ${freed} of ${all} is released of pi_${body}, which is returned whole`);
    if (laterCaptures.length > 0 || back > gross) continue;
    const left = (all * (gross - back) * 2n + gross) / (2n * gross);
    expect(freed === all - left, `I9 ${freed} of ${all} is released of pi_${body}, ${back} of ${amount} is returned`);
  }
}

/** Every hold and release, with the period in which its entry was settled, without the stored sum of the holds. */
function movesOf({ entries, payments, refunds, disputes, closes }: Facts) {
  const through = new Map(
    closes.flatMap((close) => close.manifest.entries.map((name) => [name, close.through] as const)),
  );
  const settled = new Map(
    entries.flatMap(({ item, doc }) => {
      const ms = through.get(`${item.pk.slice(-1)} ${item.sk}`);
      return ms === undefined ? [] : [[nameOf(doc), ms] as const];
    }),
  );
  const at = (name: string, currency: string, date: string, amount: bigint): readonly Held[] => {
    const ms = settled.get(name);
    return ms === undefined ? [] : [{ currency, date, amount, through: ms }];
  };
  const held = payments.flatMap(({ doc: payment }) =>
    capturesOf(payment).flatMap(({ reserve, capturedMs, terms }, index) =>
      at(
        `captured#${payment.body}#${index + 1}`,
        payment.currency,
        dueDate(capturedMs, terms.reserveDays ?? RESERVE_DAYS),
        reserve,
      ),
    ),
  );
  const freed = [
    ...refunds.map(({ doc }) => ({ ...doc, name: `refund_succeeded#${doc.body}#1` })),
    ...disputes.map(({ doc }) => ({ ...doc, name: `dispute_opened#${doc.body}#1` })),
  ].flatMap(({ name, currency, reserveFreed = [] }) =>
    reserveFreed.flatMap(({ date, amount }) => at(name, currency, date, -amount)),
  );
  return { held: held.filter(({ amount }) => amount !== 0n), freed };
}

/** What is held once the batch is settled, by date. */
function holdsAt(moves: readonly Held[], batch: Batch | undefined): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  if (!batch) return sums;
  for (const { date, amount, through } of moves)
    if (through <= batch.throughMs && Date.parse(date) > batch.throughMs + 1)
      sums.set(date, (sums.get(date) ?? 0n) + amount);
  return new Map([...sums].filter(([, amount]) => amount !== 0n));
}

/** A batch holds back what its captures say, and releases what is held before and not after it. */
function auditBatch(
  moves: readonly Held[],
  held: readonly Held[],
  before: Batch | undefined,
  batch: Batch,
  expect: Expect,
): void {
  const { currency, throughMs, reserve, withheld = reserve, releases = [] } = batch;
  const name = `batch ${currency} ${throughMs}`;
  const own = held.filter(
    (one) => one.currency === currency && one.through <= throughMs && one.through > (before?.throughMs ?? 0),
  );
  const due = sumOf(own, amountOf);
  expect(withheld === due, `I9 the ${name} holds back ${withheld}, its captures ${due}`);
  const [first, last] = [holdsAt(moves, before), holdsAt(moves, batch)];
  const dates = new Set([...first.keys(), ...last.keys(), ...own.map(({ date }) => date)]);
  const wanted = [...dates].sort().flatMap((date) => {
    const more = sumOf(own, (one) => (one.date === date ? one.amount : 0n));
    const amount = positive(first.get(date)) + more - positive(last.get(date));
    return amount > 0n ? [`${date} ${amount}`] : [];
  });
  const found = releases.map(({ date, amount }) => `${date} ${amount}`);
  expect(
    found.join() === wanted.join(),
    `I9 the ${name} releases ${found.join() || 'nothing'}, due is ${wanted.join() || 'nothing'}`,
  );
}

function auditHolds(
  { holds, balances }: Facts,
  currency: string,
  due: ReadonlyMap<string, bigint>,
  expect: Expect,
): void {
  const kept = holds.find(({ item }) => item.sk === currency)?.doc ?? {};
  const texts = (sums: Iterable<readonly [string, bigint]>): string =>
    [...sums]
      .map(([date, amount]) => `${currency} ${date} ${amount}`)
      .sort()
      .join();
  const [found, wanted] = [texts(Object.entries(kept)), texts(due)];
  expect(found === wanted, `I5 holds are ${found || 'none'}, captures and refunds make ${wanted || 'none'}`);
  const stored = BigInt((balances.find(({ sk }) => sk === currency)?.reserve as bigint | undefined) ?? 0n);
  const sum = sumOf(Object.values(kept), positive);
  expect(stored === sum, `I5 the reserve of ${currency} is ${stored}, its holds are ${found}`);
}
