/**
 * Nets that are not due yet. A period is closed and settled for all currencies when its business date is due in one of them; in a currency
 * whose banks are closed meanwhile its net stays pending, and has its batch once that currency's own banking days are over.
 */

import { dateOf, dueMs } from '../kernel/calendar.ts';
import { deferredKey } from '../ledger/keys.ts';
import type { Deferred, Period } from '../ledger/store.ts';
import type { Settings } from '../merchants/merchant.ts';
import { pack } from '../table/pack.ts';
import { absent, present, type Write } from '../table/table.ts';
import type { Net } from './netting.ts';

/** Written with the period that it belongs to. */
export const putDeferred = (deferred: Deferred): Write => ({
  kind: 'put',
  table: 'ledger',
  item: {
    ...deferredKey(deferred.scope, deferred.throughMs, deferred.currency),
    dueMs: deferred.dueMs,
    doc: pack(deferred),
  },
  when: absent,
});

/** Removed once its batch and the batch's report are there. */
export const removeDeferred = ({ scope, throughMs, currency }: Deferred): Write => ({
  kind: 'delete',
  table: 'ledger',
  key: deferredKey(scope, throughMs, currency),
  when: present,
});

/** The currencies in which the period's business date is not due yet. */
export function deferredOf(
  settings: Settings,
  period: Period,
  nets: readonly Net[],
  nowMs: number,
): readonly Deferred[] {
  const { scope, sealedThroughMs: throughMs, previousMs: afterMs, manifest } = period;
  const date = dateOf(throughMs, settings.timeZone);
  return nets
    .map(({ currency }) => ({ scope, currency, afterMs, throughMs, manifest, dueMs: dueMs(date, settings, currency) }))
    .filter((one) => one.dueMs > nowMs);
}
