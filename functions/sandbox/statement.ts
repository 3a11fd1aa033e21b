/**
 * The statement of an account for a day (UTC), as CSV: each line is money that moved, and changed what the sandbox owes. The same day always has the same
 * lines; one that is not over has those so far. When it is over, the sandbox pays out what the day's lines sum to. Lines are found by the notes of that day
 * and the one before: what changes by itself does so within seconds, or hours at a wallet.
 */
import type { Account } from './account.ts';
import type { Answer, SandboxDeps } from './api.ts';
import { type Charge, capturedOf, done, statusOf } from './charge.ts';
import { DISPUTE_FEE, type Dispute } from './dispute.ts';
import { type Refund, refundStatusOf } from './refund.ts';
import { refuse } from './refusal.ts';
import { dayOf, loadChanges, loadCharge, loadRefund } from './store.ts';

/** One movement. */
interface Movement {
  readonly id: string;
  readonly type: 'payment' | 'refund' | 'dispute' | 'dispute_reversed' | 'payout';
  readonly reference: string;
  /** Minor units, with the sign of what the sandbox owes. */
  readonly gross: bigint;
  readonly currency: string;
  /** What the sandbox keeps, in ten thousandths of a minor unit. */
  readonly fee: bigint;
  readonly atMs: number;
}

const DAY_MS = 86_400_000;
/** 1.45 % of what is taken. */
const FEE_BPS = 145n;
const FEE_UNITS = 10_000n;
/** Changes read at a time. */
const PAGE = 100;

export const HEADER = 'id,type,reference,gross,currency,fee,net,occurred_at';

/** GET /sandbox/statements/{YYYY-MM-DD}: the text of the file is the member `csv`. */
export async function getStatement(deps: SandboxDeps, account: Account, date: string): Promise<Answer> {
  const startMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(startMs) || new Date(startMs).toISOString().slice(0, 10) !== date)
    return refuse('malformed', 'not a day of the calendar as YYYY-MM-DD');
  const nowMs = deps.clock.nowMs();
  const movements = (await movementsOf(deps, account, dayOf(startMs)))
    .filter(({ atMs }) => atMs >= startMs && atMs < startMs + DAY_MS && atMs <= nowMs)
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
  const isOver = nowMs >= startMs + DAY_MS;
  const lines = [...movements, ...(isOver ? payoutsOf(movements, date, startMs + DAY_MS - 1) : [])].map(textOf);
  return { csv: [HEADER, ...lines, `end,${lines.length},,,,,,`, ''].join('\n') };
}

async function movementsOf(deps: SandboxDeps, account: Account, day: number): Promise<readonly Movement[]> {
  const nowMs = deps.clock.nowMs();
  const charges = new Set<string>();
  const refunds = new Set<string>();
  for (const of of [day - 1, day]) {
    let after = '';
    for (;;) {
      const range = { sinceMs: of * DAY_MS, untilMs: (of + 1) * DAY_MS, after, limit: PAGE };
      const page = await loadChanges(deps.table, account.id, of, range);
      for (const { about, reference } of page.changes) {
        if (about === 'charge') charges.add(reference);
        if (about === 'refund') refunds.add(reference);
      }
      if (page.after === undefined) break;
      after = page.after;
    }
  }
  const movements: Movement[] = [];
  for (const reference of charges) {
    const charge = await loadCharge(deps.table, account.id, reference, nowMs);
    if (charge) movements.push(...movementsOfCharge(charge, nowMs));
  }
  for (const reference of refunds) {
    const refund = await loadRefund(deps.table, account.id, reference, nowMs);
    if (refund) movements.push(...movementsOfRefund(refund, nowMs));
  }
  return movements;
}

/** What was taken of a charge, given back by a void, and moved by its chargebacks, up to `nowMs`. */
export function movementsOfCharge(charge: Charge, nowMs: number): readonly Movement[] {
  const { reference, currency } = charge.params;
  const of = (id: string, type: Movement['type'], gross: bigint, atMs: number, fee = 0n): Movement => ({
    id: `${reference}.${id}`,
    type,
    reference,
    gross,
    currency,
    fee,
    atMs,
  });
  const taken = (id: string, amount: bigint, atMs: number): Movement =>
    of(id, 'payment', amount, atMs, amount * FEE_BPS);
  const isWhole = statusOf(charge, nowMs) === 'captured';
  const whole = capturedOf(charge, nowMs);
  const captures = isWhole
    ? [taken('charge', whole, Math.max(charge.decidedMs, charge.presentment?.atMs ?? 0))]
    : done(charge, 'capture').map(({ number, amount, atMs }) =>
        taken(`capture.${number}`, amount, atMs ?? charge.decidedMs),
      );
  const voids = done(charge, 'void').filter((_, at) => isWhole && at === 0 && isGivenBack(charge));
  return [
    ...captures.filter(({ gross }) => gross > 0n),
    ...voids.map(({ number, atMs }) => of(`void.${number}`, 'refund', -whole, atMs ?? charge.decidedMs)),
    ...(charge.disputes ?? []).flatMap((dispute) =>
      chargebackOf(dispute, nowMs).map(([id, type, gross, atMs, fee]) => of(id, type, gross, atMs, fee)),
    ),
  ];
}

/** Whether a void returned money, and did not release a hold. */
const isGivenBack = ({ params, operations, presentment }: Charge): boolean =>
  params.capture && operations.slice(presentment?.operations).some(({ kind, decline }) => kind === 'void' && !decline);

/** What a chargeback took, with its fee, and gave back when it was won. An inquiry moves nothing. */
function chargebackOf(
  { id, kind, amount, openedMs, verdict }: Dispute,
  nowMs: number,
): readonly (readonly [string, Movement['type'], bigint, number, bigint])[] {
  const escalated = verdict?.to === 'escalated';
  if (kind === 'inquiry' && !escalated) return [];
  const [taken, atMs] = escalated ? [verdict.amount, verdict.atMs] : [amount, openedMs];
  const opened = [`dispute.${id}`, 'dispute', -taken, atMs, DISPUTE_FEE * FEE_UNITS] as const;
  const isWon = verdict?.to === 'won' && verdict.atMs <= nowMs;
  return isWon ? [opened, [`dispute.${id}.won`, 'dispute_reversed', taken, verdict.atMs, 0n]] : [opened];
}

/** A refund that left, and one that came back after it had. */
export function movementsOfRefund(refund: Refund, nowMs: number): readonly Movement[] {
  const { params, turn, decline, createdMs } = refund;
  if (decline || refundStatusOf(refund, nowMs) === 'pending') return [];
  const { reference, amount, currency } = params;
  const of = { type: 'refund', reference, currency, fee: 0n } as const;
  const leftMs = turn?.to === 'succeeded' ? turn.atMs : createdMs;
  const left: Movement = { ...of, id: `${reference}.refund`, gross: -amount, atMs: leftMs };
  if (turn?.to !== 'failed' || turn.atMs > nowMs) return [left];
  return [left, { ...of, id: `${reference}.refund.failed`, gross: amount, atMs: turn.atMs }];
}

/** What the sandbox owes of each movement: the fee is rounded half up to whole minor units. */
const netOf = ({ gross, fee }: Movement): bigint => gross - (fee + FEE_UNITS / 2n) / FEE_UNITS;

/** One payout per currency in which the day's lines sum to anything. A negative one is taken from the bank. */
function payoutsOf(movements: readonly Movement[], date: string, atMs: number): readonly Movement[] {
  const sums = new Map<string, bigint>();
  for (const movement of movements) sums.set(movement.currency, (sums.get(movement.currency) ?? 0n) + netOf(movement));
  return [...sums]
    .filter(([, sum]) => sum !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, sum]) => ({
      id: `payout.${date}.${currency}`,
      type: 'payout',
      reference: '',
      gross: -sum,
      currency,
      fee: 0n,
      atMs,
    }));
}

/** Amounts are minor units; the fee is written with the four digits behind them. */
const textOf = (movement: Movement): string => {
  const { id, type, reference, gross, currency, fee, atMs } = movement;
  const digits = fee.toString().padStart(5, '0');
  const feeText = `${digits.slice(0, -4)}.${digits.slice(-4)}`;
  return [id, type, reference, gross, currency, feeText, netOf(movement), new Date(atMs).toISOString()].join(',');
};
