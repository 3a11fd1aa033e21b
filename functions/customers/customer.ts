/**
 * The customer: whom payments, saved payment methods and setup intents belong to. A deleted customer stays as a mark, so that what it
 * was part of can still say so; nothing can be attached to it any more.
 */
import { createHash } from 'node:crypto';
import type { Call } from '../api/operation.ts';
import type { Address, Shipping } from '../api/person.ts';
import type { ObjectKey, Scope } from '../kernel/ids.ts';
import { type Aggregate, firstVersion, type Kind, linkTo, recordById, requestOf } from '../table/record.ts';
import { equal, type Table } from '../table/table.ts';

export interface Customer extends Aggregate {
  readonly status: 'active' | 'deleted';
  readonly address?: Address;
  readonly businessName?: string;
  readonly description?: string;
  readonly email?: string;
  readonly individualName?: string;
  readonly name?: string;
  readonly phone?: string;
  readonly shipping?: Shipping;
  readonly metadata: Readonly<Record<string, string>>;
  readonly preferredLocales: readonly string[];
  readonly taxExempt: 'none' | 'exempt' | 'reverse';
  readonly invoicePrefix: string;
  /** `invoice_settings.default_payment_method`. */
  readonly defaultMethod?: string;
  /** `default_source`: the card that pays where none is named. It has the object key of its payment method. */
  readonly defaultSource?: ObjectKey;
}

export const CUSTOMER: Kind<Customer> = {
  name: 'customer',
  letter: 'c',
  prefix: 'cus',
  object: 'customer',
  status: (customer) => customer.status,
};

/** The customer that this request makes, of whom nothing is known yet. */
export const newCustomer = (call: Call, nowMs: number): Customer => ({
  ...firstVersion(call, nowMs),
  status: 'active',
  metadata: {},
  preferredLocales: [],
  taxExempt: 'none',
  invoicePrefix: call.lock.objectKey.slice(-8).toUpperCase(),
  request: requestOf(call),
});

export const customerId = (objectKey: ObjectKey): `cus_${string}` => `cus_${objectKey}`;

/** Partition of the active customers with this e-mail address. It has the hash, because an address may be long and must not be in a key. */
export const emailPartition = (scope: Scope, email: string): string =>
  `${scope}#ce#${createHash('sha256').update(email).digest('base64url')}`;

/** Partition of the sparse index under which what belongs to the customer is found. */
export const ofCustomer = (scope: Scope, customer: ObjectKey): string => linkTo(CUSTOMER, scope, customer);

/** The customer that `cus_…` names in this scope, deleted ones too. */
export const customerById = (table: Table, scope: Scope, id: string): Promise<Customer | undefined> =>
  recordById(table, CUSTOMER, scope, id);

/** Holds in a transaction while the customer is there and not deleted. */
export const isActive = equal('status', 'active');
