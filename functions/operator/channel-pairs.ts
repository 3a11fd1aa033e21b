/** What a channel lists with our record of it, and what is recorded with what the channel has of it: the two directions of the comparison. */

import type { Bank } from '../channels/port/bank.ts';
import type { Channel } from '../channels/port/channel.ts';
import type { Listed } from '../channels/port/listing.ts';
import type { RefundQuery } from '../channels/port/port.ts';
import { type Dispute, disputeKeyOf } from '../disputes/dispute.ts';
import { DISPUTE } from '../disputes/store.ts';
import {
  type ChannelReference,
  channelReference,
  chargeIdOf,
  type ObjectKey,
  parseChannelReference,
  parsePayoutReference,
  shardsOf,
  timeText,
} from '../kernel/ids.ts';
import { isQueried } from '../payments/ask.ts';
import { type Attempt, tookWhollyUnapplied } from '../payments/attempt.ts';
import { atChannel } from '../payments/handles.ts';
import { isTakenBack } from '../payments/outcome-table.ts';
import type { Payment } from '../payments/payment.ts';
import { PAYMENT } from '../payments/store.ts';
import { attemptReturnNumber } from '../payments/unapplied.ts';
import type { Payout } from '../payouts/payout.ts';
import { PAYOUT, payoutByReference } from '../payouts/store.ts';
import { isRefundQueried } from '../refunds/ask.ts';
import { queryOf, returnAtChannel } from '../refunds/at-channel.ts';
import type { Refund } from '../refunds/refund.ts';
import { REFUND } from '../refunds/store.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { type Aggregate, type Kind, keyOf, partitionOf, recordOf } from '../table/record.ts';
import type { Item, Key, Table } from '../table/table.ts';
import type { AuditDeps } from './audit-records.ts';
import {
  type Audited,
  attemptValue,
  disputeValue,
  isNothing,
  type ListedCharge,
  listedChargeValue,
  listedDisputeValue,
  listedRefundValue,
  type Pair,
  payoutState,
  payoutValue,
  refundValue,
  returnValue,
  type Value,
} from './channel-values.ts';
import { CommandError } from './command-error.ts';

export interface ChannelAuditDeps extends AuditDeps {
  readonly channel: (name: string) => Pick<Channel, 'capabilities' | 'listing' | 'queryAttempt' | 'queryRefund'>;
  readonly bank: (channel: string) => Pick<Bank, 'query'>;
}

/** Everything that is listed, each with its record. */
export async function listedPairs(table: Table, of: Audited, listed: readonly Listed[]): Promise<readonly Pair[]> {
  const records = await recordsAt(
    table,
    listed.flatMap((one) => keysOf(of, one)),
  );
  const pairs: Pair[] = [];
  for (const one of listed) {
    if (one.about === 'charge') pairs.push(...chargePairs(of, records, one));
    else if (one.about === 'refund') pairs.push(refundPair(of, records, one));
    else pairs.push(await payoutPair(table, of, one));
  }
  return pairs;
}

type Read = <T>(kind: Kind<T & Aggregate>, of: Audited, objectKey: ObjectKey | undefined) => T | undefined;

/** The records at the keys; each is read once, for a batch may not name a key twice. */
async function recordsAt(table: Table, keys: readonly Key[]): Promise<Read> {
  const once = [...new Map(keys.map((key) => [nameOf(key), key])).values()];
  const items = await getAll(
    table,
    once.map((key) => ({ table: 'payments', key })),
  );
  const byName = new Map(items.flatMap((item) => (item ? [[nameOf(item), item] as const] : [])));
  return (kind, { scope }, objectKey) => {
    const item = objectKey && byName.get(nameOf(keyOf(kind, scope, objectKey)));
    return item && recordOf(kind, item);
  };
}

const nameOf = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** Where the records stand that the listed one is about. A reference of another scope names none. */
function keysOf({ scope }: Audited, one: Listed): readonly Key[] {
  if (one.about === 'payout') return [];
  const parsed = parseChannelReference(one.reference);
  if (parsed?.scope !== scope) return [];
  if (one.about === 'refund') return [keyOf(parsed.ordinal === 0 ? REFUND : PAYMENT, scope, parsed.objectKey)];
  const disputes = one.disputes.map(({ dispute }) => keyOf(DISPUTE, scope, disputeOf(one, parsed.objectKey, dispute)));
  return [keyOf(PAYMENT, scope, parsed.objectKey), ...disputes];
}

const disputeOf = (
  charge: ListedCharge,
  payment: ObjectKey,
  dispute: ListedCharge['disputes'][number]['dispute'],
): ObjectKey => disputeKeyOf(charge.reference as ChannelReference, payment, dispute);

/** The object key that a reference of this scope names. */
function objectKeyIn(
  { scope }: Audited,
  reference: string,
): { readonly objectKey?: ObjectKey; readonly ordinal: number } {
  const parsed = parseChannelReference(reference);
  return parsed?.scope === scope ? parsed : { ordinal: 0 };
}

const UNKNOWN_ID = 'unknown';

function chargePairs(of: Audited, read: Read, charge: ListedCharge): readonly Pair[] {
  // A card was verified; no money.
  if (charge.amount === 0n) return [];
  const { objectKey, ordinal } = objectKeyIn(of, charge.reference);
  const payment = read<Payment>(PAYMENT, of, objectKey);
  const attempt = payment?.attempts.find((one) => one.ordinal === ordinal && isAt(of, one.channel));
  const operations = [...(charge.state.operationFacts?.values() ?? [])].map(({ atMs = 0 }) => atMs);
  const pair: Pair = {
    id: objectKey === undefined ? UNKNOWN_ID : chargeIdOf(objectKey, ordinal),
    reference: charge.reference,
    ours: payment && attempt && attemptValue(payment, attempt, charge),
    theirs: listedChargeValue(charge),
    changedMs: Math.max(charge.createdMs, charge.decidedMs, ...operations, payment?.committedMs ?? 0),
  };
  const disputes = charge.disputes.map((listed): Pair => {
    const expected = objectKey && disputeOf(charge, objectKey, listed.dispute);
    const dispute = read<Dispute>(DISPUTE, of, expected);
    return {
      id: expected === undefined ? UNKNOWN_ID : `du_${expected}`,
      reference: `${charge.reference}/${listed.dispute.id}`,
      ours: dispute && disputeValue(dispute),
      theirs: listedDisputeValue(listed),
      changedMs: Math.max(listed.changedMs, dispute?.committedMs ?? 0),
    };
  });
  return [pair, ...disputes];
}

/** A refund that a request made, or the return of money that a payment does not want. */
function refundPair(of: Audited, read: Read, listed: Extract<Listed, { about: 'refund' }>): Pair {
  const { objectKey, ordinal } = objectKeyIn(of, listed.reference);
  const refund = ordinal === 0 ? read<Refund>(REFUND, of, objectKey) : undefined;
  const payment = ordinal === 0 ? undefined : read<Payment>(PAYMENT, of, objectKey);
  const isOurs = refund !== undefined && isAt(of, refund.channel);
  return {
    id: objectKey === undefined ? UNKNOWN_ID : `${ordinal === 0 ? 're' : 'pi'}_${objectKey}`,
    reference: listed.reference,
    ours: isOurs ? refundValue(refund) : payment && returnValue(payment, ordinal),
    theirs: listedRefundValue(listed),
    changedMs: Math.max(listed.createdMs, listed.changedMs, (refund ?? payment)?.committedMs ?? 0),
  };
}

async function payoutPair(table: Table, of: Audited, listed: Extract<Listed, { about: 'payout' }>): Promise<Pair> {
  const parsed = parsePayoutReference(listed.reference);
  const isOurs = parsed?.scope === of.scope;
  // An automatic payout has the reference of its period, which is not its id.
  const payout = isOurs ? await payoutByReference(table, listed.reference) : undefined;
  const { amount, currency, outcome } = listed;
  return {
    id: isOurs ? `po_${payout?.body ?? parsed.objectKey}` : UNKNOWN_ID,
    reference: listed.reference,
    ours: payout && payoutValue(payout),
    theirs: { state: payoutState(outcome), amount, currency },
    changedMs: Math.max(listed.createdMs, listed.changedMs, payout?.committedMs ?? 0),
  };
}

const isAt = ({ account }: Audited, at: Attempt['channel'] | undefined): boolean =>
  at?.channel === account.channel && at.account === account.account;

const KINDS = [PAYMENT, REFUND, DISPUTE, PAYOUT] as const;

/** Every record that was made in the window and may have moved money; undefined when there are more than `limit`. */
export async function recordsBetween(
  table: Table,
  { scope, shards }: Audited,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  limit: number,
): Promise<readonly Item[] | undefined> {
  const records: Item[] = [];
  for (const kind of KINDS)
    for (const shard of shardsOf(shards)) {
      const query = { pk: partitionOf(kind, scope, shard), from: timeText(fromMs), to: timeText(toMs) };
      for await (const items of pagesOf(table, 'payments', query)) {
        records.push(...items);
        if (records.length > limit) return undefined;
      }
    }
  return records;
}

/** What is listed, by reference. */
export interface Listings {
  readonly charges: ReadonlyMap<string, ListedCharge>;
  /** References of refunds and payouts. */
  readonly others: ReadonlySet<string>;
}

export const listingsOf = (listed: readonly Listed[]): Listings => ({
  charges: new Map(listed.flatMap((one) => (one.about === 'charge' ? [[one.reference, one] as const] : []))),
  others: new Set(listed.flatMap((one) => (one.about === 'charge' ? [] : [one.reference]))),
});

/** Something recorded whose counterpart must be at the channel, and how the channel is asked about it where the window does not list it. */
interface Sought {
  readonly pair: Omit<Pair, 'theirs'>;
  readonly isThere: () => Promise<boolean>;
}

/** Records that moved money and that the channel has not. One that the window does not list is asked about, for it may be listed elsewhere. */
export async function recordedPairs(
  deps: ChannelAuditDeps,
  of: Audited,
  window: { readonly records: readonly Item[]; readonly listings: Listings; readonly sinceMs: number },
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const item of window.records)
    for (const { pair, isThere } of soughtOf(deps, of, item, window))
      if (pair.ours && !isNothing(pair.ours) && !(await isThere())) pairs.push({ ...pair, theirs: undefined });
  return pairs;
}

function soughtOf(
  deps: ChannelAuditDeps,
  of: Audited,
  item: Item,
  { listings, sinceMs }: { readonly listings: Listings; readonly sinceMs: number },
): readonly Sought[] {
  const ask = asking(deps, of, listings);
  const one = (id: string, reference: string, ours: Value, changedMs: number, isThere: Sought['isThere']): Sought => ({
    pair: { id, reference, ours, changedMs },
    isThere,
  });
  if (item.kind === PAYMENT.name) {
    const payment = recordOf(PAYMENT, item);
    const recent = payment.attempts.filter(({ channel, createdMs }) => isAt(of, channel) && createdMs >= sinceMs);
    return recent.flatMap((attempt) => {
      const { reference } = attempt;
      const listed = listings.charges.get(reference);
      const charge = one(
        chargeIdOf(payment.body, attempt.ordinal),
        reference,
        attemptValue(payment, attempt, listed),
        payment.committedMs,
        () => ask.charge(attempt),
      );
      const returns = returnsMade(attempt).map((number): Sought => {
        const back = channelReference(payment.scope, payment.body, number);
        const ours = returnValue(payment, number)!;
        return one(
          `pi_${payment.body}`,
          back,
          ours,
          payment.committedMs,
          async () =>
            (await ask.refund(returnAtChannel(attempt, number, back))) ||
            (attempt.status === 'voided' && (await ask.takenBack(attempt))),
        );
      });
      return [charge, ...returns];
    });
  }
  if (item.kind === REFUND.name) {
    const refund = recordOf(REFUND, item);
    const { body, reference, committedMs } = refund;
    if (!isAt(of, refund.channel)) return [];
    return [one(`re_${body}`, reference, refundValue(refund), committedMs, () => ask.refund(queryOf(refund)))];
  }
  if (item.kind === DISPUTE.name) {
    const dispute = recordOf(DISPUTE, item);
    const { body, paymentReference, channelDispute, committedMs } = dispute;
    if (!isAt(of, dispute.channel)) return [];
    const isThere = async (): Promise<boolean> =>
      listings.charges.get(paymentReference)?.disputes.some(({ dispute: { id } }) => id === channelDispute) ?? false;
    return [one(`du_${body}`, `${paymentReference}/${channelDispute}`, disputeValue(dispute), committedMs, isThere)];
  }
  const payout = recordOf(PAYOUT, item);
  if (!isAt(of, payout.account)) return [];
  const { body, reference, committedMs, amount, currency } = payout;
  return [
    one(`po_${body}`, reference, payoutValue(payout), committedMs, () => ask.payout({ reference, amount, currency })),
  ];
}

/** Numbers of the returns that the payer has back. */
const returnsMade = (attempt: Attempt): readonly number[] => [
  ...(tookWhollyUnapplied(attempt) && attempt.status === 'voided' ? [attemptReturnNumber(attempt.ordinal)] : []),
  ...(attempt.unapplied ?? []).flatMap(({ number, returnedMs, released }) =>
    returnedMs === undefined || released ? [] : [number],
  ),
];

/**
 * Whether the channel, or the bank, has something: by the list of the window, otherwise by asking. A channel without a query may list it in another
 * window, and cannot be asked: no difference is reported then.
 */
function asking({ channel, bank }: ChannelAuditDeps, { account }: Audited, { charges, others }: Listings) {
  const assertKnown = <T extends { readonly kind: string }>(state: T): T => {
    if (state.kind === 'unknown') throw new CommandError(`channel ${account.channel} did not answer: try again`);
    return state;
  };
  const client = channel(account.channel);
  return {
    charge: async (attempt: Attempt): Promise<boolean> => {
      if (charges.has(attempt.reference) || !isQueried(client)) return true;
      return assertKnown((await client.queryAttempt!(atChannel(attempt))).attempt).kind !== 'not_found';
    },
    refund: async (query: RefundQuery): Promise<boolean> => {
      if (others.has(query.reference) || !isRefundQueried(client)) return true;
      return assertKnown(await client.queryRefund!(query)).kind !== 'not_found';
    },
    takenBack: async (attempt: Attempt): Promise<boolean> => {
      const listed = charges.get(attempt.reference)?.state;
      if (!listed && !isQueried(client)) return true;
      return isTakenBack(attempt, listed ?? (await client.queryAttempt!(atChannel(attempt))));
    },
    // Under another amount it is there too, and is compared where it is listed.
    payout: async (order: Pick<Payout, 'reference' | 'amount' | 'currency'>): Promise<boolean> =>
      others.has(order.reference) || (await bank(account.channel).query({ ...order, account })).kind !== 'not_found',
  };
}
