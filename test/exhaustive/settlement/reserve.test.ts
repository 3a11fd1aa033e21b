/**
 * The rolling reserve in any life of many days: payments in three currencies, refunds that succeed, fail or are sent back, chargebacks that
 * are won or lost, other terms, settlements that break off at any call or run at once. The audit counts the reserve from the payments alone.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf, reservesOf } from '../../audit/records.ts';
import { everyAwait } from '../../scenarios/every-await.ts';
import { PAID } from '../../simulators/bank.ts';
import { numRuns } from '../../world/seed.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const DAY_MS = 86_400_000;

type Step =
  | { readonly do: 'pay'; readonly amount: number; readonly currency: string; readonly parts: boolean }
  | { readonly do: 'capture' | 'refund' | 'refuse refund' | 'dispute'; readonly which: number; readonly part: number }
  | { readonly do: 'win' | 'lose' | 'send back'; readonly which: number }
  | { readonly do: 'days'; readonly count: number }
  | { readonly do: 'terms'; readonly bps: number; readonly days: number }
  | { readonly do: 'settle'; readonly fault: number; readonly twice: boolean };

const which = fc.nat(5);
const part = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      amount: fc.integer({ min: 100, max: 9_999 }).map((tens) => tens * 10),
      currency: fc.constantFrom('usd', 'jpy', 'kwd'),
      parts: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'capture' as const,
        'refund' as const,
        'refund' as const,
        'refuse refund' as const,
        'dispute' as const,
      ),
      which,
      part,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('win' as const, 'lose' as const, 'send back' as const), which }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('days' as const), count: fc.constantFrom(1, 2, 5, 31) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('terms' as const),
      bps: fc.constantFrom(0, 1, 500, 1_000, 9_000),
      days: fc.constantFrom(1, 3, 30),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      fault: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
      twice: fc.boolean(),
    }),
  },
);

const chosen = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)];

async function settle(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  sim.move(1_000);
  await sim.settle();
  await sim.world.runQueues();
}

async function take(sim: Simulation, drawn: Step, n: number): Promise<void> {
  const post = (path: string, params: Record<string, string>) => sim.request('POST', path, params, `step ${n}`);
  const captured = recordsOf(sim.world).payments.filter(({ capture }) => capture);
  switch (drawn.do) {
    case 'pay': {
      const { amount, currency, parts } = drawn;
      await post('/v1/payment_intents', {
        amount: String(amount),
        currency,
        payment_method: 'pm_card_visa',
        confirm: 'true',
        ...(parts && {
          capture_method: 'manual',
          'payment_method_options[card][request_multicapture]': 'if_available',
        }),
      });
      return;
    }
    case 'capture': {
      const held = recordsOf(sim.world).payments.filter(({ status }) => status === 'requires_capture');
      const payment = chosen(held, drawn.which);
      if (!payment) return;
      const tens = (payment.amount / 40n) * BigInt(drawn.part) * 10n;
      await post(`/v1/payment_intents/pi_${payment.body}/capture`, {
        amount_to_capture: String(tens || 10n),
        final_capture: 'false',
      });
      return;
    }
    case 'refund':
    case 'refuse refund': {
      const payment = chosen(captured, drawn.which);
      if (!payment) return;
      if (drawn.do === 'refuse refund') sim.channel.refuse('refund');
      const amount = ((payment.capture!.amount / 30n) * BigInt(drawn.part) * 10n || 10n).toString();
      await post('/v1/refunds', { payment_intent: `pi_${payment.body}`, ...(drawn.part < 4 && { amount }) });
      sim.channel.state.refused.delete('refund');
      return;
    }
    case 'send back': {
      const reference = chosen([...sim.channel.refunds.keys()], drawn.which);
      if (reference) sim.channel.takeBackRefund(reference as ChannelReference);
      return;
    }
    case 'dispute': {
      const payment = chosen(captured, drawn.which);
      if (!payment || sim.channel.state.charges.get(payment.attempts[0]!.reference)?.disputes) return;
      const amount = (payment.capture!.amount * BigInt(drawn.part)) / 4n;
      sim.channel.openDispute(payment.attempts[0]!.reference, 'chargeback', amount);
      return;
    }
    case 'win':
    case 'lose': {
      const dispute = chosen(recordsOf(sim.world).disputes, drawn.which);
      const evidence = drawn.do === 'win' ? 'winning_evidence' : 'losing_evidence';
      if (dispute) await post(`/v1/disputes/du_${dispute.body}`, { 'evidence[uncategorized_text]': evidence });
      return;
    }
    case 'days':
      sim.move(drawn.count * DAY_MS);
      await sim.janitor();
      return;
    case 'terms': {
      const { fees } = await sim.world.payments.settings(sim.scope);
      const { bps: reserveBps, days: reserveDays } = drawn;
      await sim.agree({ fees: { ...fees, reserveBps, reserveDays, version: fees.version + 1 } });
      return;
    }
    case 'settle': {
      await sim.world.runQueues();
      const run = () => (drawn.twice ? Promise.all([settle(sim), settle(sim)]) : settle(sim));
      if (drawn.fault === 0) await run();
      else await sim.broken({ n: drawn.fault, how: 'dies' }, run);
      return;
    }
    default:
      return drawn satisfies never;
  }
}

async function merchant(): Promise<Simulation> {
  const sim = await simulate();
  sim.bank.answer = PAID;
  const { fees } = await sim.world.payments.settings(sim.scope);
  await sim.agree({ refundOverdraft: true, fees: { ...fees, reserveBps: 1_000, reserveDays: 3, version: 2 } });
  return sim;
}

it('is what the payments make it after any life, and nothing once all terms have ended', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const sim = await merchant();
      for (const [n, drawn] of steps.entries()) {
        sim.move(1_000);
        await take(sim, drawn, n);
        if (n % 3 !== 0) continue;
        await sim.deliverCallbacks();
        await sim.world.runQueues();
      }
      for (let look = 0; look < 3; look++) {
        sim.move(30 * 60_000);
        await sim.janitor();
        await sim.deliverCallbacks();
        await sim.world.runQueues();
      }
      await settle(sim);
      expect(await audit(sim)).toEqual([]);

      sim.move(32 * DAY_MS);
      await settle(sim);
      expect(await audit(sim)).toEqual([]);
      expect(reservesOf(sim)).toEqual([]);
    }),
    numRuns(60),
  );
});

describe('a settlement that releases', () => {
  /** A hold that is due, one that was returned in part, one that stays. */
  async function due(): Promise<Simulation> {
    const sim = await merchant();
    const pay = { amount: '10000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
    await sim.request('POST', '/v1/payment_intents', pay, 'first');
    await settle(sim);
    sim.move(2 * DAY_MS);
    const { body } = await sim.request('POST', '/v1/payment_intents', pay, 'second');
    await settle(sim);
    sim.move(2 * DAY_MS);
    await sim.request('POST', '/v1/refunds', { payment_intent: String(body.id), amount: '5000' }, 'refund');
    await sim.request('POST', '/v1/payment_intents', pay, 'third');
    await sim.world.runQueues();
    sim.move(1_000);
    return sim;
  }
  const reserveOf = (sim: Simulation) =>
    sim.world.table.items('ledger').find(({ pk, sk }) => pk === `${sim.scope}#b` && sk === 'usd')?.reserve;
  const released = (sim: Simulation) =>
    recordsOf(sim.world).journal.flatMap(({ entry }) =>
      entry.type === 'reserve_released' ? [entry.legs[0]!.amount] : [],
    );

  it.each(['dies', 'fails'] as const)('releases once, whatever call %s', async (how) => {
    await everyAwait({ from: await due(), operation: (sim) => sim.settle(), hows: [how], atLeast: 20 }, async (sim) => {
      await settle(sim);
      expect([reserveOf(sim), released(sim)]).toEqual([1_500n, [1_500n]]);
      expect(await audit(sim)).toEqual([]);
    });
  });

  it('releases once when two run at once, in any order of their calls', async () => {
    const start = await due();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const sim = start.fork();
        sim.move(10_000);
        sim.onPoint = (label) => scheduler.schedule(Promise.resolve(), label);
        await scheduler.waitFor(Promise.all([sim.settle(), sim.settle()]));
        sim.onPoint = undefined;
        await settle(sim);
        expect([reserveOf(sim), released(sim)]).toEqual([1_500n, [1_500n]]);
        expect(await audit(sim)).toEqual([]);
      }),
      numRuns(30),
    );
  });
});
