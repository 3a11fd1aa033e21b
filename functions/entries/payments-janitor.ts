/** The janitor's rule, which also looks for accounts whose callbacks stay away. `asOfMs` in the event stands for now. */
import { bankClients } from '../channels/banks.ts';
import { counter } from '../kernel/metrics.ts';
import { type JanitorDeps, runJanitor } from '../recovery/janitor.ts';
import { findSilence, looksForSilence } from '../recovery/silence.ts';
import { channelsDeps } from './channels.ts';
import { notingFor } from './noting-for.ts';
import { paymentsDeps, withoutSending } from './payments-deps.ts';
import type { Platform } from './platform.ts';

export function create(on: Platform) {
  const { clock, log } = on;
  const count = counter(on.env.STACK);
  const payments = paymentsDeps(notingFor(on), withoutSending);
  const bank = bankClients({ ...channelsDeps(on, payments.credentials), table: on.table });
  const deps: JanitorDeps = { ...payments, bank };

  return async (event: { readonly asOfMs?: number }): Promise<{ readonly looked: number; readonly open: number }> => {
    const nowMs = event.asOfMs ?? clock.nowMs();
    const { looked, open, overdue, failures, unreturned } = await runJanitor(deps, nowMs);
    for (const { due, error } of failures) log.error('look failed', { ...due, error });
    for (const due of overdue) log.warn('payment unresolved', { ...due });
    for (const due of unreturned) log.warn('money not returned', { ...due });
    count({
      PaymentsUnresolved: overdue.length,
      LooksFailed: failures.length,
      UnappliedMoney: unreturned.length,
    });
    log.info('janitor', { looked, open });
    if (looksForSilence(nowMs)) {
      const silent = await findSilence(deps, nowMs);
      for (const account of silent) log.warn('callbacks silent', { ...account });
      count({ CallbacksSilent: silent.length });
    }
    return { looked, open };
  };
}
