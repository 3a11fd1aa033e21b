/** Writes of a customer: its record, and its place in the lists by e-mail address. */
import { putAnnounced } from '../table/record.ts';
import { absent, any, type Key, present, type Write } from '../table/table.ts';
import { CUSTOMER, type Customer, emailPartition } from './customer.ts';
import { customerTypes } from './event-types.ts';

/** Writes the customer, which follows `before` as that is stored, with what the commit announces. */
export const putCustomer = (before: Customer | undefined, customer: Customer): Write =>
  putAnnounced(CUSTOMER, customerTypes, before, customer);

/**
 * What writes a customer, in one transaction: the record and, where its e-mail address is new or gone, its place among those with the
 * address. A list by e-mail is read from there, strongly consistent, however many customers there are.
 */
export const customerWrites = (before: Customer | undefined, after: Customer): readonly [Write, ...Write[]] => [
  putCustomer(before, after),
  ...emailWrites(before, after),
];

/** Moves the customer in the lists by e-mail address, where it changes. */
export function emailWrites(before: Customer | undefined, after: Customer): readonly Write[] {
  const [was, is] = [placeOf(before), placeOf(after)];
  if (was?.pk === is?.pk) return [];
  const when = any(absent, present);
  return [
    ...(was ? [{ kind: 'delete', table: 'payments', key: was, when } as const] : []),
    ...(is ? [{ kind: 'put', table: 'payments', item: { ...is, kind: 'membership' }, when } as const] : []),
  ];
}

const placeOf = (customer: Customer | undefined): Key | undefined =>
  customer?.status === 'active' && customer.email !== undefined
    ? { pk: emailPartition(customer.scope, customer.email), sk: customer.body }
    : undefined;
