/** The audit of customers, their saved cards and setup intents: whether what is stored agrees with itself. */
import { type Customer, emailPartition } from '../../functions/customers/customer.ts';
import type { ObjectKey } from '../../functions/kernel/ids.ts';
import { METHOD, type MethodRecord } from '../../functions/payment-methods/method.ts';
import { hasTaken } from '../../functions/payment-methods/use.ts';
import type { Payment } from '../../functions/payments/payment.ts';
import { SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { recordOf } from '../../functions/table/record.ts';
import type { Simulation } from '../world/simulation.ts';

export const ofKind = <T>(sim: Simulation, kind: string): readonly T[] =>
  sim.world.table
    .items('payments')
    .flatMap((item) => (item.kind === kind ? [recordOf<T>({ name: kind, reads: 2 }, item)] : []));

/**
 * What contradicts itself: a card is a customer's in its own record and in the customer's list or in neither, no card is a deleted
 * customer's, and a used single-use card no customer's; no detached card is a default, also as a source, and a customer
 * with sources has a default one; an intent names a card that exists, and keeps it
 * where it was to; no card is verified twice.
 */
export function contradictions(sim: Simulation): readonly string[] {
  const wrong: string[] = [];
  // A card that was detached meanwhile, attached to another, used without a customer, or whose customer was deleted, is left as it is.
  const isKept = (customer: ObjectKey | undefined, record: MethodRecord | undefined): boolean =>
    customer !== undefined &&
    customers.get(customer)?.status === 'active' &&
    record?.spent === undefined &&
    (record?.customer ?? customer) === customer;
  const customers = new Map(ofKind<Customer>(sim, 'customer').map((customer) => [customer.body, customer]));
  const payments = ofKind<Payment>(sim, 'payment');
  const paidForNobody = new Set(
    payments
      .filter(({ setupFutureUsage }) => setupFutureUsage === undefined)
      .flatMap((payment) => payment.attempts.map(({ method }) => ({ payment, method })))
      .filter(({ payment, method }) => method.customer === undefined && hasTaken(payment, method.id))
      .map(({ method }) => method.id as string),
  );
  const methods = new Map(
    ofKind<MethodRecord>(sim, METHOD.name).map((method): [string, MethodRecord] => [
      `pm_${method.body}`,
      paidForNobody.has(`pm_${method.body}`) ? { ...method, spent: 'used' } : method,
    ]),
  );
  const members = sim.world.table
    .items('payments')
    .filter(({ kind, pk }) => kind === 'membership' && pk.includes('#cm#'));
  const listed = new Set(members.map(({ pk, sk }) => `${pk.split('#cm#')[1]} pm_${sk}`));
  for (const [name, { customer }] of methods) {
    if (!customer) continue;
    if (paidForNobody.has(name)) wrong.push('a single-use card that has paid is a customer’s');
    if (!listed.delete(`${customer} ${name}`)) wrong.push('a card that its customer does not list');
    if (customers.get(customer)?.status !== 'active') wrong.push('a card of a deleted customer');
  }
  if (listed.size > 0) wrong.push('a customer lists a card that is not theirs');
  for (const { defaultMethod, body } of customers.values())
    if (defaultMethod !== undefined && methods.get(defaultMethod)?.customer !== body)
      wrong.push('a default card that is not the customer’s');
  for (const { defaultSource, body } of customers.values())
    if (defaultSource !== undefined && methods.get(`pm_${defaultSource}`)?.customer !== body)
      wrong.push('a default source that is not the customer’s');
  const added = [...methods.values()].filter((method) => 'asSource' in method && method.asSource === true);
  for (const { defaultSource, body, status } of customers.values())
    if (status === 'active' && defaultSource === undefined && added.some(({ customer }) => customer === body))
      wrong.push('a customer with sources has no default source');
  for (const { method, status, customer } of ofKind<SetupIntent>(sim, SETUP_INTENT.name)) {
    const record = method && methods.get(method.id);
    if (method && !record) wrong.push('a setup intent with a card that there is not');
    if (status === 'succeeded' && isKept(customer, record) && !(record?.customer === customer && record?.setUp))
      wrong.push('a setup intent succeeded and its card is not set up');
  }
  for (const { method, status, customer, setupFutureUsage } of payments) {
    const record = method && methods.get(method.id);
    if (status === 'succeeded' && setupFutureUsage && isKept(customer, record) && record?.customer !== customer)
      wrong.push('a payment succeeded and its card is not kept');
  }
  const places = sim.world.table.items('payments').filter(({ pk }) => pk.includes('#ce#'));
  const withEmail = [...customers.values()].filter(({ status, email }) => status === 'active' && email !== undefined);
  if (
    places.length !== withEmail.length ||
    !withEmail.every(({ scope, body, email }) =>
      places.some(({ pk, sk }) => sk === body && pk === emailPartition(scope, email!)),
    )
  )
    wrong.push('a customer is not listed by their e-mail address, or by another');
  for (const [request, times] of sim.channel.sent)
    if (request.startsWith('authorize') && times > 1) wrong.push(`${request} was sent ${times} times`);
  return wrong;
}
