/** I5, I9: the reserve, counted from captures, refunds and disputes alone: what was held back, what was returned, and what was released once. */
import type { Batch } from '../../functions/settlement/batch-record.ts';
import { unpack } from '../../functions/shared/pack.ts';
import type { Seal } from './audit-settlement.ts';
import type { Expect, Records } from './records.ts';
import type { Simulation } from './simulation.ts';

const DAY_MS = 86_400_000;
const plus = (sums: Map<string, bigint>, name: string, amount: bigint): void =>
  void sums.set(name, (sums.get(name) ?? 0n) + amount);
const total = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((sum, amount) => sum + amount, 0n);

export function auditReserve(
  sim: Simulation,
  { payments, refunds, disputes, journal }: Records,
  { batches, seals }: { readonly batches: readonly Batch[]; readonly seals: readonly Seal[] },
  expect: Expect,
): void {
  const settledThrough = Math.max(0, ...batches.map(({ throughMs }) => throughMs));
  const taken = new Set(
    seals.filter(({ through }) => through <= settledThrough).flatMap(({ manifest }) => manifest.entries),
  );
  const settled = new Set(
    journal.flatMap(({ entry, item }) =>
      taken.has(`${item.pk.slice(-1)} ${item.sk}`) ? [`${entry.type} ${entry.body} ${entry.step}`] : [],
    ),
  );

  // By currency and day, as if nobody had ever written a hold down.
  const held = new Map<string, bigint>();
  for (const { body, currency, capture, laterCaptures = [], refunded, returned, amount } of payments) {
    const captures = capture ? [capture, ...laterCaptures] : [];
    for (const [index, { reserve, capturedMs, terms, amount: gross }] of captures.entries()) {
      expect(
        reserve === (gross * BigInt(terms.reserveBps) * 2n + 10_000n) / 20_000n,
        `I9 ${reserve} is held of ${gross} at ${terms.reserveBps}`,
      );
      if (reserve === 0n || !settled.has(`captured ${body} ${index + 1}`)) continue;
      const date = new Date((Math.floor(capturedMs / DAY_MS) + 1 + terms.reserveDays!) * DAY_MS);
      plus(held, `${currency} ${date.toISOString().slice(0, 10)}`, reserve);
    }
    const own = [...refunds, ...disputes].filter((record) => record.payment === body);
    const freed = total(own.flatMap(({ reserveFreed = [] }) => reserveFreed.map((share) => share.amount)));
    const all = total(captures.map(({ reserve }) => reserve));
    const gross = total(captures.map((one) => one.amount));
    expect(total(Object.values(returned?.freed ?? {})) <= all, `I9 ${body} releases no more than is held of it`);
    const steady = own.every((record) => record.status !== 'failed' && record.status !== 'won');
    const back =
      refunded + total(disputes.flatMap((one) => (one.payment === body && one.withdrawnMs ? [one.amount] : [])));
    if (!steady || all === 0n) continue;
    expect(back < gross || freed === all, `I9 nothing is held of ${body}, which is returned whole`);
    if (laterCaptures.length > 0 || back > gross) continue;
    const left = (all * (gross - back) * 2n + gross) / (2n * gross);
    expect(freed === all - left, `I9 ${freed} of ${all} is released of ${body}, ${back} of ${amount} is returned`);
  }
  for (const [records, type] of [[refunds, 'refund_succeeded'] as const, [disputes, 'dispute_opened'] as const])
    for (const { body, currency, reserveFreed = [] } of records)
      if (settled.has(`${type} ${body} 1`))
        for (const { date, amount } of reserveFreed) plus(held, `${currency} ${date}`, -amount);

  const items = sim.world.table.items('ledger');
  for (const currency of new Set(batches.map((batch) => batch.currency))) {
    const due = (date: string): boolean => Date.parse(date) <= settledThrough + 1;
    const wanted = [...held].flatMap(([name, amount]) =>
      name.startsWith(currency) && amount !== 0n && !due(name.slice(4)) ? [`${name} ${amount}`] : [],
    );
    const item = items.find(({ pk, sk }) => pk === `${sim.scope}#reserve` && sk === currency);
    const kept = item ? unpack<Record<string, bigint>>(item.doc as Uint8Array) : {};
    const found = Object.entries(kept).map(([date, amount]) => `${currency} ${date} ${amount}`);
    expect(
      found.sort().join() === wanted.sort().join(),
      `I5 holds are ${found.join() || 'none'}, captures and refunds make ${wanted.join() || 'none'}`,
    );
    const balance = items.find(({ pk, sk }) => pk === `${sim.scope}#b` && sk === currency);
    const stored = (balance?.reserve as bigint | undefined) ?? 0n;
    expect(
      BigInt(stored) === total(Object.values(kept).filter((amount) => amount > 0n)),
      `I5 the reserve of ${currency} is ${stored}, its holds are ${found.join()}`,
    );
    const own = batches.filter((batch) => batch.currency === currency);
    const moved = own.flatMap(({ withheld = 0n, releases = [] }) => [
      withheld,
      ...releases.map(({ amount }) => -amount),
    ]);
    expect(BigInt(stored) === total(moved), `I9 the batches of ${currency} moved ${total(moved)} into its reserve`);
    for (const { throughMs, withheld = 0n, releases = [] } of own) {
      const posted = journal.filter(
        ({ entry }) => entry.currency === currency && entry.body.startsWith(bodyStart(throughMs)),
      );
      const transactions = posted
        .flatMap(({ entry }) => entry.transaction ?? [])
        .filter(({ type }) => type.startsWith('reserve'));
      expect(
        total(transactions.map(({ amount }) => amount)) === total(releases.map(({ amount }) => amount)) - withheld,
        `I9 the balance transactions of the reserve through ${throughMs} say what its batch says`,
      );
    }
  }
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
function bodyStart(ms: number): string {
  let text = '';
  for (let rest = ms; text.length < 7; rest = Math.floor(rest / 62)) text = BASE62.charAt(rest % 62) + text;
  return `${text}0`;
}
