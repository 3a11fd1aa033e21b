/** I9 and I10: every line in one batch, every payout in one order at the bank. */

import { accounts } from '../../functions/ledger/accounts.ts';
import { credited, entryId } from '../../functions/ledger/entry.ts';
import { latePartition } from '../../functions/ledger/keys.ts';
import type { Period } from '../../functions/ledger/store.ts';
import type { Batch } from '../../functions/settlement/batch-record.ts';
import type { Manifest } from '../../functions/settlement/manifest.ts';
import { isAutomatic } from '../../functions/settlement/payout.ts';
import { unpack, unpackJson } from '../../functions/shared/pack.ts';
import { auditReserve } from './audit-reserve.ts';
import type { Expect, Records } from './records.ts';
import type { Simulation } from './simulation.ts';

/** What payouts are multiples of, in minor units (docs.stripe.com/currencies#special-cases), counted apart from the product. */
const PAYOUT_STEPS: Readonly<Record<string, bigint>> = {
  huf: 100n,
  twd: 100n,
  isk: 100n,
  ugx: 100n,
  bhd: 10n,
  jod: 10n,
  kwd: 10n,
  omr: 10n,
  tnd: 10n,
};

export function auditSettlement(sim: Simulation, records: Records, expect: Expect): void {
  const { payouts, journal } = records;
  const { table } = sim.world;
  const batches = table
    .items('ledger')
    .filter(({ pk }) => pk === `${sim.scope}#batch`)
    .map((item) => unpack<Batch>(item.doc as Uint8Array));
  const seals = sealsOf(sim);
  const named = seals.flatMap(({ manifest }) => manifest.entries);
  expect(new Set(named).size === named.length, 'I9 no entry is in two manifests');

  auditReserve(sim, records, { batches, seals }, expect);

  const last = seals.at(-1);
  const late = new Set(table.items('ledger').flatMap(({ pk, sk }) => (pk === latePartition(sim.scope) ? [sk] : [])));
  const inManifest = new Set(named);
  const settled = new Set(
    seals.flatMap(({ through, manifest }) =>
      manifest.nets.flatMap(({ currency }) =>
        batches.some((batch) => batch.throughMs === through && batch.currency === currency)
          ? manifest.entries.map((name) => `${currency} ${name}`)
          : [],
      ),
    ),
  );
  const pending = new Map<string, bigint>();
  const open = new Map<string, bigint>();
  for (const { item, entry } of journal) {
    const name = `${item.pk.slice(-1)} ${item.sk}`;
    const moved = credited(entry, accounts.pending);
    pending.set(entry.currency, (pending.get(entry.currency) ?? 0n) + moved);
    if (last && entry.committedMs <= last.through && !late.has(`${item.pk.slice(-1)}${item.sk}`))
      expect(inManifest.has(name), `I9 ${entryId(entry)} of a sealed period is in a manifest`);
    if (entry.type === 'released' || settled.has(`${entry.currency} ${name}`)) continue;
    open.set(entry.currency, (open.get(entry.currency) ?? 0n) + moved);
  }
  for (const [currency, amount] of pending)
    expect(
      amount === (open.get(currency) ?? 0n),
      `I9 pending of ${currency} is ${amount}, its open lines sum to ${open.get(currency)}`,
    );

  for (const batch of batches) {
    const manifest = seals.find(({ through }) => through === batch.throughMs)?.manifest;
    const net = manifest?.nets.find(({ currency }) => currency === batch.currency);
    const lines = (net?.lines ?? []).reduce((sum, line) => sum + line.net, 0n);
    expect(lines === batch.net, `I9 the batch nets ${batch.net}, its lines ${lines}`);
    expect(
      batch.opening + batch.net - batch.reserve - batch.paidOut === batch.closing && batch.paidOut >= 0n,
      'I9 payout = net − holds, with what was carried forward',
    );
    const payout = payouts.find(({ body }) => body === batch.payout);
    expect((payout?.amount ?? 0n) === batch.paidOut, 'I9 the payout pays what the batch says');
  }
  expect(
    payouts.filter(isAutomatic).length === batches.filter(({ payout }) => payout).length,
    'I10 one payout per batch that pays',
  );
  for (const payout of payouts) {
    const types = journal.filter(({ entry }) => entry.body === payout.body).map(({ entry }) => entry.type);
    const ends = {
      paid: ['payout_paid'],
      failed: ['payout_failed'],
      canceled: ['payout_canceled'],
      pending: [],
      in_transit: [],
    }[payout.status];
    const returned = payout.status === 'failed' && types.includes('payout_returned');
    expect(
      String(types.toSorted()) ===
        String(['payout_created', ...(returned ? ['payout_paid', 'payout_returned'] : ends)].toSorted()),
      `I10 a ${payout.status} payout has ${String(types)}`,
    );
    const step = PAYOUT_STEPS[payout.currency] ?? 1n;
    expect(payout.amount % step === 0n, `I9 a bank can move ${payout.amount} of ${payout.currency}`);
    const order = sim.bank.orders.get(payout.reference);
    expect(
      payout.status === 'pending' || payout.status === 'canceled' || order?.order.amount === payout.amount,
      'I10 the bank was told of that amount',
    );
    expect(payout.status !== 'canceled' || order === undefined, 'I10 what was called off was never ordered');
  }
  const known = new Set(payouts.map(({ reference }) => reference));
  expect(
    [...sim.bank.orders.keys()].every((reference) => known.has(reference)),
    'I10 the bank has no order but ours',
  );
}

export interface Seal {
  readonly through: number;
  readonly manifest: Manifest;
}

/** Every seal that was ever committed, with the manifest that it named. */
function sealsOf(sim: Simulation): readonly Seal[] {
  const seals = new Map<string, Seal>();
  for (const commit of sim.world.table.history) {
    for (const { write } of commit) {
      if (write.kind !== 'put' || write.table !== 'ledger' || write.item.sk !== '#period') continue;
      const { manifest, sealedThroughMs } = unpack<Period>(write.item.doc as Uint8Array);
      const content = sim.world.files.get(manifest.key)!;
      seals.set(manifest.key, { through: sealedThroughMs, manifest: unpackJson<Manifest>(content) });
    }
  }
  return [...seals.values()];
}
