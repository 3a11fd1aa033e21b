/** Payments in the table of aggregates (`stream/kinds.ts`). */
import type { AggregateKind } from '../stream/kind/kind.ts';
import { paymentEntries } from './entries.ts';
import { paymentProjection } from './events.ts';
import type { Payment } from './payment.ts';
import { PAYMENT } from './store.ts';

export const paymentKind: AggregateKind<Payment> = {
  ...paymentProjection,
  record: PAYMENT,
  entries: paymentEntries,
};
