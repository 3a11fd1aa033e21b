/** Disputes of the simulator: a bank opens them, the account answers, and the bank decides. */
import type { ChargeRecord, DisputeRecord } from './books.ts';
import { missing, refused } from './errors.ts';
import { type Form, textOf, textsIn } from './form.ts';
import { renderDispute } from './render.ts';
import { emit, move, type World } from './world.ts';

const DAY_SECONDS = 86_400;
const FEE = 1500;
const ENDED: readonly string[] = ['won', 'lost', 'warning_closed'];

const announce = (world: World, type: string, dispute: DisputeRecord): void =>
  emit(world, `charge.dispute.${type}`, renderDispute(dispute));

/** The payer's bank takes the money back, or only asks (`inquiry`). */
export function openDispute(world: World, charge: ChargeRecord, reason: string, inquiry = false): DisputeRecord {
  const dispute: DisputeRecord = {
    id: world.id('du'),
    created: world.nowSeconds(),
    charge,
    amount: charge.amountCaptured - charge.amountRefunded,
    reason,
    dueBy: world.nowSeconds() + 9 * DAY_SECONDS,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    evidence: {},
    submissions: 0,
    transactions: [],
  };
  world.books.disputes.set(dispute.id, dispute);
  if (!inquiry) {
    charge.disputed = true;
    dispute.transactions.push(
      move(world, charge, {
        amount: -dispute.amount,
        fee: FEE,
        type: 'adjustment',
        category: 'dispute',
        source: dispute.id,
      }),
    );
  }
  announce(world, 'created', dispute);
  if (!inquiry) announce(world, 'funds_withdrawn', dispute);
  return dispute;
}

export function disputeOf(world: World, id: string): DisputeRecord {
  const dispute = world.books.disputes.get(id);
  if (!dispute) throw missing('dispute', id, 'dispute');
  return dispute;
}

const closed = () => refused('This dispute is already closed');

/** Stores evidence, and submits it by default. */
export function updateDispute(world: World, id: string, form: Form) {
  const dispute = disputeOf(world, id);
  if (ENDED.includes(dispute.status)) throw closed();
  dispute.evidence = { ...dispute.evidence, ...textsIn(form, 'evidence') };
  if (textOf(form, 'submit') !== 'false') {
    dispute.submissions += 1;
    dispute.status = dispute.status.startsWith('warning_') ? 'warning_under_review' : 'under_review';
  }
  announce(world, 'updated', dispute);
  return renderDispute(dispute);
}

/** The account accepts that the money is lost. */
export function closeDispute(world: World, id: string) {
  const dispute = disputeOf(world, id);
  if (ENDED.includes(dispute.status)) throw closed();
  decide(world, dispute, 'lost');
  return renderDispute(dispute);
}

/** The bank decides. */
export function decide(world: World, dispute: DisputeRecord, outcome: 'won' | 'lost'): void {
  const isInquiry = dispute.status.startsWith('warning_');
  dispute.status = isInquiry ? 'warning_closed' : outcome;
  if (outcome === 'won' && !isInquiry) {
    dispute.transactions.push(
      move(world, dispute.charge, {
        amount: dispute.amount,
        fee: -FEE,
        type: 'adjustment',
        category: 'dispute_reversal',
        source: dispute.id,
      }),
    );
    announce(world, 'funds_reinstated', dispute);
  }
  announce(world, 'closed', dispute);
}
