/**
 * Recovery after a restore: writes the objects that a channel lists and that have no record. Every write is conditional, and a second run finds
 * no news. Restored records carry a mark, so their events are not sent a second time. The repair writes their entries and events
 * (docs/runbook.md, Restore).
 */

import { recoveredKey } from '../api/idempotency.ts';
import type { Listed } from '../channels/port/listing.ts';
import type { ChannelAccount, RequestNotes } from '../channels/port/port.ts';
import { loadSession, putSession, recoveredSession } from '../checkout/store.ts';
import { applyFacts, disputeKeyOf } from '../disputes/dispute.ts';
import { commitDisputeFact } from '../disputes/outcome.ts';
import { loadDispute } from '../disputes/store.ts';
import {
  channelReference,
  type ObjectKey,
  parseChannelReference,
  type Scope,
  shardOf,
  shardsOf,
  timeOf,
  timeText,
} from '../kernel/ids.ts';
import type { FeeTerms } from '../kernel/money.ts';
import { parseCurrency } from '../kernel/money.ts';
import { journalPartition } from '../ledger/keys.ts';
import { loadPeriod } from '../ledger/store.ts';
import { commitOutcome } from '../payments/commit-outcome.ts';
import type { PaymentsDeps } from '../payments/deps.ts';
import { keyHashIn } from '../payments/notes.ts';
import { takenBy } from '../payments/outcome-table.ts';
import { awaitsPayer, isUnresolved, type Payment, refundable } from '../payments/payment.ts';
import { loadPayment, putPayment } from '../payments/store.ts';
import { payoutByReference } from '../payouts/store.ts';
import { applyRefundOutcome, commitRefundOutcome } from '../refunds/outcome.ts';
import { reservedRefund } from '../refunds/refunds.ts';
import { loadRefund } from '../refunds/store.ts';
import { pagesOf } from '../table/bulk.ts';
import { commitNamed, LOST, RACES, retryRaces, tryCommit } from '../table/commit.ts';
import { RESTORED } from '../table/stream.ts';
import type { Table, Write } from '../table/table.ts';
import { atItsAccount, type Known, RECOVERED, startedPayment, withChannelState, withNewAttempt } from './rebuilt.ts';

/** Whose account was listed, and how recovered money is booked. */
export interface RecoveryScope {
  readonly scope: Scope;
  readonly livemode: boolean;
  readonly account: ChannelAccount;
  readonly shards: number;
  /** Fees and reserve of what is made again: the merchant's terms now. */
  readonly terms: FeeTerms;
  readonly dryRun: boolean;
}

/**
 * made: the record was written again. learned: it is brought up to date. known: no news. verification: a card was checked, no money.
 * unbooked: a person must examine it; nothing was written.
 */
export type Recovered =
  | { readonly what: 'made' | 'learned'; readonly id: string }
  | { readonly what: 'known' | 'verification' }
  | { readonly what: 'unbooked'; readonly reference: string; readonly why: string };

const KNOWN = { what: 'known' } as const;
/** Functions' and channels' clocks differ by less. */
export const CLOCKS_MS = 15 * 60_000;

/** Recovers one charge or refund that the account's channel lists; a payout is only looked up. */
export async function recover(deps: PaymentsDeps, of: RecoveryScope, listed: Listed): Promise<Recovered> {
  const unbooked = (why: string): Recovered => ({ what: 'unbooked', reference: listed.reference, why });
  if (listed.about === 'payout') return recoverPayout(deps, of, listed, unbooked);
  const reference = parseChannelReference(listed.reference);
  if (reference?.scope !== of.scope || !isPossible(reference.objectKey, listed.createdMs, of.shards))
    return unbooked('its reference is not of this merchant and mode');
  if (listed.about === 'refund') {
    // What returns unapplied money has the payment's reference: the janitor asks about it before it sends it again.
    if (reference.ordinal > 0) return KNOWN;
    return recoverRefund(deps, of, reference.objectKey, listed, unbooked);
  }
  if (listed.amount === 0n) return { what: 'verification' };
  const currency = parseCurrency(listed.currency);
  if (!currency) return unbooked(`no payment is taken in ${listed.currency}`);
  const { scope, livemode, account, terms } = of;
  const recoveredMs = deps.clock.nowMs();
  const { objectKey, ordinal } = reference;
  return recoverCharge(
    deps,
    of,
    { scope, livemode, account, objectKey, ordinal, currency, terms, recoveredMs, charge: listed },
    unbooked,
  );
}

/** A payout is not made again: its settlement makes it, under the same reference, or a person decides. */
async function recoverPayout(
  { table }: PaymentsDeps,
  { scope }: RecoveryScope,
  { reference, amount, currency }: Extract<Listed, { about: 'payout' }>,
  unbooked: Unbooked,
): Promise<Recovered> {
  const payout = await payoutByReference(table, reference);
  if (payout?.scope !== scope)
    return unbooked(`the bank has this payout of ${amount} ${currency}, and there is no record of it`);
  const same = payout.amount === amount && payout.currency === currency;
  return same
    ? KNOWN
    : unbooked(
        `the bank pays ${amount} ${currency} for po_${payout.body}, which is ${payout.amount} ${payout.currency}`,
      );
}

/** Whether we could have made this id: a list by shard must find it, and nothing is charged before its id is made. */
const isPossible = (objectKey: ObjectKey, chargedMs: number, shards: number): boolean =>
  shardsOf(shards).includes(shardOf(objectKey)) && timeOf(objectKey) <= chargedMs + CLOCKS_MS;

type Unbooked = (why: string) => Recovered;

async function recoverCharge(
  deps: PaymentsDeps,
  of: RecoveryScope,
  known: Known,
  unbooked: Unbooked,
): Promise<Recovered> {
  const { scope, objectKey, ordinal, charge } = known;
  const id = `pi_${objectKey}`;
  const existing = await loadPayment(deps.table, scope, objectKey);
  const fold = (payment: Payment): Payment | undefined => {
    const made = payment.attempts.find((attempt) => attempt.ordinal === ordinal);
    const begun = made ? atItsAccount(payment, made, known) : withNewAttempt(payment, known);
    const after = begun && withChannelState(begun, known);
    return after && after !== payment ? { ...after, version: payment.version + 1 } : undefined;
  };
  const recovered = existing
    ? (fold(existing) ?? existing)
    : { ...withChannelState(startedPayment(known), known), version: 1 };
  const attempt = recovered.attempts.find((one) => one.ordinal === ordinal);
  if (!attempt) return unbooked(`payment ${id} is ${recovered.status} and has no attempt ${ordinal}`);
  if (attempt.channel.channel !== known.account.channel || attempt.channel.account !== known.account.account)
    return unbooked(`attempt ${ordinal} of payment ${id} is at another account`);
  const changing = [
    ...(recovered === existing ? [] : [existing ?? { body: objectKey }]),
    ...(await disputesWithNews(deps, known)),
  ];
  for (const record of changing)
    if (await isJournaled(deps, scope, record))
      return unbooked(`the journal has later entries of payment ${id}: ${AHEAD}`);
  if (attempt.status !== 'closed' && takenBy(recovered, attempt) !== takenAtChannel(known))
    return unbooked(
      `the channel has taken ${takenAtChannel(known)} for payment ${id}, and ${takenBy(recovered, attempt)} is booked`,
    );
  if (of.dryRun) return existing ? (recovered === existing ? KNOWN : { what: 'learned', id }) : { what: 'made', id };

  const announced = existing !== undefined && (isUnresolved(existing) || awaitsPayer(existing));
  const marked = announced ? deps.table : markedTable(deps);
  let changed = false;
  if (!existing) changed = await make({ ...deps, table: marked }, known, recovered);
  else if (recovered !== existing) ({ changed } = await commitOutcome({ ...deps, table: marked }, existing, fold));
  await recoverKey(deps, scope, objectKey, charge.notes, charge.createdMs);
  for (const { notes, atMs = deps.clock.nowMs() } of charge.state.operationFacts?.values() ?? [])
    await recoverKey(deps, scope, objectKey, notes, atMs);
  const current = (await loadPayment(deps.table, scope, objectKey)) ?? recovered;
  for (const fact of charge.disputes) {
    const paid = current.attempts.find((one) => one.ordinal === ordinal);
    if (!paid || takenBy(current, paid) === 0n) continue;
    const { applied } = await commitDisputeFact({ ...deps, table: marked }, current, paid, fact);
    changed ||= applied === 'applied';
  }
  return changed ? { what: existing ? 'learned' : 'made', id } : KNOWN;
}

/** What the channel has taken for the charge in all, in minor units. */
function takenAtChannel({ charge: { state } }: Known): bigint {
  if (state.attempt.kind === 'captured') return state.attempt.amount;
  return [...state.operations].reduce((sum, [number, { kind }]) => {
    const facts = state.operationFacts?.get(number);
    return kind === 'succeeded' && facts?.kind === 'capture' ? sum + (facts.amount ?? 0n) : sum;
  }, 0n);
}

/** A record as it stands; without `committedMs` there is none. */
interface CurrentRecord {
  readonly body: ObjectKey;
  readonly committedMs?: number;
}
const AHEAD = 'restore the ledger to the same moment first';

/**
 * Whether the journal has entries of the record that are later than it: then the ledger was not restored with the payments, and what is learned
 * again would be booked a second time, under another time.
 */
async function isJournaled({ table, clock }: PaymentsDeps, scope: Scope, record: CurrentRecord): Promise<boolean> {
  const { body, committedMs } = record;
  const fromMs = committedMs === undefined ? timeOf(body) : committedMs + 1;
  const range = { from: timeText(fromMs), to: timeText(clock.nowMs() + CLOCKS_MS) };
  for await (const page of pagesOf(table, 'ledger', { pk: journalPartition(scope, shardOf(body)), ...range }))
    if (page.some(({ sk }) => sk.slice(7, 21) === body.slice(8))) return true;
  return false;
}

/** The charge's disputes of which the channel reports more than the record has. */
async function disputesWithNews(
  deps: PaymentsDeps,
  { scope, objectKey, ordinal, charge }: Known,
): Promise<CurrentRecord[]> {
  const all = charge.disputes.map(async ({ dispute: facts, outcome }) => {
    const name = disputeKeyOf(channelReference(scope, objectKey, ordinal), objectKey, facts);
    const current = await loadDispute(deps.table, scope, name);
    if (!current) return { body: name };
    return applyFacts(current, facts, outcome, deps.clock.nowMs()) && current;
  });
  return (await Promise.all(all)).filter((one) => one !== undefined);
}

/** Writes the payment that was lost, and the open session that it paid; false when the payment is there meanwhile. */
async function make(deps: PaymentsDeps, { scope, charge }: Known, recovered: Payment): Promise<boolean> {
  const sessionKey = charge.notes?.session as ObjectKey | undefined;
  return retryRaces(
    async () => {
      const session = sessionKey && (await loadSession(deps.table, scope, sessionKey));
      const pays =
        session?.status === 'open' && (session.payment ?? recovered.body) === recovered.body ? session : undefined;
      const payment = { ...recovered, ...(pays && { session: pays.body }) };
      const conflict = await commitNamed(deps.table, {
        payment: putPayment(undefined, payment),
        session: pays && putSession(pays, recoveredSession(pays, payment)),
      });
      if (!conflict) return true;
      return conflict.on === 'payment' ? false : LOST;
    },
    () => {
      throw new Error(`payment pi_${recovered.body}: its session goes on changing`);
    },
  );
}

async function recoverRefund(
  deps: PaymentsDeps,
  of: RecoveryScope,
  objectKey: ObjectKey,
  listed: Extract<Listed, { about: 'refund' }>,
  unbooked: Unbooked,
): Promise<Recovered> {
  const id = `re_${objectKey}`;
  const { scope, terms } = of;
  const payer = parseChannelReference(listed.payment);
  const marked = { ...deps, table: markedTable(deps) };
  let refund = await loadRefund(deps.table, scope, objectKey);
  const existed = refund !== undefined;
  const isNews = !refund || applyRefundOutcome(refund, listed.outcome, deps.clock.nowMs());
  if (isNews && (await isJournaled(deps, scope, refund ?? { body: objectKey })))
    return unbooked(`the journal has later entries of refund ${id}: ${AHEAD}`);
  // Not `retryRaces`: after the last lost race the payment is read once more, which may show why the refund cannot be booked.
  for (let race = 0; !refund; race++) {
    const payment = payer?.scope === scope ? await loadPayment(deps.table, scope, payer.objectKey) : undefined;
    if (!payment && of.dryRun) return { what: 'made', id };
    if (!payment?.capture) return unbooked(`refund ${id} is of a payment that is not known as captured`);
    if (listed.amount > refundable(payment) || listed.currency !== payment.currency)
      return unbooked(`refund ${id} is more than is left of payment pi_${payment.body}`);
    if (of.dryRun) return { what: 'made', id };
    if (race === RACES) throw new Error(`refund ${id}: its payment goes on changing`);
    const closedThroughMs = (await loadPeriod(deps.table, scope))?.sealedThroughMs ?? 0;
    const commit = { nowMs: Math.max(listed.createdMs, closedThroughMs + 2), terms };
    const metadata = { [RECOVERED]: new Date(deps.clock.nowMs()).toISOString() };
    // The money has left already: the balance may become negative.
    const reserved = await reservedRefund(
      deps,
      payment,
      { body: objectKey, amount: listed.amount, metadata },
      commit,
      true,
    );
    const conflict = await commitNamed(marked.table, reserved.writes);
    refund = conflict ? await loadRefund(deps.table, scope, objectKey) : reserved.refund;
  }
  if (of.dryRun) return refund.status === listed.outcome.kind ? KNOWN : { what: 'learned', id };
  await recoverKey(deps, scope, objectKey, listed.notes, listed.createdMs);
  const announced = existed && refund.status === 'pending';
  const { changed } = await commitRefundOutcome(announced ? deps : marked, refund, listed.outcome);
  if (!existed) return { what: 'made', id };
  return changed ? { what: 'learned', id } : KNOWN;
}

/** The idempotency key of the request behind it, unless its item is there or a day has passed. */
async function recoverKey(
  deps: PaymentsDeps,
  scope: Scope,
  objectKey: ObjectKey,
  notes: RequestNotes | undefined,
  createdMs: number,
): Promise<void> {
  const keyHash = notes && keyHashIn(scope, notes);
  if (keyHash === undefined || notes?.request === undefined) return;
  const nowMs = deps.clock.nowMs();
  if (createdMs + 24 * 3_600_000 <= nowMs) return;
  await tryCommit(deps.table, recoveredKey({ keyHash, requestHash: notes.request, objectKey, createdMs, nowMs }));
}

/** The table, with a restore's mark on every record that is put: a new one each time, for a record may be put twice (table/stream.ts). */
const markedTable = ({ table, random }: Pick<PaymentsDeps, 'table' | 'random'>): Table => ({
  get: (name, key) => table.get(name, key),
  getMany: (reads, consistency) => table.getMany(reads, consistency),
  query: (name, query) => table.query(name, query),
  commit: (...writes) =>
    table.commit(
      ...(writes.map((write) =>
        write.kind === 'put' && write.table === 'payments'
          ? { ...write, item: { ...write.item, [RESTORED]: random(12) } }
          : write,
      ) as unknown as [Write, ...Write[]]),
    ),
});
