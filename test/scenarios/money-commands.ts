/**
 * What else can happen to a merchant's money, as commands for fast-check: callbacks in any order and number, payers and issuers, time,
 * the janitor, settlements and their banks, and two things at once.
 */
import fc from 'fast-check';
import type { CallbackFact } from '../../functions/channels/port/port.ts';
import { type ChannelReference, parseChannelReference } from '../../functions/kernel/ids.ts';
import { makeCheckpoint } from '../../functions/ledger/make-checkpoint.ts';
import { DEFAULT_MINIMUM_PAYOUTS } from '../../functions/merchants/terms.ts';
import { capturedAmount, type Payment } from '../../functions/payments/payment.ts';
import { auditBalances } from '../audit/books.ts';
import { recordsOf } from '../audit/records.ts';
import { PAID } from '../simulators/bank.ts';
import type { ChargeSeen } from '../simulators/seen.ts';
import type { Simulation } from '../world/simulation.ts';
import { lose } from './lost-answers.ts';
import { SESSIONS_AT_ONCE, sessions } from './money-checkout.ts';
import { ask, type Command, command, FIT, type Model, pass, paymentAt, type Real, send } from './money-model.ts';
import { fault, index, requests, text } from './money-requests.ts';
import { terms } from './money-terms.ts';
import { PAID_AFTER_CLOSE, wallets } from './money-wallets.ts';

async function deliver(model: Model, sim: Simulation, facts: readonly CallbackFact[]): Promise<void> {
  for (const fact of facts) await sim.takeOrKeep(fact);
  model.delivered.push(...facts);
}

/** A charge of a card; money-wallets.ts has those of wallets. */
const charge = (sim: Simulation, at: number, kind: string): ChannelReference | undefined => {
  const found = [...sim.channel.charges].filter(([, { outcome, request }]) => outcome.kind === kind && !request.wallet);
  return found[at % Math.max(1, found.length)]?.[0] as ChannelReference | undefined;
};

const outside: fc.Arbitrary<Command> = fc.oneof(
  fc.boolean().map((reversed) =>
    command(`callbacks${reversed ? ', newest first' : ''}`, async (model, { sim }) => {
      const facts = sim.channel.callbacks.splice(0);
      await deliver(model, sim, reversed ? facts.reverse() : facts);
    }),
  ),
  fc.constant(
    command('callbacks are lost', async (_, { sim }) => {
      // A refund that the issuer sent back is reported by its callback alone (and by the channel's statement).
      // So are disputes, and money that the channel takes for a hold that was voided, or for an order that was closed. At a channel without queries
      // callbacks are all that there is.
      const isNeeded = isUnqueried(sim);
      const kept = sim.channel.callbacks.filter(
        ({ about, outcome, reference }) =>
          isNeeded ||
          about === 'dispute' ||
          (about === 'refund' && outcome.kind === 'failed') ||
          (about === 'attempt' && outcome.kind === 'captured' && isTakenLate(sim.channel.charges.get(reference))),
      );
      sim.channel.callbacks.splice(0, Number.POSITIVE_INFINITY, ...kept);
    }),
  ),
  fc.nat({ max: 9 }).map((nth) =>
    command(
      `an old callback again ${nth}`,
      async (model, { sim }) => void (await sim.takeOne(model.delivered[nth % model.delivered.length]!)),
      (model) => model.delivered.length > 0,
    ),
  ),
  index.map((at) =>
    command(`the channel takes the money of a voided hold ${at}`, async (_, { sim }) => {
      const held = [...sim.channel.charges].filter(
        ([, { voided, outcome }]) => voided && outcome.kind === 'authorized',
      );
      const [reference, charge] = held[at % Math.max(1, held.length)] ?? [];
      if (charge && charge.captured === 0n) sim.channel.takeAnyway(reference as ChannelReference, charge.authorized);
    }),
  ),
  fc.tuple(index, fc.boolean()).map(([at, passed]) =>
    command(`the payer ${passed ? 'passes' : 'fails'} ${at}`, async (_, { sim }) => {
      const reference = charge(sim, at, 'requires_action');
      if (reference) sim.channel.finishChallenge(reference, passed);
    }),
  ),
  fc.tuple(index, fc.constantFrom('captured' as const, 'failed' as const)).map(([at, kind]) =>
    command(`the channel decides ${at}: ${kind}`, async (_, { sim }) => {
      const reference = charge(sim, at, 'pending');
      if (reference) decide(sim, reference, kind);
    }),
  ),
  index.map((at) =>
    command(`a declined charge goes through after all ${at}`, async (model, { sim }) => {
      const reference = charge(sim, at, 'failed');
      if (!reference || sim.channel.charges.get(reference)!.voided) return;
      decide(sim, reference, 'captured');
      // The janitor does not query a declined charge: only this callback reports it (and the channel's statement).
      await deliver(model, sim, sim.channel.callbacks.splice(-1));
    }),
  ),
  index.map((at) =>
    command(`a refund is sent back ${at}`, async (_, { sim }) => {
      // The return of unapplied money that comes back is left to a person (test/unit/payments/order-money.test.ts).
      const references = ([...sim.channel.refunds.keys()] as ChannelReference[]).filter(
        (reference) => parseChannelReference(reference)?.ordinal === 0,
      );
      if (references.length > 0) sim.channel.takeBackRefund(references[at % references.length]!);
    }),
  ),
);

const isUnqueried = ({ world }: Simulation): boolean =>
  world.payments.channel('sandbox').capabilities.recovery.payment !== 'query';

const isTakenLate = (charge: ChargeSeen | undefined): boolean =>
  charge !== undefined &&
  (charge.voided || (charge.request.wallet !== undefined && charge.request.amount === BigInt(PAID_AFTER_CLOSE)));

/** As the charge was requested: a charge to be captured later is authorized. */
function decide(sim: Simulation, reference: ChannelReference, kind: 'captured' | 'failed'): void {
  const { capture } = sim.channel.charges.get(reference)!.request;
  const outcome = sim.channel.decide(reference, kind === 'captured' && !capture ? 'authorized' : kind);
  sim.channel.callbacks.push({ about: 'attempt', reference, outcome });
}

async function settleNow(sim: Simulation): Promise<void> {
  await sim.world.runQueues();
  sim.move(1);
  await sim.settle();
  await sim.world.runQueues();
}

/** In steps so small that most lives take several. */
async function summed(sim: Simulation): Promise<void> {
  const { table, clock } = sim.world;
  while (await makeCheckpoint(table, sim.scope, 4, clock.nowMs(), { limit: 2, least: 1 }));
}

/** What a merchant reads at this moment is the fold of the entries. */
async function assertBooks(sim: Simulation): Promise<void> {
  const wrong: string[] = [];
  const entries = recordsOf(sim.world).journal.map(({ entry }) => entry);
  await auditBalances(sim, entries, (holds, what) => void (holds || wrong.push(what)));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}

const MIDNIGHT = Date.UTC(2027, 0, 16);
/** The next settlement releases what is held for no longer than its own day. One night: a key is remembered for 24 hours. */
const night = command('the night passes', async (_, { sim }) => {
  if (sim.world.clock.nowMs() >= MIDNIGHT) return;
  await sim.world.runQueues();
  sim.move(MIDNIGHT - sim.world.clock.nowMs());
  await sim.janitor();
  await sim.world.runQueues();
});

/** The longest term of a reserve ends: the next settlement releases everything that is held. */
export async function reserveEnds(sim: Simulation): Promise<void> {
  sim.move(92 * 86_400_000);
  await settleNow(sim);
}

const jobs: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(night) },
  { weight: 2, arbitrary: terms },
  { weight: 3, arbitrary: fc.constant(command('queues', (_, { sim }) => sim.world.runQueues())) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(1, 4_000, 20_000, 41_000, 120_000, 1_800_000)
      .map((ms) => command(`${ms} ms pass`, (model, { sim }) => pass(model, sim, ms))),
  },
  {
    weight: 2,
    arbitrary: fault.map((broken) =>
      command(`janitor${text(broken)}`, async (_, { sim }) => {
        const look = () => sim.world.janitor(sim.world.clock.nowMs());
        await (broken ? sim.broken(broken, look) : look());
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(0, 1_000_000, 2_000_000), fault).map(([ms, broken]) =>
      command(`the subtotal is made after ${ms} ms, and the books are read${text(broken)}`, async (model, { sim }) => {
        await pass(model, sim, ms);
        await (broken ? sim.broken(broken, () => summed(sim)) : summed(sim));
        await assertBooks(sim);
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 2 }).map((times) =>
      command(`the bank sends back what it paid, and says so ${times} times`, async (model, { sim }) => {
        const { payouts } = recordsOf(sim.world);
        for (const { reference } of payouts.filter(({ status }) => status === 'paid')) {
          const state = sim.bank.sendBack(reference, 'account_closed');
          const fact: CallbackFact = { about: 'payout', reference, outcome: state };
          for (let time = 0; time < times; time++) await sim.takeOne(fact);
          if (times > 0) model.delivered.push(fact);
        }
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(1_000, 600_000, 1_500_000).map((ms) =>
      command(`settle what is older than ${ms} ms`, async (model, { sim }) => {
        sim.bank.answer = PAID;
        sim.bank.decide(PAID);
        await pass(model, sim, ms);
        await summed(sim);
        await sim.settle(sim.world.clock.nowMs() - ms);
        await assertBooks(sim);
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('paid', 'pending', 'failed', 'failed'), fault).map(([kind, broken]) =>
      command(`settle, the bank: ${kind}${text(broken)}`, async (_, { sim }) => {
        sim.bank.answer =
          kind === 'paid' ? PAID : kind === 'failed' ? { kind, code: 'account_closed' } : { kind: 'pending' };
        // A bank that takes days holds an execution up for days; here it has paid by the next recheck.
        sim.onBank = async (name) => {
          if (name === 'queryPayout') sim.bank.decide(PAID);
        };
        // A settlement waits for longer than the stream lags: replies of before are stored before it breaks off.
        await sim.world.runQueues();
        await (broken ? sim.broken({ ...broken, n: broken.n * 2 }, () => settleNow(sim)) : settleNow(sim));
        sim.onBank = undefined;
      }),
    ),
  },
);

/** One of two things that happen at once. */
type Concurrent = (model: Model, sim: Simulation, at: number) => Promise<unknown>;
const request =
  (
    fit: readonly Payment['status'][],
    path: (payment: Payment) => string,
    params: (payment: Payment) => Record<string, string>,
  ): Concurrent =>
  async (model, sim, at) => {
    const payment = paymentAt(sim, at, ...fit);
    if (payment) await send(model, sim, ask(model, path(payment), params(payment)));
  };
const intentPath = (name: string) => (payment: Payment) => `/v1/payment_intents/pi_${payment.body}/${name}`;
const CONCURRENT = {
  refund: request(
    FIT.refund,
    () => '/v1/refunds',
    (payment) => ({
      payment_intent: `pi_${payment.body}`,
      amount: String((capturedAmount(payment) * 3n) / 5n || 1n),
    }),
  ),
  capture: request(FIT.capture, intentPath('capture'), () => ({})),
  'capture of a third': request(FIT.capture, intentPath('capture'), ({ amount }) => ({
    amount_to_capture: String(amount / 3n),
    final_capture: 'false',
  })),
  increment: request(FIT.capture, intentPath('increment_authorization'), ({ amount }) => ({
    amount: String(amount + 100n),
  })),
  cancel: request(FIT.cancel, intentPath('cancel'), () => ({})),
  confirm: request(FIT.confirm, intentPath('confirm'), () => ({ payment_method: 'pm_card_visa' })),
  ...SESSIONS_AT_ONCE,
  create: async (model, sim) => {
    const params = { amount: '7000', currency: 'usd', payment_method: 'pm_card_visa', confirm: 'true' };
    await send(model, sim, ask(model, '/v1/payment_intents', params));
  },
  'the same again': async (model, sim, at) => void (await send(model, sim, at % model.requests.length)),
  callbacks: async (model, sim) => {
    await Promise.resolve();
    await deliver(model, sim, sim.channel.callbacks.splice(0));
  },
  janitor: async (_, sim) => void (await sim.world.janitor(sim.world.clock.nowMs())),
  queues: (_, sim) => sim.world.runQueues(),
  checkpoint: (_, sim) => summed(sim),
  payout: async (model, sim) =>
    void (await send(model, sim, ask(model, '/v1/payouts', { amount: '700', currency: 'usd' }))),
  'a payout called off': async (model, sim, at) => {
    const { payouts } = recordsOf(sim.world);
    const payout = payouts[at % Math.max(1, payouts.length)];
    if (payout) await send(model, sim, ask(model, `/v1/payouts/po_${payout.body}/cancel`));
  },
  settlement: async (_, sim) => {
    // Nor does what an earlier settlement left with the bank hold this one up for days.
    sim.bank.answer = PAID;
    sim.bank.decide(PAID);
    await sim.settle();
  },
} as const satisfies Record<string, Concurrent>;
const NAMES = Object.keys(CONCURRENT) as readonly (keyof typeof CONCURRENT)[];

const atOnce: fc.Arbitrary<Command> = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES), index)
  .map(([first, second, at]) =>
    command(
      `at once: ${first} and ${second} ${at}`,
      async (model, { sim, scheduler }) => {
        sim.onPoint = (label) => scheduler.schedule(Promise.resolve(), label);
        try {
          await scheduler.waitFor(Promise.all([first, second].map((name) => CONCURRENT[name](model, sim, at))));
        } finally {
          sim.onPoint = undefined;
        }
      },
      (model) => model.requests.length > 0,
    ),
  );

export const moneyCommands: fc.Arbitrary<Command>[] = [requests, requests, sessions, wallets, outside, jobs, atOnce];

/** Answers and requests that are lost: a channel without queries then has to be recovered. */
export const lostAnswers: fc.Arbitrary<Command> = fc
  .tuple(fc.constantFrom('authorize', 'authorize', 'refund', 'void'), fc.constantFrom('answer', 'answer', 'request'))
  .map(([name, what]) => command(`the next ${what} of ${name} is lost`, async (_, { sim }) => lose(sim, name, what)));

/** What may have been agreed with a merchant. */
export const agreements = fc.record({
  reserveBps: fc.constantFrom(0, 1_000),
  reserveDays: fc.constantFrom(0, 1, 90),
  refundOverdraft: fc.boolean(),
  minimumPayouts: fc.constantFrom(1n, 5_000n).map((usd) => ({ ...DEFAULT_MINIMUM_PAYOUTS, usd })),
});

/** Only background work runs: everything pending is decided, reported, posted and paid. */
export async function comeToRest({ sim }: Real): Promise<void> {
  for (let look = 0; look < 8; look++) {
    // The janitor's own resume of an order may make it pending.
    for (const [reference, { outcome }] of sim.channel.charges)
      if (outcome.kind === 'pending') decide(sim, reference as ChannelReference, 'captured');
    await sim.world.runQueues();
    sim.move(30 * 60_000);
    await sim.janitor();
    for (const fact of sim.channel.callbacks.splice(0)) await sim.takeOne(fact);
    await summed(sim);
  }
  await sim.world.runQueues();
  await assertBooks(sim);
  sim.bank.answer = PAID;
  sim.bank.decide(PAID);
  await settleNow(sim);
}
