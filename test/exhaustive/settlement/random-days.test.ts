/**
 * Everything that settlement does at once, in any life of many days: reserves, payout steps, minimum payouts, banks that refuse or send back,
 * disabled bank accounts, currencies with other banking days, requested payouts, late entries, disputes, and money that no payment waits for.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ChannelReference } from '../../../functions/kernel/ids.ts';
import { CACHE_MS } from '../../../functions/kernel/remembered.ts';
import { makeCheckpoint } from '../../../functions/ledger/make-checkpoint.ts';
import { loadSettings } from '../../../functions/merchants/store.ts';
import { auditBooks, sumsOf } from '../../../functions/operator/audit-balances.ts';
import { repair } from '../../../functions/operator/repair.ts';
import { changeSettings } from '../../../functions/operator/settings.ts';
import { dueSettlements } from '../../../functions/settlement/due.ts';
import { runStep, type SettlementState, type StepName } from '../../../functions/settlement/step.ts';
import { audit } from '../../audit/audit.ts';
import { recordsOf, reservesOf } from '../../audit/records.ts';
import { type Agreed, agreed, CURRENCIES, type Step, stepOf } from '../../scenarios/settlement-steps.ts';
import { PAID } from '../../simulators/bank.ts';
import { runMachine } from '../../simulators/step-functions.ts';
import { numRuns } from '../../world/seed.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const chosen = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)];

async function settleAll(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  sim.move(1_000);
  await sim.settle();
  await sim.world.runQueues();
}

/** What the frequent rule starts, with the machine that it starts. */
async function schedule(sim: Simulation): Promise<void> {
  const { table, clock, settlement } = sim.world;
  // The rule that makes subtotals runs before; of what is in them it knows the currencies.
  while (await makeCheckpoint(table, sim.scope, 4, clock.nowMs(), { limit: 5, least: 1 }));
  for await (const { input } of dueSettlements(table, settlement.settings, clock.nowMs(), (error) => {
    throw error;
  }))
    await runMachine<SettlementState>(
      { ...input, status: 'waiting' },
      (name, state) => runStep(settlement, name as StepName, state),
      async (seconds) => {
        sim.move(seconds * 1_000);
        await sim.world.runQueues();
      },
    );
}

async function repaired(sim: Simulation): Promise<number> {
  const { table, clock } = sim.world;
  const settings = await loadSettings(table, sim.scope);
  let cursor: string | undefined;
  let entries = 0;
  do {
    const done = await repair({ table, clock, random: sim.world.payments.random }, sim.scope, settings, {
      from: '2027-01-01',
      to: '2029-01-01',
      dryRun: false,
      cursor,
    });
    entries += done.entries;
    cursor = done.cursor;
  } while (cursor !== undefined);
  return entries;
}

async function take(sim: Simulation, drawn: Step, n: number): Promise<void> {
  const post = (path: string, params: Record<string, string> = {}) => sim.request('POST', path, params, `step ${n}`);
  const { payments, disputes, payouts } = recordsOf(sim.world);
  const captured = payments.filter(({ capture }) => capture);
  switch (drawn.do) {
    case 'pay': {
      const { amount, currency, hold, parts } = drawn;
      await post('/v1/payment_intents', {
        amount: String(amount),
        currency,
        payment_method: 'pm_card_visa',
        confirm: 'true',
        ...(hold && { capture_method: 'manual' }),
        ...(hold && parts && { 'payment_method_options[card][request_multicapture]': 'if_available' }),
      });
      return;
    }
    case 'capture': {
      const held = payments.filter(({ status }) => status === 'requires_capture');
      const payment = chosen(held, drawn.which);
      if (!payment) return;
      const amount = (payment.amount / 400n) * BigInt(drawn.part) * 100n || 100n;
      await post(`/v1/payment_intents/pi_${payment.body}/capture`, {
        amount_to_capture: String(amount),
        ...(payment.capture && { final_capture: 'false' }),
      });
      return;
    }
    case 'cancel': {
      const payment = chosen(
        payments.filter(({ status }) => status === 'requires_capture'),
        drawn.which,
      );
      if (payment) await post(`/v1/payment_intents/pi_${payment.body}/cancel`);
      return;
    }
    case 'take anyway': {
      const held = [...sim.channel.charges].filter(([, one]) => one.voided && one.outcome.kind === 'authorized');
      const [reference, charge] = chosen(held, drawn.which) ?? [];
      if (charge && charge.captured === 0n) sim.channel.takeAnyway(reference as ChannelReference, charge.authorized);
      return;
    }
    case 'refund':
    case 'refuse refund': {
      const payment = chosen(captured, drawn.which);
      if (!payment) return;
      if (drawn.do === 'refuse refund') sim.channel.refuse('refund');
      const amount = ((payment.capture!.amount / 300n) * BigInt(drawn.part) * 100n || 100n).toString();
      await post('/v1/refunds', { payment_intent: `pi_${payment.body}`, ...(drawn.part < 4 && { amount }) });
      sim.channel.state.refused.delete('refund');
      return;
    }
    case 'send back': {
      const own = recordsOf(sim.world).refunds.map(({ reference }) => reference);
      const reference = chosen(
        own.filter((one) => sim.channel.refunds.has(one)),
        drawn.which,
      );
      if (reference) sim.channel.takeBackRefund(reference);
      return;
    }
    case 'dispute': {
      const payment = chosen(captured, drawn.which);
      if (!payment || sim.channel.state.charges.get(payment.attempts[0]!.reference)?.disputes) return;
      const amount = (payment.capture!.amount * BigInt(drawn.part)) / 3n;
      sim.channel.openDispute(payment.attempts[0]!.reference, 'chargeback', amount);
      return;
    }
    case 'win':
    case 'lose': {
      const dispute = chosen(disputes, drawn.which);
      const evidence = drawn.do === 'win' ? 'winning_evidence' : 'losing_evidence';
      if (dispute) await post(`/v1/disputes/du_${dispute.body}`, { 'evidence[uncategorized_text]': evidence });
      return;
    }
    case 'request payout': {
      const { body } = await sim.request('GET', '/v1/balance');
      const available = body.available as { amount: number; currency: string }[];
      const funded = available.filter((one) => one.amount >= 400);
      const { amount = 0, currency = '' } = chosen(funded, drawn.which) ?? {};
      const asked = Math.floor((amount * drawn.part) / 400) * 100;
      if (asked > 0) await post('/v1/payouts', { amount: String(asked), currency });
      return;
    }
    case 'cancel payout': {
      const payout = chosen(
        payouts.filter(({ status }) => status === 'pending'),
        drawn.which,
      );
      if (payout) await post(`/v1/payouts/po_${payout.body}/cancel`);
      return;
    }
    case 'return payout': {
      const paid = [...sim.bank.orders].filter(([, { state }]) => state.kind === 'paid');
      const [reference] = chosen(paid, drawn.which) ?? [];
      if (reference) sim.bank.sendBack(reference, 'account_closed');
      return;
    }
    case 'days':
      for (let half = 0; half < drawn.halves; half++) {
        if (drawn.rule) await sim.world.runQueues();
        sim.move(12 * HOUR_MS);
        await sim.janitor();
        if (drawn.rule) await schedule(sim);
      }
      return;
    case 'bank':
      sim.bank.answer =
        drawn.answer === 'paid'
          ? PAID
          : { kind: 'failed', code: 'account_closed', ...(drawn.answer === 'refused' && { refused: true }) };
      return;
    case 'change bank':
      return changeBank(sim);
    case 'terms': {
      const { table, clock } = sim.world;
      await changeSettings({ table, clock, random: sim.world.payments.random }, sim.scope, {
        reserveBps: drawn.bps,
        reserveDays: drawn.days,
        delayDays: drawn.delay,
        minimumPayout: Object.fromEntries(CURRENCIES.map((currency) => [currency, BigInt(drawn.least)])),
      });
      sim.move(CACHE_MS + 1);
      return;
    }
    case 'callbacks':
      return sim.deliverCallbacks({ times: 1 + (n % 2), reversed: n % 3 === 0 });
    case 'queues':
      return sim.world.runQueues();
    case 'repair':
      await repaired(sim);
      return;
    case 'settle':
    case 'schedule': {
      const one = drawn.do === 'settle' ? settleAll : schedule;
      const run = () => (drawn.twice ? Promise.all([one(sim), one(sim)]) : one(sim));
      if (drawn.fault === 0) await run();
      else await sim.broken({ n: drawn.fault, how: n % 2 === 0 ? 'dies' : 'fails' }, run);
      return;
    }
    default:
      return drawn satisfies never;
  }
}

async function changeBank(sim: Simulation): Promise<void> {
  const { table, clock } = sim.world;
  await changeSettings({ table, clock, random: sim.world.payments.random }, sim.scope, { bankLast4: '6789' });
  sim.move(CACHE_MS + 1);
}

async function merchant({ delay, least, start }: Agreed): Promise<Simulation> {
  const sim = await simulate();
  // Over Martin Luther King Day, the foundation of Japan, Easter.
  sim.move(start * DAY_MS);
  sim.bank.answer = PAID;
  const { fees } = await sim.world.payments.settings(sim.scope);
  await sim.agree({
    refundOverdraft: true,
    payoutDelayDays: delay,
    minimumPayouts: Object.fromEntries(CURRENCIES.map((currency) => [currency, BigInt(least)])),
    fees: { ...fees, reserveBps: 1_000, reserveDays: 3, version: 2 },
  });
  return sim;
}

it('adds up after any life, and repair finds nothing', async () => {
  await fc.assert(
    fc.asyncProperty(agreed, fc.array(stepOf, { minLength: 40, maxLength: 80 }), async (terms, steps) => {
      const sim = await merchant(terms);
      for (const [n, drawn] of steps.entries()) {
        sim.move(1_000);
        await take(sim, drawn, n);
        if (n % 4 === 0) await sim.world.runQueues();
        if (n % 8 === 0) await sim.deliverCallbacks();
      }
      // Failures that were caused on purpose are reported by now.
      await sim.world.runQueues();
      sim.world.failures.splice(0);
      sim.bank.answer = PAID;
      for (let look = 0; look < 5; look++) {
        sim.move(30 * 60_000);
        await sim.janitor();
        await sim.deliverCallbacks();
        await sim.world.runQueues();
      }
      await schedule(sim);
      await settleAll(sim);
      expect(await audit(sim)).toEqual([]);
      expect(await repaired(sim)).toBe(0);
      const books = await auditBooks(sim.world.table, sim.scope, 4, sim.world.clock.nowMs());
      expect(books.differences).toEqual([]);
      expect([...sumsOf(books.totals).values()].every((sum) => sum === 0n)).toBe(true);

      await changeBank(sim);
      for (let days = 0; days < 12; days++) {
        sim.move(DAY_MS);
        await sim.janitor();
        await schedule(sim);
        await sim.world.runQueues();
      }
      await settleAll(sim);
      expect(await audit(sim)).toEqual([]);
      expect(reservesOf(sim)).toEqual([]);
      expect(sim.world.table.items('ledger').filter(({ sk }) => sk.startsWith('#deferred'))).toEqual([]);
      expect(sim.world.failures).toEqual([]);
    }),
    numRuns(12),
  );
});
