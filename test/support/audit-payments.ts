/** I6, I7, I11 and I15: what we know of payments and refunds, against what the channel has done. */
import { accounts } from '../../functions/ledger/accounts.ts';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import { type Attempt, authorizedAmount, isSurplus } from '../../functions/payments/attempt.ts';
import {
  awaitsPayer,
  capturable,
  capturedAmount,
  isUnresolved,
  type Payment,
  paidAttempt,
  type Refund,
} from '../../functions/payments/payment.ts';
import { parseChannelReference } from '../../functions/shared/ids.ts';
import type { Expect, Records } from './records.ts';
import type { Simulation } from './simulation.ts';

export function auditPayments(sim: Simulation, { payments, refunds, setups, journal }: Records, expect: Expect): void {
  const entries = journal.map(({ entry }) => entry);
  for (const payment of payments) {
    const own = refunds.filter((refund) => refund.payment === payment.body);
    const about = new Set([payment.body, ...own.map(({ body }) => body)]);
    const booked = entries.filter(({ body }) => about.has(body));
    auditAmounts(payment, own, expect);
    auditMemo(payment, booked, expect);
    auditChannel(sim, payment, own, booked, expect);
  }
  for (const refund of refunds) {
    const known = sim.channel.refunds.get(refund.reference)?.outcome.kind;
    if (refund.status !== 'pending')
      expect(
        (refund.status === 'succeeded') === (known === 'succeeded'),
        `I15 the channel says ${known} of a ${refund.status} refund`,
      );
  }
  const ours: readonly { readonly attempts: readonly Pick<Attempt, 'reference'>[] }[] = [...payments, ...setups];
  const references = new Set(ours.flatMap(({ attempts }) => attempts.map(({ reference }) => reference)));
  expect(
    [...sim.channel.charges.keys()].every((reference) => references.has(reference as Attempt['reference'])),
    'I11 every charge of the channel is an attempt of ours',
  );
  for (const [request, count] of sim.channel.sent) {
    // Giving surplus back has one name (number 0), and so have a return and each answer to a dispute: sent again it is the same.
    const [name = '', reference = ''] = request.split(' ');
    const isReturn = name === 'refund' && (parseChannelReference(reference)?.ordinal ?? 0) > 0;
    const named = isReturn || (name === 'void' && request.endsWith(' 0')) || name === 'answerDispute';
    const repeatable = request.startsWith('query') || named;
    expect(repeatable || count === 1, `I15 ${request} was sent ${count} times`);
  }
}

const sum = <T>(values: readonly T[], of: (value: T) => bigint): bigint =>
  values.reduce((total, value) => total + of(value), 0n);

function auditAmounts(payment: Payment, refunds: readonly Refund[], expect: Expect): void {
  const captured = capturedAmount(payment);
  const live = sum(
    refunds.filter(({ status }) => status !== 'failed'),
    ({ amount }) => amount,
  );
  expect(captured <= payment.amount, 'I6 captured ≤ authorised');
  expect(live === payment.refunded, `I6 refunds come to ${live}, counted as ${payment.refunded}`);
  expect(live <= captured, 'I6 refunds ≤ captured');
  expect(refunds.length === payment.refundCount, 'I6 every refund is counted');
}

/** Of the one account; its twin is the mirror, by I1. */
function auditMemo(payment: Payment, entries: readonly JournalEntry[], expect: Expect): void {
  const memo = balanceOf(entries, (account) => account === accounts.authHold);
  const held = payment.attempts.filter(({ status }) => status === 'authorized');
  const captured = payment.status === 'requires_capture' ? capturedAmount(payment) : 0n;
  expect(memo === sum(held, authorizedAmount) - captured, `I7 the memo of a ${payment.status} payment is ${memo}`);
  if (payment.status === 'succeeded' || payment.status === 'canceled')
    expect(held.every(isSurplus), 'I7 nothing is held for a terminal payment');
}

const unappliedAmount = ({ attempts }: Payment, reference: string): bigint =>
  sum(attempts.find((attempt) => attempt.reference === reference)?.unapplied ?? [], ({ amount }) => amount);

const balanceOf = (entries: readonly JournalEntry[], which: (account: string) => boolean): bigint =>
  sum(entries, ({ legs }) =>
    sum(
      legs.filter(({ account }) => which(account)),
      ({ side, amount }) => (side === 'debit' ? amount : -amount),
    ),
  );

function auditChannel(
  sim: Simulation,
  payment: Payment,
  refunds: readonly Refund[],
  entries: readonly JournalEntry[],
  expect: Expect,
): void {
  expect(
    payment.status !== 'processing' || payment.attempts.at(-1)?.status === 'sent',
    'I15 processing means that an outcome is awaited',
  );
  // What is unknown to us may be anything at the channel.
  if (isUnresolved(payment) || awaitsPayer(payment) || refunds.some(({ status }) => status === 'pending')) return;
  const charges = [...sim.channel.charges.values()].filter(
    ({ request }) => parseChannelReference(request.reference)?.body === payment.body,
  );
  const paid = paidAttempt(payment);
  for (const { request, authorized, captured, refunded, closed, voided, outcome } of charges) {
    const held = outcome.kind === 'authorized' && !voided && !closed ? authorized - captured : 0n;
    const ours = request.reference === paid?.reference;
    // Unapplied money has gone back by refunds that are not the merchant's.
    const returned = ours ? unappliedAmount(payment, request.reference) : refunded;
    const due = (ours ? capturedAmount(payment) : 0n) + returned;
    expect(captured === due, `I11 the channel took ${captured} for a ${payment.status} payment, ${due} is known`);
    const known = ours ? capturable(payment) : 0n;
    expect(held === known, `I11 the channel holds ${held} for a ${payment.status} payment, ${known} is known`);
  }
  const atChannel = sum(charges, ({ captured, refunded }) => captured - refunded);
  const receivable = balanceOf(entries, (account) => account === accounts.channel('sandbox'));
  expect(receivable === atChannel, `I11 the channel owes ${atChannel}, its receivable is ${receivable}`);
  const clearing = balanceOf(entries, (account) => account === accounts.refundClearing('sandbox'));
  expect(clearing === 0n, `I11 ${clearing} is left in refund clearing`);
}
