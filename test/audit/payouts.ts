/** I10: each payout has one order at the bank and the entries of its status, and nothing else is in the clearing account. */
import type { Payout } from '../../functions/payouts/payout.ts';
import type { Simulation } from '../world/simulation.ts';
import { base62, debited, type Facts, nameOf, sumOf } from './facts.ts';
import type { Expect } from './records.ts';

/** Entries behind `payout_created`. */
const ENTRIES = {
  pending: [],
  in_transit: [],
  paid: ['payout_paid'],
  failed: ['payout_failed'],
  canceled: ['payout_canceled'],
} as const satisfies Record<Payout['status'], readonly string[]>;

/** Payout amounts are multiples of these, in minor units (docs.stripe.com/currencies#special-cases). */
const STEPS: Readonly<Record<string, bigint>> = {
  huf: 100n,
  twd: 100n,
  isk: 100n,
  ugx: 100n,
  bhd: 10n,
  jod: 10n,
  kwd: 10n,
  omr: 10n,
  tnd: 10n,
};
export const stepOf = (currency: string): bigint => STEPS[currency] ?? 1n;

export function auditPayouts(sim: Simulation, facts: Facts, expect: Expect): void {
  for (const { doc: payout } of facts.payouts) {
    const { body, status, amount, currency } = payout;
    const own = facts.entries.flatMap(({ doc }) => (doc.body === body ? [doc] : []));
    const types = own.map(({ type }) => type).sort();
    const returned = status === 'failed' && payout.paidMs !== undefined;
    const due = ['payout_created', ...(returned ? ['payout_paid', 'payout_returned'] : ENTRIES[status])].sort();
    expect(types.join() === due.join(), `I10 po_${body} is ${status}, its entries are ${types.join()}`);
    const clearing = -sumOf(own, (entry) => debited(entry, 'liab:payout_clearing'));
    const open = status === 'pending' || status === 'in_transit' ? amount : 0n;
    expect(clearing === open, `I10 ${clearing} of po_${body} (${status}) is in clearing, not ${open}`);
    expect(amount > 0n && amount % stepOf(currency) === 0n, `I9 po_${body}: no bank moves ${amount} ${currency}`);
    if (payout.account?.channel === 'file') auditFileOrder(facts, payout, expect);
    else auditOrder(sim, payout, expect);
  }
  auditFiles(facts, expect);
  const bodies = new Set(facts.payouts.map(({ doc }) => doc.body));
  const known = new Set(facts.payouts.map(({ doc }) => doc.reference));
  for (const reference of sim.bank.orders.keys())
    if (reference.startsWith(facts.scope))
      expect(known.has(reference), `I10 the bank has the order ${reference}, which is no payout of ours`);
  for (const { doc } of facts.entries)
    if (debited(doc, 'assets:bank') !== 0n)
      expect(
        bodies.has(doc.body) || doc.type === 'channel_settled',
        `I10 ${nameOf(doc)} moves money of the bank without a payout`,
      );
}

/** The order of a payout that leaves in a file: at most one, over the same money, with the status that the operator reported. */
function auditFileOrder({ fileOrders }: Facts, payout: Payout, expect: Expect): void {
  const { body, status, amount, currency, reference, failureCode } = payout;
  const order = fileOrders.find(({ sk }) => sk === reference);
  expect(
    order !== undefined || status === 'pending' || status === 'canceled',
    `I10 po_${body} is ${status}, and there is no order of it`,
  );
  if (!order) return;
  expect(status !== 'canceled', `I10 po_${body} was called off, and there is an order of it`);
  expect(
    order.amount === amount && order.currency === currency,
    `I10 po_${body} pays ${amount} ${currency}, its order is over ${String(order.amount)} ${String(order.currency)}`,
  );
  const said = order.status === 'ordered' ? ['pending', 'in_transit'] : [order.status];
  expect(said.includes(status), `I10 po_${body} is ${status}, its order is ${String(order.status)}`);
  expect(
    status !== 'failed' || order.code === failureCode,
    `I10 po_${body} failed as ${failureCode}, not as its order`,
  );
}

/** Each order is in one file, or waits for one. */
function auditFiles({ scope, fileOrders, unfiled, transfers }: Facts, expect: Expect): void {
  const own = transfers.filter(({ reference }) => reference.startsWith(scope));
  for (const { sk: reference, file } of fileOrders) {
    const files = own.filter((transfer) => transfer.reference === reference).map((transfer) => transfer.file);
    expect(
      files.join() === String(file ?? ''),
      `I10 the order ${reference} names the file ${String(file)}, and is in ${files.join() || 'none'}`,
    );
    const waits = unfiled.some(({ sk }) => sk === reference);
    expect(waits === (file === undefined), `I10 the order ${reference} ${waits ? 'waits for' : 'has'} no file`);
  }
  expect(
    own.length === fileOrders.filter(({ file }) => file !== undefined).length,
    `I10 ${own.length} transfers are not the orders that have a file`,
  );
}

/** The failure of an order that the bank did not take: it keeps nothing of it. */
const REFUSED = 'could_not_process';

function auditOrder(sim: Simulation, payout: Payout, expect: Expect): void {
  const { body, scope, status, amount, currency, reference, bank, failureCode } = payout;
  // An automatic payout is ordered under its period's end; those of earlier versions, and all that a merchant asked for, under their body.
  const { sealedThroughMs: ms } = payout;
  const names = [`${scope}${body}`, ...(ms === undefined ? [] : [`${scope}${base62(ms, 7)}0${body.slice(8)}`])];
  expect(names.includes(reference), `I10 po_${body} is called ${reference} at the bank`);
  const found = sim.bank.orders.get(reference);
  expect(found === undefined || status !== 'canceled', `I10 po_${body} was called off, and the bank has an order`);
  expect(
    found !== undefined || status === 'pending' || status === 'canceled' || failureCode === REFUSED,
    `I10 po_${body} is ${status}, and the bank has no order`,
  );
  if (!found) return;
  const { order, state } = found;
  expect(
    order.amount === amount && order.currency === currency && order.bank.last4 === bank.last4,
    `I10 po_${body} pays ${amount} ${currency}, the bank has an order over ${order.amount} ${order.currency}`,
  );
  // A bank may have sent back what it paid, and we have not asked since.
  const wasPaid = state.kind === 'paid' || (state.kind === 'failed' && state.traceId !== undefined);
  expect(status !== 'paid' || wasPaid, `I10 po_${body} is paid, the bank says ${state.kind}`);
  expect(status !== 'failed' || state.kind === 'failed', `I10 po_${body} failed, the bank says ${state.kind}`);
}
