/**
 * What an audit judges: the stored records of one scope, unpacked, and small sums. The auditor counts by itself: it imports types of the
 * product and the unpacking of items, no rule by which the product posts, charges, nets or compares.
 */
import { createHash } from 'node:crypto';
import type { Dispute } from '../../functions/disputes/dispute.ts';
import type { Checkpoint } from '../../functions/ledger/checkpoint.ts';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import type { Deferred, Period } from '../../functions/ledger/store.ts';
import type { Settings } from '../../functions/merchants/merchant.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import type { Payout } from '../../functions/payouts/payout.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import type { Batch } from '../../functions/settlement/batch-record.ts';
import type { Manifest } from '../../functions/settlement/manifest.ts';
import type { SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import type { Statement } from '../../functions/statements/record.ts';
import { unpack, unpackJson } from '../../functions/table/pack.ts';
import type { Item } from '../../functions/table/table.ts';
import type { Written } from '../world/memory-table.ts';
import type { Simulation } from '../world/simulation.ts';
import type { Expect } from './records.ts';

export interface Stored<T> {
  readonly item: Item;
  readonly doc: T;
}

/** A closed period, with the manifest that it named. */
export interface Close {
  readonly through: number;
  readonly manifest: Manifest;
}

export interface Facts {
  readonly scope: string;
  /** As the directory of scopes has it; undefined for a scope that the directory does not list. */
  readonly livemode: boolean | undefined;
  readonly payments: readonly Stored<Payment>[];
  readonly refunds: readonly Stored<Refund>[];
  readonly disputes: readonly Stored<Dispute>[];
  readonly payouts: readonly Stored<Payout>[];
  readonly setups: readonly Stored<SetupIntent>[];
  readonly entries: readonly Stored<JournalEntry>[];
  readonly batches: readonly Stored<Batch>[];
  readonly statements: readonly Stored<Statement>[];
  /** Orders at the bank whose orders leave in files, and those that no file has. */
  readonly fileOrders: readonly Item[];
  readonly unfiled: readonly Item[];
  /** Transfers of payout files, of every scope: the file, and the reference. */
  readonly transfers: readonly { readonly file: string; readonly reference: string }[];
  readonly balances: readonly Item[];
  readonly deferred: readonly Deferred[];
  /** Holds of the reserve: an item per currency, amounts by date. */
  readonly holds: readonly Stored<Readonly<Record<string, bigint>>>[];
  readonly period: Period | undefined;
  readonly checkpoint: Checkpoint | undefined;
  /** Shard and sort key of the entries on the late list. */
  readonly late: ReadonlySet<string>;
  readonly closes: readonly Close[];
  /** Every version of the settings, oldest first. */
  readonly settings: readonly Settings[];
  readonly history: readonly (readonly Written[])[];
}

const docOf = <T>(item: Item): T => unpack<T>(item.doc as Uint8Array);
const stored = <T>(items: readonly Item[]): readonly Stored<T>[] =>
  items.map((item) => ({ item, doc: docOf<T>(item) }));

/** The facts of every scope in which anything is stored. */
export function factsOf(sim: Simulation, expect: Expect): readonly Facts[] {
  const { table } = sim.world;
  const directory = table.items('merchants').filter(({ pk }) => pk === 'scopes');
  const payments = bucketed(table.items('payments'));
  const ledger = bucketed(table.items('ledger'));
  const transfers = table
    .items('ledger')
    .filter(({ pk }) => pk.startsWith('payout-file#'))
    .map(({ pk, sk }) => ({ file: pk.slice('payout-file#'.length), reference: sk }));
  const scopes = new Set([...directory.map(({ sk }) => sk), ...payments.keys(), ...ledger.keys()]);
  return [...scopes].map((scope): Facts => {
    const records = payments.get(scope) ?? [];
    const books = ledger.get(scope) ?? [];
    const ofKind = <T>(kind: string): readonly Stored<T>[] => stored<T>(records.filter((item) => item.kind === kind));
    const at = (pk: string): readonly Item[] => books.filter((item) => item.pk === `${scope}#${pk}`);
    const kept = at('b');
    const named = (sk: string): Item | undefined => kept.find((item) => item.sk === sk && item.doc !== undefined);
    const [period, checkpoint] = [named('#period'), named('#subtotal')];
    return {
      scope,
      livemode: directory.find(({ sk }) => sk === scope)?.livemode as boolean | undefined,
      payments: ofKind('payment'),
      refunds: ofKind('refund'),
      disputes: ofKind('dispute'),
      payouts: ofKind('payout'),
      setups: ofKind('setup'),
      entries: stored(books.filter(({ pk }) => pk.startsWith(`${scope}#j#`))),
      batches: stored(at('batch')),
      statements: stored(at('statement')),
      fileOrders: at('order'),
      unfiled: at('unfiled'),
      transfers,
      balances: kept.filter(({ sk }) => !sk.startsWith('#')),
      deferred: kept.filter(({ sk }) => sk.startsWith('#deferred#')).map((item) => docOf<Deferred>(item)),
      holds: stored(at('reserve')),
      period: period && docOf<Period>(period),
      checkpoint: checkpoint && docOf<Checkpoint>(checkpoint),
      late: new Set(at('late').map(({ sk }) => sk)),
      closes: closesOf(sim, scope, expect),
      settings: putsOf(table.history, 'merchants', `scope#${scope}`).map((item) => docOf<Settings>(item)),
      history: table.history,
    };
  });
}

/** By the scope that begins the partition key. */
const bucketed = (items: readonly Item[]): ReadonlyMap<string, readonly Item[]> =>
  groupedBy(
    items.filter(({ pk }) => pk.charAt(8) === '#'),
    ({ pk }) => pk.slice(0, 8),
  );

export function groupedBy<T>(values: readonly T[], of: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(of(value)) ?? [];
    groups.set(of(value), group);
    group.push(value);
  }
  return groups;
}

const putsOf = (history: Facts['history'], table: string, pk: string): readonly Item[] =>
  history.flatMap((commit) =>
    commit.flatMap(({ write }) =>
      write.kind === 'put' && write.table === table && write.item.pk === pk ? [write.item] : [],
    ),
  );

/** Every period that was ever closed, with its manifest. */
function closesOf({ world: { table, files } }: Simulation, scope: string, expect: Expect): readonly Close[] {
  const closes = new Map<string, Close>();
  for (const item of putsOf(table.history, 'ledger', `${scope}#b`)) {
    if (item.sk !== '#period') continue;
    const { manifest, sealedThroughMs } = docOf<Period>(item);
    if (closes.has(manifest.key)) continue;
    const content = files.get(manifest.key);
    expect(content !== undefined, `I9 the manifest ${manifest.key} is gone`);
    if (content === undefined) continue;
    const digest = createHash('sha256').update(content).digest('hex');
    expect(digest === manifest.sha256, `I9 the manifest ${manifest.key} is not the one that was closed`);
    closes.set(manifest.key, { through: sealedThroughMs, manifest: unpackJson<Manifest>(content) });
  }
  return [...closes.values()];
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The number in base62, with zeros in front. */
export function base62(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62)) text = DIGITS.charAt(rest % 62) + text;
  return text;
}

export const total = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((sum, amount) => sum + amount, 0n);
export const sumOf = <T>(values: readonly T[], of: (value: T) => bigint): bigint => total(values.map(of));

/** `amount × bps ÷ 10,000`, a half rounded up. */
export const share = (amount: bigint, bps: number): bigint => (amount * BigInt(bps) * 2n + 10_000n) / 20_000n;

/** How much the entry adds to the account: debits less credits. */
export const debited = ({ legs }: Pick<JournalEntry, 'legs'>, account: string): bigint =>
  sumOf(legs, (leg) => (leg.account !== account ? 0n : leg.side === 'debit' ? leg.amount : -leg.amount));

/** The same for an account that each channel has one of. */
export const debitedAt = ({ legs }: Pick<JournalEntry, 'legs'>, account: string): bigint =>
  sumOf(legs, (leg) => (!leg.account.startsWith(`${account}:`) ? 0n : leg.side === 'debit' ? leg.amount : -leg.amount));

export const nameOf = ({ type, body, step }: Pick<JournalEntry, 'type' | 'body' | 'step'>): string =>
  `${type}#${body}#${step}`;

/** Debits less credits per `currency account`; accounts without a balance are left out. */
export function balancesOf(entries: readonly JournalEntry[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { currency, legs } of entries)
    for (const { side, account, amount } of legs) {
      const name = `${currency} ${account}`;
      sums.set(name, (sums.get(name) ?? 0n) + (side === 'debit' ? amount : -amount));
    }
  return new Map([...sums].filter(([, amount]) => amount !== 0n));
}

/** What one of our references at a channel names: scope, object and number. */
export const partsOf = (reference: string) => ({
  scope: reference.slice(0, 8),
  body: reference.slice(8, 30),
  number: DIGITS.indexOf(reference.charAt(30)),
});
