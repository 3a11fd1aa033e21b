/** I9: every line is in one batch, every batch is the sum of its lines, and its payout is the net less what is held back. */
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import type { Batch } from '../../functions/settlement/batch-record.ts';
import type { Line, Net } from '../../functions/settlement/netting.ts';
import type { Write } from '../../functions/table/table.ts';
import { base62, type Close, debited, type Facts, nameOf, type Stored, sumOf } from './facts.ts';
import { stepOf } from './payouts.ts';
import { dueDate } from './postings.ts';
import type { Expect } from './records.ts';

export function auditSettlement(facts: Facts, expect: Expect): void {
  const byName = new Map(facts.entries.map((entry) => [manifestName(entry), entry]));
  auditMembership(facts, byName, expect);
  for (const close of facts.closes) auditClose(facts, close, byName, expect);
  for (const { doc } of facts.batches) auditBatch(facts, doc, expect);
  auditPending(facts, byName, expect);
  auditPaid(facts, expect);
}

/** How a manifest names an entry: shard and sort key. */
const manifestName = ({ item }: Stored<JournalEntry>): string => `${item.pk.slice(-1)} ${item.sk}`;
const pendingOf = (entry: JournalEntry): bigint => -debited(entry, 'liab:merchant:pending');

/** Each entry of a closed period is in one manifest, or on the late list; a manifest names entries only. */
function auditMembership(
  { closes, entries, late }: Facts,
  byName: ReadonlyMap<string, Stored<JournalEntry>>,
  expect: Expect,
): void {
  const named = new Set<string>();
  for (const { through, manifest } of closes)
    for (const name of manifest.entries) {
      expect(!named.has(name), `I9 the entry ${name} is in two manifests, or twice in one`);
      named.add(name);
      const entry = byName.get(name)?.doc;
      expect(entry !== undefined, `I9 the manifest of ${through} names ${name}, which is no entry`);
    }
  const last = closes.at(-1);
  if (!last) return;
  for (const entry of entries) {
    if (entry.doc.committedMs > last.through || late.has(`${entry.item.pk.slice(-1)}${entry.item.sk}`)) continue;
    expect(named.has(manifestName(entry)), `I9 ${nameOf(entry.doc)} of a closed period is in no manifest`);
  }
}

function auditClose(
  { batches, deferred, period }: Facts,
  { through, manifest }: Close,
  byName: ReadonlyMap<string, Stored<JournalEntry>>,
  expect: Expect,
): void {
  const entries = manifest.entries.flatMap((name) => byName.get(name) ?? []);
  const lines = entries.flatMap(lineOf);
  const isSettled = (period?.settledThroughMs ?? 0) >= through;
  const freed = entries.flatMap(({ doc }) => (doc.freed ?? []).map((one) => ({ ...one, currency: doc.currency })));
  const currencies = new Set([...lines, ...freed, ...manifest.nets].map(({ currency }) => currency));
  for (const currency of currencies) {
    const name = `${currency} ${through}`;
    const net = manifest.nets.find((one) => one.currency === currency);
    expect(net !== undefined, `I9 the manifest of ${through} nets no ${currency}`);
    if (!net) continue;
    const own = lines.filter((line) => line.currency === currency);
    auditLines(name, net, own, expect);
    auditHolds(name, 'holds', net.holds, own.filter(({ reserve }) => reserve > 0n).map(holdOf), expect);
    auditHolds(
      name,
      'frees',
      net.freed,
      freed.filter((one) => one.currency === currency),
      expect,
    );
    const batch = batches.find(({ doc }) => doc.currency === currency && doc.throughMs === through)?.doc;
    const isPutOff = deferred.some((one) => one.currency === currency && one.throughMs === through);
    expect(
      batch !== undefined || isPutOff || !isSettled,
      `I9 ${currency} of the period through ${through} has no batch, and is not put off`,
    );
    if (!batch) continue;
    const sum = sumOf(own, (line) => line.net);
    expect(batch.net === sum, `I9 the batch ${name} nets ${batch.net}, its entries ${sum}`);
  }
}

interface OwnLine extends Line {
  readonly currency: string;
  readonly until: string;
}

/** What moves pending funds is a line, and so is a capture whose fee takes all of it. */
function lineOf({ item, doc: entry }: Stored<JournalEntry>): readonly OwnLine[] {
  const { type, transaction, committedMs, currency, body, reserve = 0n } = entry;
  const net = pendingOf(entry);
  if (type === 'released' || (net === 0n && type !== 'captured')) return [];
  const fee = transaction?.fee ?? 0n;
  const ahead = type === 'captured' ? -debited(entry, 'liab:merchant:available') : 0n;
  return [
    {
      id: `txn_${item.sk.slice(0, 7)}${item.pk.slice(-1)}${item.sk.slice(7)}`,
      type: transaction?.nonCard
        ? `payment${transaction.amount < 0n || type !== 'captured' ? '_refund' : ''}`
        : (transaction?.type ?? type),
      source: transaction?.source ?? body,
      committedMs,
      gross: net + ahead + fee,
      fee,
      net,
      ahead,
      reserve,
      currency,
      until: entry.reserveDate ?? dueDate(committedMs, 90),
    },
  ];
}

const holdOf = ({ until, reserve }: OwnLine) => ({ date: until, amount: reserve });

const textOf = ({ id, type, source, committedMs, gross, fee, net, reserve, ahead = 0n }: Line): string =>
  `${id} ${type} of ${source} at ${committedMs}: ${gross} - ${fee} - ${ahead} = ${net}, ${reserve} held`;

function auditLines(name: string, net: Net, lines: readonly OwnLine[], expect: Expect): void {
  const wanted = lines.map(textOf);
  const found = net.lines.map(textOf);
  for (const line of new Set([...found, ...wanted])) {
    const [there, due] = [found, wanted].map((all) => all.filter((one) => one === line).length);
    expect(there === due, `I9 ${name} has ${there} times the line ${line}, its entries make it ${due} times`);
  }
  const isRefund = ({ type }: Line): boolean => type.startsWith('refund') || type.endsWith('refund');
  const [refunds, others] = [lines.filter(isRefund), lines.filter((line) => !isRefund(line))];
  const sums = {
    gross: sumOf(others, (line) => line.gross),
    fees: sumOf(lines, (line) => line.fee),
    refunds: sumOf(refunds, (line) => line.gross),
    net: sumOf(lines, (line) => line.net),
    ahead: sumOf(lines, (line) => line.ahead ?? 0n),
    reserve: sumOf(lines, (line) => line.reserve),
  };
  for (const [member, sum] of Object.entries(sums))
    expect(
      (net[member as keyof typeof sums] ?? 0n) === sum,
      `I9 ${member} of ${name} is ${net[member as keyof typeof sums]}, its lines sum to ${sum}`,
    );
}

function auditHolds(
  name: string,
  verb: string,
  found: Net['holds'],
  shares: readonly { readonly date: string; readonly amount: bigint }[],
  expect: Expect,
): void {
  if (found === undefined) return;
  for (const date of new Set([...Object.keys(found), ...shares.map((one) => one.date)])) {
    const due = sumOf(shares, (one) => (one.date === date ? one.amount : 0n));
    expect((found[date] ?? 0n) === due, `I9 ${name} ${verb} ${found[date] ?? 0n} of ${date}, its entries ${due}`);
  }
}

function auditBatch({ payouts, closes, history, scope }: Facts, batch: Batch, expect: Expect): void {
  const { currency, throughMs, opening, net, reserve, withheld = reserve, releases = [], paidOut, closing } = batch;
  const name = `batch ${currency} ${throughMs}`;
  const close = closes.find(({ through }) => through === throughMs);
  expect(close !== undefined, `I9 the ${name} is of no closed period`);
  if (close && !close.manifest.nets.some((one) => one.currency === currency))
    expect(net === 0n, `I9 the ${name} nets ${net}, its entries 0`);
  const held = withheld - sumOf(releases, ({ amount }) => amount);
  expect(reserve === held, `I9 the ${name} adds ${reserve} to the reserve, holds and releases make ${held}`);
  const payable = opening + net - reserve;
  expect(payable - paidOut === closing, `I9 the ${name} closes with ${closing}, not ${payable} less ${paidOut}`);
  const whole = payable - (payable % stepOf(currency));
  expect(paidOut === 0n || paidOut === whole, `I9 the ${name} pays out ${paidOut} of ${payable}`);
  const payout = payouts.find(({ doc }) => doc.body === batch.payout)?.doc;
  const paid = payout?.amount ?? 0n;
  expect(paid === paidOut, `I9 the ${name} pays out ${paidOut}, its payout po_${batch.payout} ${paid}`);
  if (payout)
    expect(
      payout.currency === currency && payout.sealedThroughMs === throughMs,
      `I9 po_${payout.body} is not of the ${name}`,
    );
  // What was available when the batch was made is in the commit that made it.
  const sk = `${base62(throughMs, 7)}#${currency}`;
  const puts = (write: Write, pk: string, at: string): boolean =>
    write.kind === 'put' && write.item.pk === `${scope}#${pk}` && write.item.sk === at;
  const commit = history.find((one) => one.some(({ write }) => puts(write, 'batch', sk)));
  const before = commit?.find(({ write }) => puts(write, 'b', currency))?.old?.available as bigint | undefined;
  expect(
    !commit || BigInt(before ?? 0n) === opening,
    `I9 the ${name} opened with ${opening}, available was ${before ?? 0n}`,
  );
}

/** Settled lines have left `pending` by their batches' entries: what is in the account is the open lines. */
function auditPending(
  { closes, entries, batches }: Facts,
  byName: ReadonlyMap<string, Stored<JournalEntry>>,
  expect: Expect,
): void {
  const settled = new Set(
    closes.flatMap(({ through, manifest }) =>
      manifest.entries.filter((name) => {
        const currency = byName.get(name)?.doc.currency;
        return batches.some(({ doc }) => doc.throughMs === through && doc.currency === currency);
      }),
    ),
  );
  for (const currency of new Set(entries.map(({ doc }) => doc.currency))) {
    const own = entries.filter(({ doc }) => doc.currency === currency);
    const open = own.filter((entry) => entry.doc.type !== 'released' && !settled.has(manifestName(entry)));
    const [all, due] = [own, open].map((list) => sumOf(list, ({ doc }) => pendingOf(doc)));
    expect(all === due, `I9 pending of ${currency} is ${all}, its open lines sum to ${due}`);
  }
}

/** Each batch that pays has a payout, and each payout that no merchant asked for a batch. */
function auditPaid({ payouts, batches }: Facts, expect: Expect): void {
  const named = batches.flatMap(({ doc }) => doc.payout ?? []);
  expect(new Set(named).size === named.length, 'I10 two batches have one payout');
  const automatic = payouts.filter(({ doc }) => doc.sealedThroughMs !== undefined);
  for (const { doc } of automatic) expect(named.includes(doc.body), `I10 po_${doc.body} is of no batch`);
  for (const body of named)
    expect(
      automatic.some(({ doc }) => doc.body === body),
      `I10 a batch has the payout po_${body}, which is none`,
    );
}
