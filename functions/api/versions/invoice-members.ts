/** 2025-03-31: `invoice` of payment intents and charges is removed (docs.stripe.com/changelog/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices). */
import type { VersionChange } from './change.ts';

/** No payment belongs to an invoice. */
export const invoiceMembers: VersionChange = {
  since: '2025-03-31',
  objects: ['payment_intent', 'charge'],
  expandable: ['invoice'],
  before: (payment) => ({ ...payment, invoice: null }),
};
