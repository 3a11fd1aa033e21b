/** I6, I7, I11 and I15: what is stored of payments and refunds, against each other, their entries and what the channel has done. */

import type { Dispute } from '../../functions/disputes/dispute.ts';
import type { JournalEntry } from '../../functions/ledger/entry.ts';
import type { Attempt } from '../../functions/payments/attempt.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import type { Refund } from '../../functions/refunds/refund.ts';
import type { Simulation } from '../world/simulation.ts';
import { debited, debitedAt, type Facts, groupedBy, partsOf, sumOf } from './facts.ts';
import { askedOf, authorizedOf, capturesOf, paidAttemptOf } from './postings.ts';
import type { Expect } from './records.ts';

/** A payment with everything that belongs to it. */
interface Family {
  readonly name: string;
  readonly payment: Payment;
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
  /** Of the payment and its refunds. */
  readonly entries: readonly JournalEntry[];
}

export function auditPayments(sim: Simulation, facts: Facts, expect: Expect): void {
  const entriesOf = groupedBy(facts.entries, ({ doc }) => doc.body);
  for (const { doc: payment } of facts.payments) {
    const refunds = facts.refunds.flatMap(({ doc }) => (doc.payment === payment.body ? [doc] : []));
    const disputes = facts.disputes.flatMap(({ doc }) => (doc.payment === payment.body ? [doc] : []));
    const entries = [payment, ...refunds].flatMap(({ body }) => entriesOf.get(body)?.map(({ doc }) => doc) ?? []);
    const family: Family = { name: `pi_${payment.body}`, payment, refunds, disputes, entries };
    auditAmounts(family, expect);
    auditReturned(family, expect);
    auditMemo(family, expect);
    auditChannel(sim, family, expect);
  }
  const bodies = new Set(facts.payments.map(({ doc }) => doc.body));
  for (const [prefix, records] of [['re', facts.refunds] as const, ['du', facts.disputes] as const])
    for (const { doc } of records) expect(bodies.has(doc.payment), `I18 ${prefix}_${doc.body} has no payment`);
  for (const { doc } of facts.refunds) auditRefund(sim, doc, expect);
  auditReferences(sim, facts, expect);
}

const isLive = ({ status }: Refund): boolean => status !== 'failed' && status !== 'canceled';

function auditAmounts({ name, payment, refunds }: Family, expect: Expect): void {
  const { status, amount, currency } = payment;
  const captured = sumOf(capturesOf(payment), (capture) => capture.amount);
  const paid = paidAttemptOf(payment);
  const authorized = paid ? authorizedOf(paid) : 0n;
  expect(captured <= authorized, `I6 ${name} captured ${captured} of ${authorized}`);
  // A hold is over what its payment is, also once it was voided.
  const hold = paid ?? payment.attempts.find(({ surplus, status: of }) => !surplus && of === 'voided');
  if (hold) {
    const asked = askedOf(hold);
    expect(amount === asked, `I6 ${name} is over ${amount}, its attempt asked for ${asked}`);
    expect(currency === hold.currency, `I6 ${name} is in ${currency}, its attempt in ${hold.currency}`);
  }
  expect(capturesOf(payment).length > 0 || status !== 'succeeded', `I6 ${name} succeeded without a capture`);
  const live = sumOf(refunds.filter(isLive), (refund) => refund.amount);
  expect(live === payment.refunded, `I6 refunds of ${name} sum to ${live}, counted as ${payment.refunded}`);
  expect(live <= captured, `I6 refunds of ${name} sum to ${live}, captured is ${captured}`);
  expect(
    refunds.length === payment.refundCount,
    `I6 ${name} counts ${payment.refundCount} of ${refunds.length} refunds`,
  );
  for (const refund of refunds)
    expect(refund.currency === currency, `I6 re_${refund.body} is in ${refund.currency}, ${name} in ${currency}`);
}

/** What the payment counts of its chargebacks, and of the reserve that its refunds and chargebacks release. */
function auditReturned({ name, payment, refunds, disputes }: Family, expect: Expect): void {
  const taken = disputes.filter(({ withdrawnMs }) => withdrawnMs !== undefined);
  const standing = taken.filter(({ reinstatedMs }) => reinstatedMs === undefined);
  const counted = payment.disputes ?? { opened: 0, blocking: 0 };
  expect(
    counted.opened === taken.length && counted.blocking === standing.length,
    `I6 ${name} counts ${counted.opened} chargebacks, ${counted.blocking} not won; there are ${taken.length}, ${standing.length}`,
  );
  for (const [ordinal, amount] of Object.entries(payment.chargedBack ?? {})) {
    const own = standing.filter(({ chargeOrdinal }) => String(chargeOrdinal) === ordinal);
    const sum = sumOf(own, (dispute) => dispute.amount);
    expect(amount === sum, `I6 chargebacks of ${name} sum to ${sum}, counted as ${amount}`);
  }
  for (const dispute of disputes)
    expect(
      dispute.currency === payment.currency,
      `I6 du_${dispute.body} is in ${dispute.currency}, ${name} in ${payment.currency}`,
    );
  if (!payment.returned) return;
  const sum = sumOf(standing, ({ amount }) => amount);
  expect(payment.returned.disputed === sum, `I9 ${name} counts ${payment.returned.disputed} as disputed, it is ${sum}`);
  // A refund that failed before it succeeded has released nothing; one that was taken back has.
  const shares = [
    ...refunds.filter((refund) => isLive(refund) || refund.succeededMs !== undefined),
    ...disputes,
  ].flatMap(({ reserveFreed = [] }) => reserveFreed);
  const { freed } = payment.returned;
  for (const date of new Set([...Object.keys(freed), ...shares.map((one) => one.date)])) {
    const due = sumOf(shares, (one) => (one.date === date ? one.amount : 0n));
    expect((freed[date] ?? 0n) === due, `I9 ${name} counts ${freed[date] ?? 0n} as released of ${date}, it is ${due}`);
  }
}

/** Of the one account; its twin is the mirror, by I1. */
function auditMemo({ name, payment, entries }: Family, expect: Expect): void {
  const memo = sumOf(entries, (entry) => debited(entry, 'memo:auth_hold'));
  const held = payment.attempts.filter(({ status }) => status === 'authorized');
  const captured = payment.status === 'requires_capture' ? sumOf(capturesOf(payment), ({ amount }) => amount) : 0n;
  const due = sumOf(held, authorizedOf) - captured;
  expect(memo === due, `I7 the memo of ${name} (${payment.status}) is ${memo}, it holds ${due}`);
  if (payment.status !== 'succeeded' && payment.status !== 'canceled') return;
  expect(
    held.every(({ surplus }) => surplus),
    `I7 ${name} is ${payment.status} and holds money`,
  );
}

/** Something about it is still to be learned or done. */
const isOpen = ({ status, pending, attempts }: Payment): boolean =>
  status === 'processing' ||
  status === 'requires_action' ||
  pending !== undefined ||
  attempts.some(
    ({ surplus, status: of, unapplied = [], reported }) =>
      (surplus && (of === 'authorized' || of === 'captured')) ||
      unapplied.some(({ returnedMs }) => returnedMs === undefined) ||
      (reported && reported.resolvedMs === undefined),
  );

function auditChannel(sim: Simulation, family: Family, expect: Expect): void {
  const { name, payment, refunds, entries } = family;
  const awaited = payment.status !== 'processing' || payment.attempts.at(-1)?.status === 'sent';
  expect(awaited, `I15 ${name} is processing, and no outcome is awaited`);
  for (const attempt of payment.attempts) auditAttempt(sim, name, attempt, expect);
  for (const dispute of family.disputes) auditDispute(sim, family, dispute, expect);
  // What is unknown to us may be anything at the channel.
  if (isOpen(payment) || refunds.some(({ status }) => status === 'pending')) return;
  const charges = [...sim.channel.charges.values()].filter(
    ({ request }) => partsOf(request.reference).body === payment.body,
  );
  const paid = paidAttemptOf(payment);
  const taken = sumOf(capturesOf(payment), ({ amount }) => amount);
  for (const charge of charges) {
    const { request, authorized, captured, closed, voided, outcome } = charge;
    const attempt = payment.attempts.find(({ reference }) => reference === request.reference);
    const ours = attempt !== undefined && attempt === paid;
    const returned = attempt ? returnedOf(attempt, voided) : 0n;
    const back = returnsOf(sim, request.reference);
    expect(back === returned, `I11 the channel returned ${back} for ${name}, ${returned} is known`);
    const due = (ours ? taken : 0n) + returned;
    expect(captured === due, `I11 the channel took ${captured} for ${name} (${payment.status}), ${due} is known`);
    const held = outcome.kind === 'authorized' && !voided && !closed ? authorized - captured : 0n;
    const known = ours && payment.status === 'requires_capture' ? payment.amount - taken : 0n;
    expect(held === known, `I11 the channel holds ${held} for ${name} (${payment.status}), ${known} is known`);
    // A charge in one step has no hold: the channel may have taken another amount than was asked for.
    if (ours && !request.capture) {
      const sum = authorizedOf(attempt);
      expect(authorized === sum, `I11 the channel authorized ${authorized} for ${name}, ${sum} is known`);
    }
  }
  const atChannel = sumOf(charges, ({ captured, refunded }) => captured - refunded);
  const receivable = sumOf(entries, (entry) => debitedAt(entry, 'assets:channel'));
  expect(receivable === atChannel, `I11 the channel owes ${atChannel} for ${name}, its receivable is ${receivable}`);
  const clearing = sumOf(entries, (entry) => debitedAt(entry, 'liab:refund_clearing'));
  expect(clearing === 0n, `I11 ${-clearing} of ${name} is left in refund clearing`);
  const suspense = sumOf(entries, (entry) => debitedAt(entry, 'liab:suspense_over'));
  expect(suspense === 0n, `I11 ${-suspense} of ${name} is left in suspense`);
}

/** Money that no capture accounts for and that a return gave back: unapplied money, and surplus, unless the channel has voided that. */
const returnedOf = ({ surplus, status, voided, taken, amount, unapplied = [] }: Attempt, isVoid: boolean): bigint =>
  sumOf(unapplied, (one) => (one.returnedMs === undefined || one.released ? 0n : one.amount)) +
  (surplus && status === 'voided' && voided?.was === 'captured' && !isVoid ? (taken ?? amount) : 0n);

/** The same as the channel has it: refunds with a number are ours, those of merchants have none. */
const returnsOf = (sim: Simulation, reference: string): bigint =>
  sumOf([...sim.channel.refunds.values()], ({ request, outcome }) =>
    request.payment === reference && partsOf(request.reference).number > 0 && outcome.kind === 'succeeded'
      ? request.amount
      : 0n,
  );

/** A charge at the channel has the attempt's amount and currency, where the request arrived. */
function auditAttempt(sim: Simulation, name: string, attempt: Attempt, expect: Expect): void {
  const { reference, amount, currency, ordinal } = attempt;
  const charge = sim.channel.charges.get(reference);
  if (!charge) return;
  const { request } = charge;
  const same = request.amount === amount && request.currency === currency;
  expect(
    same,
    `I11 attempt ${ordinal} of ${name} is over ${amount} ${currency}, the channel was asked for ${request.amount} ${request.currency}`,
  );
}

/** Amounts of a dispute are those of the channel; nothing stands in its accounts once it has ended. */
function auditDispute(sim: Simulation, { name, payment, refunds }: Family, dispute: Dispute, expect: Expect): void {
  const { body, amount, fee, currency, status, withdrawnMs, overReturn = 0n } = dispute;
  const told = sim.channel.state.announced.get(dispute.paymentReference) ?? [];
  const kind = withdrawnMs === undefined ? 'inquiry' : 'chargeback';
  expect(
    told.some((one) => one.kind === kind && one.amount === amount && one.fee === fee && one.currency === currency),
    `I11 du_${body} is a ${kind} of ${amount} and ${fee} ${currency}, which the channel never reported`,
  );
  const ended = status === 'won' ? dispute.reinstatedMs : status === 'lost' ? dispute.lostMs : withdrawnMs;
  expect(
    status.startsWith('warning') ? withdrawnMs === undefined : withdrawnMs !== undefined && ended !== undefined,
    `I11 du_${body} is ${status}, and its money has not moved accordingly`,
  );
  const most = amount + sumOf(refunds, (refund) => refund.amount);
  const taken = sumOf(capturesOf(payment), (capture) => capture.amount);
  expect(
    overReturn === 0n || (overReturn > 0n && overReturn <= most - (paidAttemptOf(payment) ? taken : 0n)),
    `I6 du_${body} of ${name} says that ${overReturn} was returned too much`,
  );
}

function auditRefund(sim: Simulation, refund: Refund, expect: Expect): void {
  const { body, reference, status, amount, currency, payment, paymentReference } = refund;
  const known = sim.channel.refunds.get(reference);
  if (known) {
    const { request } = known;
    const same = request.amount === amount && request.currency === currency && request.payment === paymentReference;
    expect(same, `I11 re_${body} is over ${amount} ${currency}, the channel was asked for ${request.amount}`);
  }
  expect(partsOf(paymentReference).body === payment, `I11 re_${body} is sent for another payment than its own`);
  if (status === 'pending') return;
  const said = known?.outcome.kind;
  expect(
    (status === 'succeeded') === (said === 'succeeded'),
    `I15 the channel says ${said} of re_${body}, which is ${status}`,
  );
}

const REPEATED: readonly string[] = ['answerDispute', 'resume', 'close'];

function auditReferences(sim: Simulation, facts: Facts, expect: Expect): void {
  const attempts = [...facts.payments, ...facts.setups].flatMap(({ doc }) => doc.attempts as readonly Attempt[]);
  const references = new Set<string>(attempts.map(({ reference }) => reference));
  for (const reference of sim.channel.charges.keys())
    if (partsOf(reference).scope === facts.scope)
      expect(references.has(reference), `I11 the charge ${reference} of the channel is no attempt of ours`);
  const refusedForNow = new Set<string>(facts.refunds.flatMap(({ doc }) => (doc.resends ? [doc.reference] : [])));
  for (const [request, count] of sim.channel.sent) {
    const [name = '', reference = ''] = request.split(' ');
    if (partsOf(reference).scope !== facts.scope) continue;
    // The return of surplus has one name (number 0), and so have a return and each answer to a dispute: sent again it is the same. So is the
    // completion or the close of an order, and a refund that the channel had refused for now.
    const isReturn = name === 'refund' && (partsOf(reference).number > 0 || refusedForNow.has(reference));
    // What cannot be asked about is sent again, and is checked by the simulator of such a channel.
    const isResent = sim.channel.state.requests.has(request);
    const named = isReturn || isResent || (name === 'void' && request.endsWith(' 0')) || REPEATED.includes(name);
    expect(request.startsWith('query') || named || count === 1, `I15 ${request} was sent ${count} times`);
  }
  for (const violation of sim.channel.state.violations) expect(false, `I15 ${violation}`);
}
