/** Payouts at the bank: ordered under our own reference, asked about until the bank has said what became of them (I10, I15). */
import type { PayoutState } from '../channels/port/bank.ts';
import type { CallbackFact, CallbackMessage } from '../channels/port/port.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import type { Settings } from '../merchants/merchant.ts';
import { disableBank } from '../payouts/bank-account.ts';
import { applyPayoutNews, isAutomatic, type Payout, type PayoutNews, wasPaid } from '../payouts/payout.ts';
import { loadPayout, payoutByReference, payoutsSince, putPayout } from '../payouts/store.ts';
import { commitNamed, LOST, retryRaces, tryCommit } from '../table/commit.ts';
import { nextRecord } from '../table/record.ts';
import type { SettlementDeps } from './deps.ts';

export interface PayoutProgress {
  /** Payouts whose end is not known yet. */
  readonly open: number;
  /** When to look again: soon at first, every hour in the end. */
  readonly waitSeconds: number;
}

/** A payout without an outcome for so long needs a person: its execution failed long ago and raised an alarm. */
const LOOKBACK_MS = 40 * 24 * 3_600_000;

/** Banks send back what they paid within days. A callback says so at once; each settlement asks as well, for callbacks get lost. */
const RETURN_MS = 10 * 24 * 3_600_000;

/**
 * Looks after every payout of the scope whose end is not known, also of periods whose own execution broke off: orders what the bank has
 * not, and writes down what it says. What was paid lately is asked about too: a bank may send it back.
 */
export async function payOut(deps: SettlementDeps, scope: Scope): Promise<PayoutProgress> {
  const settings = await deps.settings(scope);
  const stored = await payoutsSince(deps.table, scope, settings.shards, deps.clock.nowMs() - LOOKBACK_MS);
  const known = await Promise.all(stored.map((payout) => connected(deps, settings, payout)));
  const payouts = await Promise.all(known.filter(isOpen).map((payout) => advance(deps, payout)));
  const nowMs = deps.clock.nowMs();
  await Promise.all(known.filter((payout) => mayComeBack(payout, nowMs)).map((payout) => ask(deps, payout)));
  const open = payouts.filter(isOpen);
  const youngestMs = Math.min(...open.map((payout) => deps.clock.nowMs() - payout.createdMs));
  return { open: open.length, waitSeconds: open.length === 0 ? 0 : bankWaitSeconds(youngestMs) };
}

/** A fifth of the payout's age, at most an hour: a bank that takes a day is asked 50 times, and each look is three state transitions. */
export const bankWaitSeconds = (ageMs: number): number => Math.min(3_600, Math.max(2, Math.floor(ageMs / 5_000)));

/** A payout that an earlier release made while no bank was connected is ordered at the one that is connected now. */
async function connected(deps: BankDeps, settings: Settings, payout: Payout): Promise<Payout> {
  const { payoutAccount: account, bankAccount: bank } = settings;
  if (payout.account || payout.status !== 'pending' || !account) return payout;
  const next = nextRecord(payout, deps.clock.nowMs(), { account, bank });
  // A conflict: another settlement was first, and the next look finds what it did.
  return (await tryCommit(deps.table, putPayout(payout, next))) ? next : payout;
}

/** Without a bank for this mode a payout waits for a person; the money stays in clearing. */
const isOpen = ({ account, status }: Payout): boolean =>
  account !== undefined && (status === 'pending' || status === 'in_transit');

const mayComeBack = ({ account, status, paidMs }: Payout, nowMs: number): boolean =>
  account !== undefined && status === 'paid' && paidMs !== undefined && nowMs - paidMs < RETURN_MS;

/** What looking after one payout needs: the janitor does it too, for what no settlement is behind. */
export type BankDeps = Pick<SettlementDeps, 'table' | 'clock' | 'bank'>;

/**
 * Advances one requested payout: the janitor orders it and follows it, because no execution does.
 * `undefined` when it needs no further work.
 */
export async function followPayout(deps: BankDeps, scope: Scope, objectKey: ObjectKey): Promise<Payout | undefined> {
  const payout = await loadPayout(deps.table, scope, objectKey);
  if (!payout || !isOpen(payout)) return undefined;
  const after = await advance(deps, payout);
  return isOpen(after) ? after : undefined;
}

async function advance(deps: BankDeps, found: Payout): Promise<Payout> {
  const payout = await startOrdering(deps, found);
  if (!isOpen(payout)) return payout;
  const account = payout.account!;
  const bank = deps.bank(account.channel);
  const known = await bank.query({ ...orderOf(payout), account });
  const state = known.kind === 'not_found' ? await bank.pay({ ...orderOf(payout), account }) : known;
  return commitOutcome(deps, payout, state);
}

/** Asks the bank about a payout that it has; nothing is ordered. */
async function ask(deps: BankDeps, payout: Payout): Promise<Payout> {
  const account = payout.account!;
  const state = await deps.bank(account.channel).query({ ...orderOf(payout), account });
  return state.kind === 'not_found' ? payout : commitOutcome(deps, payout, state);
}

/**
 * Applies what a verified callback says of a payout, once. `foreign`: no payout of this account and mode. `weaker`: it contradicts what
 * was learned before and changes nothing.
 */
export async function applyPayoutCallback(
  deps: Pick<BankDeps, 'table' | 'clock'>,
  from: Pick<CallbackMessage, 'channel' | 'account' | 'livemode'>,
  { reference, outcome, amount }: Extract<CallbackFact, { about: 'payout' }>,
): Promise<'applied' | 'known' | 'weaker' | 'foreign'> {
  const payout = await payoutByReference(deps.table, reference);
  const ours = payout?.account?.channel === from.channel && payout.account.account === from.account;
  if (!payout || !ours || payout.livemode !== from.livemode) return 'foreign';
  // Of a settlement that was made again after a restore, with another amount.
  if (amount !== undefined && amount !== payout.amount) return 'weaker';
  const after = await commitOutcome(deps, payout, outcome);
  if (after.version > payout.version) return 'applied';
  const contradicts = after.status === 'canceled' || (outcome.kind === 'paid' && !wasPaid(after));
  return contradicts ? 'weaker' : 'known';
}

const orderOf = ({ reference, amount, currency, bank }: Payout) => ({
  reference,
  amount,
  currency,
  bank: { last4: bank.last4, country: bank.country, holder: bank.holder },
});

function newsOf(state: PayoutState): PayoutNews | undefined {
  switch (state.kind) {
    case 'unknown':
      return undefined;
    case 'pending':
      return { kind: 'ordered' };
    case 'paid':
      return { kind: 'paid', traceId: state.traceId };
    case 'failed':
      return { kind: 'failed', code: state.code, ...(state.traceId !== undefined && { traceId: state.traceId }) };
    default:
      return state satisfies never;
  }
}

/** A payout that a merchant may cancel is marked before the order to the bank, so that it is either canceled or ordered. */
async function startOrdering(deps: BankDeps, payout: Payout): Promise<Payout> {
  let current = payout;
  return retryRaces(
    async () => {
      if (isAutomatic(current) || current.ordering || current.status !== 'pending') return current;
      const ordering = nextRecord(current, deps.clock.nowMs(), { ordering: true });
      if (await tryCommit(deps.table, putPayout(current, ordering))) return ordering;
      current = (await loadPayout(deps.table, payout.scope, payout.body)) ?? current;
      return LOST;
    },
    () => {
      throw new Error(`payout ${payout.reference} changes too often to order it`);
    },
  );
}

/** Commits what the bank says. A payout that fails at the bank disables its account in the same transaction, if none did before. */
export async function commitOutcome(
  deps: Pick<BankDeps, 'table' | 'clock'>,
  payout: Payout,
  state: PayoutState,
): Promise<Payout> {
  const news = newsOf(state);
  if (!news) return payout;
  let current = payout;
  let disables = state.kind === 'failed' && !state.refused;
  return retryRaces(
    async () => {
      const after = applyPayoutNews(current, news, deps.clock.nowMs(), disables);
      if (!after) return current;
      const conflict = await commitNamed(deps.table, {
        payout: putPayout(current, after),
        bank: disables ? disableBank(after) : undefined,
      });
      if (!conflict) return after;
      if (conflict.on === 'bank') disables = false;
      current = (await loadPayout(deps.table, payout.scope, payout.body)) ?? current;
      return LOST;
    },
    () => current,
  );
}
