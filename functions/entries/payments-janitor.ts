/** Lambda entry of the janitor's rule. `asOfMs` in the event stands for now. */
import { bankClients } from '../channels/banks.ts';
import { systemClock } from '../kernel/clock.ts';
import { logger } from '../kernel/log.ts';
import { count } from '../kernel/metrics.ts';
import { type JanitorDeps, runJanitor } from '../recovery/janitor.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';

const log = logger('payments-janitor');
const payments = paymentsDeps(withoutSending);
const deps: JanitorDeps = {
  ...payments,
  bank: bankClients({ sandboxUrl: process.env.SANDBOX_URL!, credentials: payments.credentials }),
};

export const handler = async (event: {
  readonly asOfMs?: number;
}): Promise<{ readonly looked: number; readonly open: number }> => {
  const { looked, open, overdue, failures, unreturned } = await runJanitor(deps, event.asOfMs ?? systemClock.nowMs());
  for (const { due, error } of failures) log.error('look failed', { ...due, error });
  for (const due of overdue) log.warn('payment unresolved', { ...due });
  for (const due of unreturned) log.warn('money not returned', { ...due });
  count({
    PaymentsUnresolved: overdue.length,
    LooksFailed: failures.length,
    UnappliedMoney: unreturned.length,
  });
  log.info('janitor', { looked, open });
  return { looked, open };
};
