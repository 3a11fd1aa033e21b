/** Lambda entry of the janitor's rule. `asOfMs` in the event stands for now. */
import { systemClock } from '../shared/clock.ts';
import { logger } from '../shared/log.ts';
import { count } from '../shared/metrics.ts';
import { runJanitor } from './janitor.ts';
import { learningOnly, paymentsDeps } from './wiring.ts';

const log = logger('payments-janitor');
const deps = paymentsDeps(learningOnly);

export const handler = async (event: {
  readonly asOfMs?: number;
}): Promise<{ readonly looked: number; readonly open: number }> => {
  const { looked, open, overdue, failures } = await runJanitor(deps, event.asOfMs ?? systemClock.nowMs());
  for (const { watched, error } of failures) log.error('look failed', { ...watched, error });
  for (const watched of overdue) log.warn('payment unresolved', { ...watched });
  count({ PaymentsUnresolved: overdue.length, LooksFailed: failures.length });
  log.info('janitor', { looked, open });
  return { looked, open };
};
