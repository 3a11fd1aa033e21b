/**
 * The audit of what a payment counts: its refunds and chargebacks are those that name it, and each of these names a charge of it (I6). A restore
 * may bring back one half of the transaction that wrote both.
 */
import type { Dispute } from '../disputes/dispute.ts';
import { DISPUTE } from '../disputes/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Scope } from '../kernel/ids.ts';
import type { Payment } from '../payments/payment.ts';
import { linkedToPayment, loadPayment, PAYMENT } from '../payments/store.ts';
import type { Refund } from '../refunds/refund.ts';
import { REFUND } from '../refunds/store.ts';
import { getAll, pagesOf } from '../table/bulk.ts';
import { keyOf, recordOf } from '../table/record.ts';
import type { Shaped } from '../table/shape.ts';
import type { Item, Key, Table } from '../table/table.ts';

interface FamilyDeps {
  readonly table: Table;
  readonly clock: Clock;
}

/** The index of links follows its table within seconds. */
const INDEXED_MS = 60_000;

const NO_CHARGEBACKS = { opened: 0, blocking: 0 } as const;

/** What does not agree with the payments, refunds and disputes on this page. */
export async function auditFamilies(
  deps: FamilyDeps,
  scope: Scope,
  items: readonly Item[],
): Promise<readonly string[]> {
  const ofKind = <T>(kind: Shaped<T>): readonly T[] =>
    items.filter((item) => item.kind === kind.name).map((item) => recordOf(kind, item));
  const children = [
    ...ofKind(REFUND).map((child) => ({ child, id: `re_${child.body}` })),
    ...ofKind(DISPUTE).map((child) => ({ child, id: `du_${child.body}` })),
  ];
  const { payments, wrong } = await paymentsOf(deps, scope, children);
  const walked = ofKind(PAYMENT).filter(countsAnything);
  // A payment that counts something is compared where it is walked.
  for (const payment of [...walked, ...payments.filter((one) => !countsAnything(one))])
    wrong.push(...(await familyOf(deps, payment)));
  return wrong;
}

const countsAnything = ({ refundCount, refunded, disputes }: Payment): boolean =>
  refundCount !== 0 || refunded !== 0n || disputes !== undefined;

/** The payments that refunds and disputes name, each once, and those that do not have the charge. */
async function paymentsOf(
  { table }: FamilyDeps,
  scope: Scope,
  children: readonly { readonly child: Refund | Dispute; readonly id: string }[],
): Promise<{ readonly payments: readonly Payment[]; readonly wrong: string[] }> {
  const objectKeys = [...new Set(children.map(({ child }) => child.payment))];
  const items = await getAll(
    table,
    objectKeys.map((objectKey) => ({ table: 'payments', key: keyOf(PAYMENT, scope, objectKey) })),
  );
  const payments = new Map(
    items.flatMap((item, at) => (item ? [[objectKeys[at]!, recordOf(PAYMENT, item)] as const] : [])),
  );
  const wrong = children.flatMap(({ child: { payment: body, paymentReference, currency }, id }): readonly string[] => {
    const payment = payments.get(body);
    if (!payment) return [`record_missing pi_${body} of ${id}`];
    const isOfIt = payment.attempts.some((one) => one.reference === paymentReference && one.currency === currency);
    return isOfIt
      ? []
      : [`payment_differs ${id} is of the charge ${paymentReference} in ${currency}, not pi_${body}'s`];
  });
  return { payments: [...payments.values()], wrong };
}

/** How a payment differs from the refunds and disputes that are linked to it. */
async function familyOf({ table, clock }: FamilyDeps, payment: Payment): Promise<readonly string[]> {
  const { scope, body, version, refunded, refundCount, committedMs } = payment;
  const keys: Key[] = [];
  const query = { index: 'links', pk: linkedToPayment(scope, body) } as const;
  for await (const page of pagesOf(table, 'payments', query)) keys.push(...page.map(({ pk, sk }) => ({ pk, sk })));
  const items = await getAll(
    table,
    keys.map((key) => ({ table: 'payments', key })),
  );
  const linked = items.filter((item) => item !== undefined);
  const refunds = linked.filter(({ kind }) => kind === REFUND.name).map((item) => recordOf(REFUND, item));
  const disputes = linked.filter(({ kind }) => kind === DISPUTE.name).map((item) => recordOf(DISPUTE, item));

  const live = refunds.filter(({ status }) => status !== 'failed' && status !== 'canceled');
  const sum = live.reduce((total, { amount }) => total + amount, 0n);
  const taken = disputes.filter(({ withdrawnMs }) => withdrawnMs !== undefined);
  const current = taken.filter(({ reinstatedMs }) => reinstatedMs === undefined);
  const counted = payment.disputes ?? NO_CHARGEBACKS;
  const wrong = [
    ...(sum === refunded && refunds.length === refundCount
      ? []
      : [`refunds_differ pi_${body} ${refundCount} refunds of ${refunded}, found ${refunds.length} of ${sum}`]),
    ...(counted.opened === taken.length && counted.blocking === current.length
      ? []
      : [
          `chargebacks_differ pi_${body} ${counted.opened} chargebacks, ${counted.blocking} not won, ` +
            `found ${taken.length}, ${current.length} not won`,
        ]),
  ];
  // What moves at this moment is not a difference, and the index may not have its refund or dispute yet.
  if (wrong.length === 0 || (await loadPayment(table, scope, body))?.version !== version) return [];
  const isBehind = refunds.length < refundCount || taken.length < counted.opened;
  return isBehind && clock.nowMs() - committedMs < INDEXED_MS ? [] : wrong;
}
