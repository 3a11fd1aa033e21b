/**
 * Disputes of a charge at the acquirer: opened by the payer's bank, answered by the merchant, decided by the issuer. A chargeback
 * takes the money at once; an inquiry only asks, and may become a chargeback. What it is at a time is a pure function of the record.
 */
import type { PlannedDispute } from './behavior.ts';
import { type Refusal, refuse } from './refusal.ts';

export type DisputeKind = PlannedDispute['kind'];
export type DisputeState = 'opened' | 'won' | 'lost' | 'closed';

/** The acquirer's own fee for a chargeback, in minor units. */
export const DISPUTE_FEE = 1_500n;
/** How long the merchant may answer. */
const ANSWER_MS = 9 * 24 * 3_600_000;

/** The merchant's answer: evidence, or none and the money is the payer's. Numbered by the merchant, taken once per number. */
export interface DisputeAnswer {
  readonly submission: number;
  readonly answer: 'contest' | 'accept';
  readonly text: string;
}

export interface Dispute {
  readonly id: string;
  readonly kind: DisputeKind;
  readonly reason: string;
  readonly amount: bigint;
  readonly openedMs: number;
  readonly dueMs: number;
  readonly answers: readonly (DisputeAnswer & { readonly refused?: true })[];
  /** Evidence was taken. When an inquiry becomes a chargeback, it may be answered again. */
  readonly contested?: true;
  /** What it turns into by itself at `atMs`; `amount` is what a chargeback that begins then takes. */
  readonly verdict?: { readonly atMs: number; readonly to: Verdict; readonly amount: bigint };
}
type Verdict = 'won' | 'lost' | 'closed' | 'escalated';

export interface OpenDispute {
  readonly id: string;
  readonly kind: DisputeKind;
  readonly reason: string;
  readonly amount: bigint;
}

export const openDispute = (opened: OpenDispute, nowMs: number): Dispute => ({
  ...opened,
  openedMs: nowMs,
  dueMs: nowMs + ANSWER_MS,
  answers: [],
});

/** The disputes that a card stands for: they share the captured amount, and none is about nothing. */
export function openPlanned(planned: readonly PlannedDispute[], captured: bigint, nowMs: number): readonly Dispute[] {
  const share = captured / BigInt(planned.length);
  const amounts = planned.map((_, index) => (index === 0 ? captured - share * BigInt(planned.length - 1) : share));
  return planned.flatMap((plan, index) =>
    amounts[index]! > 0n ? [openDispute({ ...plan, id: String(index + 1), amount: amounts[index]! }, nowMs)] : [],
  );
}

/** What the dispute is at `nowMs`. */
export function disputeAt(
  dispute: Dispute,
  nowMs: number,
): { readonly kind: DisputeKind; readonly state: DisputeState; readonly amount: bigint; readonly dueMs: number } {
  const { kind, amount, dueMs, verdict } = dispute;
  if (!verdict || nowMs < verdict.atMs) return { kind, state: 'opened', amount, dueMs };
  if (verdict.to !== 'escalated') return { kind, state: verdict.to, amount, dueMs };
  return { kind: 'chargeback', state: 'opened', amount: verdict.amount, dueMs: verdict.atMs + ANSWER_MS };
}

/** When it was opened or decided, the later of the two. */
export const disputeChangedMs = ({ openedMs, verdict }: Dispute, nowMs: number): number =>
  verdict && verdict.atMs <= nowMs ? verdict.atMs : openedMs;

/** Whether its money is with the payer's bank. */
export function blocksRefunds(dispute: Dispute, nowMs: number): boolean {
  const { kind, state } = disputeAt(dispute, nowMs);
  return kind === 'chargeback' && state !== 'won';
}

/**
 * The dispute after an answer: one text decides how it ends (README.md), any other leaves it under review. The same answer again changes
 * nothing; one that comes too late, or a second time, is kept as refused. `left` is what of the charge has not been given back.
 */
export function answerDispute(
  dispute: Dispute,
  answer: DisputeAnswer,
  moment: { readonly nowMs: number; readonly verdictMs: number; readonly left: bigint },
): Dispute | Refusal {
  const earlier = dispute.answers.find(({ submission }) => submission === answer.submission);
  if (earlier) {
    return earlier.answer === answer.answer && earlier.text === answer.text
      ? dispute
      : refuse('reference_used', 'this submission number was used for something else');
  }
  const { nowMs, left } = moment;
  const now = disputeAt(dispute, nowMs);
  const base = now.kind === dispute.kind ? dispute : chargebackOf(dispute);
  const answered = [...dispute.answers, answer];
  if (base.verdict || (base.contested && answer.answer === 'contest'))
    return { ...dispute, answers: [...dispute.answers, { ...answer, refused: true }] };
  const taken: Dispute = { ...base, answers: answered, ...(answer.answer === 'contest' && { contested: true }) };
  const to = verdictOf(now.kind, answer);
  if (!to) return taken;
  const atMs = answer.answer === 'accept' ? nowMs : nowMs + moment.verdictMs;
  const amount = left < now.amount ? left : now.amount;
  return { ...taken, verdict: { atMs, to: to === 'escalated' && amount === 0n ? 'closed' : to, amount } };
}

/** An inquiry that has become a chargeback, as one. */
function chargebackOf(dispute: Dispute): Dispute {
  const { verdict, contested: _, ...kept } = dispute;
  const now = disputeAt(dispute, verdict!.atMs);
  return { ...kept, kind: 'chargeback', amount: now.amount, dueMs: now.dueMs };
}

function verdictOf(kind: DisputeKind, { answer, text }: DisputeAnswer): Verdict | undefined {
  const lost = kind === 'inquiry' ? 'closed' : 'lost';
  if (answer === 'accept') return lost;
  if (text === 'winning_evidence') return kind === 'inquiry' ? 'closed' : 'won';
  if (text === 'losing_evidence') return lost;
  return text === 'escalate_inquiry_evidence' && kind === 'inquiry' ? 'escalated' : undefined;
}

/** The dispute after the whole charge went back to the payer: an inquiry has nothing left to ask about. */
export function settleInquiry(dispute: Dispute, nowMs: number): Dispute {
  const { kind, state, amount } = disputeAt(dispute, nowMs);
  return kind === 'inquiry' && state === 'opened'
    ? { ...dispute, verdict: { atMs: nowMs, to: 'closed', amount } }
    : dispute;
}
