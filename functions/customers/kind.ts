/** Customers in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { CUSTOMER, type Customer } from './customer.ts';
import { customerProjection } from './events.ts';

export const customerKind: AggregateKind<Customer> = {
  ...customerProjection,
  record: CUSTOMER,
};
