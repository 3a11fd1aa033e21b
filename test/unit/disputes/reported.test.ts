/** Disputes that a channel names in its answer: applied one by one, and none of them keeps the merchant from the answer. */
import { expect, it } from 'vitest';
import type { DisputeReport } from '../../../functions/channels/port/port.ts';
import { applyReportedDisputes } from '../../../functions/disputes/outcome.ts';
import { recordsOf } from '../../audit/records.ts';
import { simulate } from '../../world/simulation.ts';

const report = (id: string, currency = 'usd'): DisputeReport => ({
  dispute: { id, kind: 'chargeback', amount: 900n, currency, fee: 100n, reason: 'fraudulent', openedMs: 1, dueMs: 2 },
  outcome: { kind: 'opened' },
});

it('one that cannot be applied is left to its callback, and those after it are applied', async () => {
  const sim = await simulate();
  const params = { amount: '1800', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
  await sim.request('POST', '/v1/payment_intents', params);
  const [payment] = recordsOf(sim.world).payments;
  const failures: unknown[] = [];
  const deps = { ...sim.world.payments, failed: (error: unknown) => void failures.push(String(error)) };
  const apply = (reports: readonly DisputeReport[]) =>
    applyReportedDisputes(deps, payment!, payment!.attempts[0]!, reports);

  await apply([report('1', 'eur'), report('2')]);
  await apply([report('2')]);

  expect(failures).toEqual([expect.stringMatching(/^Error: dispute 1 of \w+ is over 900 eur$/)]);
  expect(recordsOf(sim.world).disputes.map(({ channelDispute }) => channelDispute)).toEqual(['2']);
});
