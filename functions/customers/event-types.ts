/** Types of the events that a commit of a customer announces. Pure. */
import type { Customer } from './customer.ts';
import { renderCustomer } from './wire.ts';

export function customerTypes(old: Customer | undefined, customer: Customer): readonly string[] {
  if (!old) return ['customer.created'];
  if (customer.status !== old.status) return ['customer.deleted'];
  return JSON.stringify(renderCustomer(old)) === JSON.stringify(renderCustomer(customer)) ? [] : ['customer.updated'];
}
