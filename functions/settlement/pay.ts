/** Payouts at the bank: ordered under our own reference, asked about until the bank has said what became of them (I10, I15). */
import type { PayoutState } from '../channels/sandbox/bank.ts';
import type { Body, Scope } from '../shared/ids.ts';
import { Conflict } from '../shared/table.ts';
import { loadBatches } from './batch.ts';
import type { SettlementDeps } from './deps.ts';
import { applyPayoutNews, loadPayout, type Payout, type PayoutNews, putPayout } from './payout.ts';

const RACES = 6;

export interface PayoutProgress {
  /** Payouts whose end is not known yet. */
  readonly open: number;
  /** When to look again: soon at first, every quarter of an hour in the end. */
  readonly waitSeconds: number;
}

/** Looks after every payout of a settled period: orders what the bank has not, and writes down what it says. */
export async function payOut(deps: SettlementDeps, scope: Scope, throughMs: number): Promise<PayoutProgress> {
  const bodies = (await loadBatches(deps.table, scope, throughMs)).flatMap((batch) =>
    batch.payout ? [batch.payout] : [],
  );
  const payouts = await Promise.all(bodies.map((body) => lookAfter(deps, scope, body)));
  const open = payouts.filter(
    (payout) => payout.account && (payout.status === 'pending' || payout.status === 'in_transit'),
  );
  const ageMs = Math.max(0, ...open.map((payout) => deps.clock.nowMs() - payout.createdMs));
  return { open: open.length, waitSeconds: Math.min(900, Math.max(2, Math.floor(ageMs / 10_000))) };
}

async function lookAfter(deps: SettlementDeps, scope: Scope, body: Body): Promise<Payout> {
  const payout = await loadPayout(deps.table, scope, body);
  if (!payout) throw new Error(`payout ${body} is gone`);
  const { account } = payout;
  // Without a bank for this mode the payout waits for a person; the money stays in clearing.
  if (!account || payout.status === 'paid' || payout.status === 'failed') return payout;
  const known = await deps.bank.query(payout.reference, account);
  const state = known.kind === 'not_found' ? await deps.bank.pay({ ...orderOf(payout), account }) : known;
  const news = newsOf(state);
  return news ? learn(deps, payout, news) : payout;
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
      return { kind: 'failed', code: state.code };
    default:
      return state satisfies never;
  }
}

async function learn(deps: SettlementDeps, payout: Payout, news: PayoutNews): Promise<Payout> {
  let current = payout;
  for (let race = 0; race < RACES; race++) {
    const learned = applyPayoutNews(current, news, deps.clock.nowMs());
    if (!learned) return current;
    try {
      await deps.table.commit(putPayout(learned));
      return learned;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      current = (await loadPayout(deps.table, payout.scope, payout.body)) ?? current;
    }
  }
  return current;
}
