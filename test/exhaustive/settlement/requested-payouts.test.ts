/** A payout that a merchant asks for: whatever dies where, it takes the money once, and reaches the bank once or gives the money back (I8, I10). */
import { describe, expect, it } from 'vitest';
import { applyPayoutNews, type Payout } from '../../../functions/payouts/payout.ts';
import { PAYOUT, putPayout } from '../../../functions/payouts/store.ts';
import { runStep, type SettlementState } from '../../../functions/settlement/step.ts';
import { recordOf } from '../../../functions/table/record.ts';
import { audit } from '../../audit/audit.ts';
import { makeAvailable } from '../../scenarios/available-funds.ts';
import { everyAwait, untilAnswered } from '../../scenarios/every-await.ts';
import { type Answer, type Simulation, simulate } from '../../world/simulation.ts';

const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
/** 10,000 less 2.9 % and 30. */
const AVAILABLE = 9_680n;
const ask = { amount: '4000', currency: 'usd' };

async function funded(): Promise<Simulation> {
  const sim = await simulate();
  await sim.request('POST', '/v1/payment_intents', pay, 'setup');
  await makeAvailable(sim.world, sim.scope);
  sim.move(10_000);
  // Its first run ever looks hours back.
  await sim.janitor();
  return sim;
}

const available = (sim: Simulation): bigint =>
  sim.world.table.items('ledger').find(({ pk, sk }) => pk.endsWith('#b') && sk === 'usd')!.available as bigint;
const payouts = (sim: Simulation): readonly Payout[] =>
  sim.world.table.items('payments').flatMap((item) => (item.kind === 'payout' ? [recordOf(PAYOUT, item)] : []));
const statuses = (sim: Simulation): readonly string[] => payouts(sim).map(({ status }) => status);
const ordered = (sim: Simulation): readonly bigint[] => [...sim.bank.orders.values()].map(({ order }) => order.amount);
const create = (sim: Simulation): Promise<Answer> => sim.request('POST', '/v1/payouts', ask, 'payout');

/** Minutes go by, in which the janitor looks. */
async function minutes(sim: Simulation, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    sim.move(60_000);
    await sim.world.runQueues();
    await sim.janitor();
    await sim.world.runQueues();
  }
}
const expectSound = async (sim: Simulation): Promise<void> => {
  expect(await audit(sim)).toEqual([]);
  expect(sim.world.failures).toEqual([]);
};

describe('a payout that was asked for', () => {
  it('takes the money at once, and is ordered and paid by the janitor', async () => {
    const sim = await funded();

    const { status, body } = await create(sim);
    expect([status, body.status, body.automatic]).toEqual([200, 'pending', false]);
    expect(available(sim)).toBe(AVAILABLE - 4_000n);
    expect(ordered(sim)).toEqual([]);
    await minutes(sim, 3);

    expect(statuses(sim)).toEqual(['paid']);
    expect(ordered(sim)).toEqual([4_000n]);
    expect(available(sim)).toBe(AVAILABLE - 4_000n);
    await expectSound(sim);
  });

  it('is ordered by a settlement that comes before the janitor, and not again', async () => {
    const sim = await funded();
    await create(sim);
    await sim.settle();
    await minutes(sim, 3);

    expect(statuses(sim).toSorted()).toEqual(['paid', 'paid']);
    expect(ordered(sim).toSorted((a, b) => Number(a - b))).toEqual([4_000n, AVAILABLE - 4_000n]);
    await expectSound(sim);
  });

  it('gives the money back when the bank cannot pay it', async () => {
    const sim = await funded();
    sim.bank.answer = { kind: 'failed', code: 'account_closed' };
    const { body } = await create(sim);
    await minutes(sim, 3);

    expect(available(sim)).toBe(AVAILABLE);
    const failed = (await sim.request('GET', `/v1/payouts/${String(body.id)}`)).body;
    expect(failed).toMatchObject({ status: 'failed', failure_code: 'account_closed' });
    const back = await sim.request('GET', `/v1/balance_transactions/${String(failed.failure_balance_transaction)}`);
    expect(back.body).toMatchObject({ type: 'payout_failure', amount: 4_000, source: body.id });
    await expectSound(sim);
  });

  it('that the bank sends back after it was paid names the entry that gave the money back, also when it is changed later', async () => {
    const sim = await funded();
    const { body } = await create(sim);
    await minutes(sim, 3);
    // The bank reports a return days later, as news of a payout that is rechecked.
    const [paid] = payouts(sim);
    sim.bank.sendBack(paid!.reference, 'no_account');
    const returned = applyPayoutNews(paid!, { kind: 'failed', code: 'no_account' }, sim.world.clock.nowMs());
    await sim.world.table.commit(putPayout(paid, returned!));
    await sim.world.runQueues();
    sim.move(5_000);
    await sim.request('POST', `/v1/payouts/${String(body.id)}`, { 'metadata[seen]': 'yes' });
    await sim.world.runQueues();

    const failed = (await sim.request('GET', `/v1/payouts/${String(body.id)}`)).body;
    expect(failed).toMatchObject({ status: 'failed', metadata: { seen: 'yes' } });
    const back = await sim.request('GET', `/v1/balance_transactions/${String(failed.failure_balance_transaction)}`);
    expect(back.body).toMatchObject({ type: 'payout_failure', amount: 4_000 });
    expect(available(sim)).toBe(AVAILABLE);
    await expectSound(sim);
  });

  it('of more than is available is refused, and leaves every record as it was', async () => {
    const sim = await funded();
    const before = sim.world.table.dump();
    const { status, body } = await sim.request('POST', '/v1/payouts', { ...ask, amount: '9681' });

    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'balance_insufficient' });
    expect(sim.world.table.dump()).toEqual(before);
  });

  it('together with others takes no more than there is (I8)', async () => {
    const sim = await funded();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => sim.request('POST', '/v1/payouts', ask, `parallel ${n}`)),
    );
    await sim.world.runQueues();

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 400, 400, 400]);
    expect(available(sim)).toBe(AVAILABLE - 8_000n);
    await expectSound(sim);
  });
});

describe('a cancel', () => {
  it('gives the money back by an entry of its own, and the janitor orders nothing', async () => {
    const sim = await funded();
    const { body } = await create(sim);
    const canceled = await sim.request('POST', `/v1/payouts/${String(body.id)}/cancel`);
    await minutes(sim, 3);

    expect(canceled.body).toMatchObject({ status: 'canceled', automatic: false });
    expect(ordered(sim)).toEqual([]);
    expect(available(sim)).toBe(AVAILABLE);
    const id = String(canceled.body.failure_balance_transaction);
    expect((await sim.request('GET', `/v1/balance_transactions/${id}`)).body).toMatchObject({
      type: 'payout_cancel',
      reporting_category: 'payout_reversal',
      amount: 4_000,
      net: 4_000,
    });
    await expectSound(sim);
  });

  it.each(['before', 'after'] as const)(
    'that comes %s the bank takes the order is refused: it was claimed',
    async (when) => {
      const sim = await funded();
      const { body } = await create(sim);
      await sim.world.runQueues();
      const answers: Answer[] = [];
      sim.onBank = async (name, _reference, at) => {
        if (name === 'pay' && at === when)
          answers.push(await sim.request('POST', `/v1/payouts/${String(body.id)}/cancel`));
      };
      await minutes(sim, 3);

      expect(answers.map(({ status }) => status)).toEqual([400]);
      expect(statuses(sim)).toEqual(['paid']);
      expect(available(sim)).toBe(AVAILABLE - 4_000n);
      await expectSound(sim);
    },
  );

  it('of an automatic payout is refused, also while it is pending', async () => {
    const sim = await funded();
    await sim.request('POST', '/v1/payment_intents', pay, 'more');
    await sim.world.runQueues();
    sim.move(1_000);
    let state: SettlementState = {
      scope: sim.scope,
      date: '2027-01-15',
      throughMs: sim.world.clock.nowMs(),
      force: true,
      status: 'waiting',
    };
    sim.move(6_000);
    for (const step of ['seal', 'settle'] as const) state = await runStep(sim.world.settlement, step, state);
    expect(statuses(sim)).toEqual(['pending']);

    const { status, body } = await sim.request('POST', `/v1/payouts/${state.payouts![0]!}/cancel`);

    expect([status, (body.error as { message: string }).message]).toEqual([
      400,
      'Automatic payouts cannot be canceled.',
    ]);
    expect(statuses(sim)).toEqual(['pending']);
  });
});

describe.each(['dies', 'fails'] as const)('at every await, when it %s', (how) => {
  const endOf = (sim: Simulation): string => `${statuses(sim).join()} ${ordered(sim).join()} ${available(sim)}`;

  /** `ends`: where the same request is sent again, and what else there may be where it is not. */
  const everywhere = (
    from: Simulation,
    operation: (sim: Simulation) => Promise<Answer>,
    ends: readonly [string, string],
  ): Promise<void> =>
    everyAwait({ from, operation, hows: [how], atLeast: 4 }, async (alone) => {
      const sim = alone.fork();
      const { status } = await untilAnswered(sim, () => operation(sim));
      expect(status).toBe(200);
      for (const one of [sim, alone]) {
        await minutes(one, 5);
        await expectSound(one);
      }
      expect(endOf(sim)).toBe(ends[0]);
      expect(ends).toContain(endOf(alone));
    });

  it('a creation makes one payout, ordered once', async () => {
    await everywhere(await funded(), create, ['paid 4000 5680', '  9680']);
  });

  it('a cancel gives the money back once', async () => {
    const from = await funded();
    const { body } = await create(from);
    await from.world.runQueues();
    const cancel = (sim: Simulation) => sim.request('POST', `/v1/payouts/${String(body.id)}/cancel`, {}, 'cancel');
    await everywhere(from, cancel, ['canceled  9680', 'paid 4000 5680']);
  });

  it('the janitor orders it once', async () => {
    const from = await funded();
    await create(from);
    await from.world.runQueues();
    from.move(121_000);
    await everyAwait({ from, operation: (sim) => sim.janitor(), hows: [how], atLeast: 6 }, async (sim) => {
      sim.world.failures.splice(0);
      await minutes(sim, 5);

      expect(endOf(sim)).toBe('paid 4000 5680');
      await expectSound(sim);
    });
  });
});
