/**
 * The customer: whom payments, saved payment methods and setup intents belong to. A deleted customer stays as a mark, so that what it
 * was part of can still say so; nothing can be attached to it any more.
 */
import type { Body, Scope } from '../shared/ids.ts';
import type { Address, Shipping } from '../shared/person.ts';
import { type Aggregate, type Kind, linkTo, putRecord, recordById } from '../shared/record.ts';
import { equal, type Table, type Write } from '../shared/table.ts';

export interface Customer extends Aggregate {
  readonly status: 'active' | 'deleted';
  readonly address?: Address;
  readonly description?: string;
  readonly email?: string;
  readonly name?: string;
  readonly phone?: string;
  readonly shipping?: Shipping;
  readonly metadata: Readonly<Record<string, string>>;
  readonly preferredLocales: readonly string[];
  readonly taxExempt: 'none' | 'exempt' | 'reverse';
  readonly invoicePrefix: string;
  /** `invoice_settings.default_payment_method`. */
  readonly defaultMethod?: string;
}

export const CUSTOMER: Kind<Customer> = {
  name: 'customer',
  letter: 'c',
  prefix: 'cus',
  object: 'customer',
  status: (customer) => customer.status,
};

export const customerId = (body: Body): `cus_${string}` => `cus_${body}`;
export const putCustomer = (customer: Customer): Write => putRecord(CUSTOMER, customer);

/** Partition of the sparse index under which what belongs to the customer is found. */
export const ofCustomer = (scope: Scope, customer: Body): string => linkTo(CUSTOMER, scope, customer);

/** The customer that `cus_…` names in this scope, deleted ones too. */
export const customerById = (table: Table, scope: Scope, id: string): Promise<Customer | undefined> =>
  recordById(table, CUSTOMER, scope, id);

/** Holds in a transaction while the customer is there and not deleted. */
export const isActive = equal('status', 'active');
