/**
 * A day of many lines: a step's calls are those of its pages and not of its lines, no answer is larger than a function may give, and the
 * parts of a report are the batch. `SLUICE_LINES=100000` for a large day.
 */
import { expect, it } from 'vitest';
import type { Manifest } from '../../../functions/settlement/manifest.ts';
import { LINES_PER_PART } from '../../../functions/settlement/report-key.ts';
import { runStep, type SettlementState, type StepName } from '../../../functions/settlement/step.ts';
import { unpackJson } from '../../../functions/table/pack.ts';
import { type Busy, busyMerchant } from '../../scenarios/busy-merchant.ts';
import { PAID } from '../../simulators/bank.ts';

const LINES = Number(process.env.SLUICE_LINES ?? 12_000);
/** A payment, a refund and a disputed payment that were there before. */
const OWN = 3;
const ANSWER_BYTES = 6 * 1024 * 1024;

/** The calls of each step. */
async function settled({ sim }: Busy): Promise<Readonly<Record<string, number>>> {
  sim.bank.answer = PAID;
  sim.move(60_000);
  let state: SettlementState = {
    scope: sim.scope,
    date: '2027-01-25',
    throughMs: sim.world.clock.nowMs() - 16 * 60_000,
    force: false,
    status: 'waiting',
  };
  const calls: Record<string, number> = {};
  for (const step of ['seal', 'settle', 'report'] as const satisfies readonly StepName[]) {
    const before = sim.world.table.calls;
    state = await runStep(sim.world.settlement, step, state);
    calls[step] = sim.world.table.calls - before;
  }
  expect(state.status).toBe('reported');
  return calls;
}

it(`a day of ${LINES} lines is sealed, settled and reported in a few calls, and its report has parts`, async () => {
  const few = await settled(await busyMerchant(1_000, { paymentsAlone: true }));
  const busy = await busyMerchant(LINES, { paymentsAlone: true });
  const many = await settled(busy);
  const { sim } = busy;

  // A page of the journal, or of payments, is a megabyte: more than 1,000 of them.
  expect(many.seal! - few.seal!).toBeLessThanOrEqual((2 * LINES) / 1_000);
  expect([many.settle, many.report]).toEqual([few.settle, few.report]);

  const manifest = [...sim.world.files].filter(([key]) => key.startsWith('manifests/')).at(-1)![1];
  const [net] = unpackJson<Manifest>(manifest).nets;
  expect(net!.lines).toHaveLength(LINES + OWN);
  const { body } = await sim.request('GET', '/v1/payouts?limit=1');
  const [{ id }] = body.data as [{ id: string }];
  const parts = Math.ceil((LINES + OWN) / LINES_PER_PART);
  let [lines, sum] = [0, 0n];
  for (let part = 1; part <= parts; part++) {
    const answer = await sim.request('GET', `/v1/payouts/${id}/report?part=${part}`);
    const report = answer.body as unknown as Report;
    expect(report).toMatchObject({ part, parts, net: String(net!.net) });
    expect(JSON.stringify(report, undefined, 1).length).toBeLessThan(ANSWER_BYTES);
    for (const line of report.lines) {
      lines += 1;
      sum += BigInt(line.net);
    }
  }
  expect([lines, sum]).toEqual([LINES + OWN, net!.net]);
  expect((await sim.request('GET', `/v1/payouts/${id}/report?part=${parts + 1}`)).status).toBe(404);
}, 600_000);

interface Report {
  readonly lines: readonly { readonly net: string }[];
}
