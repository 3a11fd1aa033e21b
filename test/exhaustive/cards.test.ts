/**
 * Random lives of a merchant's customers and their saved cards: requests that break off and are sent again, two at once, payers who are
 * asked, the janitor. In the end what is stored agrees with itself (test/audit/cards.ts), nothing is open, no card was verified twice, the
 * books hold, and callbacks that come again change nothing.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Customer } from '../../functions/customers/customer.ts';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { METHOD, type MethodRecord } from '../../functions/payment-methods/method.ts';
import { isUnresolved } from '../../functions/payments/payment.ts';
import { isSetupOpen, SETUP_INTENT, type SetupIntent } from '../../functions/setup-intents/setup-intent.ts';
import { audit } from '../audit/audit.ts';
import { contradictions, ofKind } from '../audit/cards.ts';
import { recordsOf } from '../audit/records.ts';
import { ask, type Model, send } from '../scenarios/money-model.ts';
import { fault } from '../scenarios/money-requests.ts';
import { persistedRecords } from '../world/persisted.ts';
import { firstDifference, numRuns } from '../world/seed.ts';
import { type Fault, type Simulation, simulate } from '../world/simulation.ts';

const CARDS = ['pm_card_visa', 'pm_card_mastercard', 'pm_card_visa_chargeDeclined', 'pm_card_authenticationRequired'];

/** Which of those that there are, and what to use. */
interface Drawn {
  readonly at: number;
  readonly other: number;
  readonly card: string;
  readonly yes: boolean;
}
type Request = (sim: Simulation, drawn: Drawn) => readonly [path: string, params?: Record<string, string>];

const among = <T>(values: readonly T[], at: number): T | undefined => values[at % Math.max(1, values.length)];
const customer = (sim: Simulation, at: number): string =>
  `cus_${among(ofKind<Customer>(sim, 'customer'), at)?.body ?? 'none'}`;
const method = (sim: Simulation, at: number): string =>
  `pm_${among(ofKind<MethodRecord>(sim, METHOD.name), at)?.body ?? 'none'}`;
/** A card that a customer has, where there is one. */
const kept = (sim: Simulation, at: number): string => {
  const found = among(
    ofKind<MethodRecord>(sim, METHOD.name).filter((record) => record.customer),
    at,
  );
  return found ? `pm_${found.body}` : method(sim, at);
};
const setup = (sim: Simulation, at: number): string =>
  `seti_${among(ofKind<SetupIntent>(sim, SETUP_INTENT.name), at)?.body ?? 'none'}`;
const cardOf = (sim: Simulation, { yes, card, other }: Drawn): string => (yes ? card : method(sim, other));
const offline = { 'mandate_data[customer_acceptance][type]': 'offline' };

const REQUESTS = {
  'new customer': (_, { yes, card, at }) => [
    '/v1/customers',
    { email: `${at}@example.com`, ...(yes && { payment_method: card }) },
  ],
  'change customer': (sim, { at, other, yes }) => [
    `/v1/customers/${customer(sim, at)}`,
    yes ? { email: `${other}@example.com` } : { 'invoice_settings[default_payment_method]': kept(sim, other) },
  ],
  attach: (sim, drawn) => [`/v1/payment_methods/${cardOf(sim, drawn)}/attach`, { customer: customer(sim, drawn.at) }],
  detach: (sim, { other }) => [`/v1/payment_methods/${kept(sim, other)}/detach`],
  'change card': (sim, { at }) => [`/v1/payment_methods/${method(sim, at)}`, { 'metadata[n]': String(at) }],
  'set up': (sim, drawn) => [
    '/v1/setup_intents',
    {
      ...(drawn.at < 3 && { customer: customer(sim, drawn.at) }),
      payment_method: cardOf(sim, drawn),
      ...(drawn.other > 0 && { confirm: 'true', ...offline }),
    },
  ],
  'confirm setup': (sim, drawn) => [
    `/v1/setup_intents/${setup(sim, drawn.at)}/confirm`,
    { payment_method: cardOf(sim, drawn), ...offline },
  ],
  'change setup': (sim, drawn) => [
    `/v1/setup_intents/${setup(sim, drawn.at)}`,
    drawn.yes ? { payment_method: drawn.card } : { customer: customer(sim, drawn.other) },
  ],
  'cancel setup': (sim, { at }) => [`/v1/setup_intents/${setup(sim, at)}/cancel`],
  pay: (sim, drawn) => [
    '/v1/payment_intents',
    {
      amount: '5000',
      currency: 'usd',
      payment_method: cardOf(sim, drawn),
      confirm: 'true',
      ...(drawn.at < 3 && { customer: customer(sim, drawn.at) }),
      ...(drawn.other > 1 && { setup_future_usage: 'off_session' }),
    },
  ],
} as const satisfies Record<string, Request>;
type Name = keyof typeof REQUESTS | 'delete customer' | 'again' | 'callbacks' | 'janitor' | 'payer' | 'queues';
const NAMES: readonly Name[] = [
  ...(Object.keys(REQUESTS) as (keyof typeof REQUESTS)[]),
  ...(['delete customer', 'again', 'callbacks', 'janitor', 'payer', 'queues'] as const),
];

async function carryOut(model: Model, sim: Simulation, name: Name, drawn: Drawn): Promise<unknown> {
  switch (name) {
    case 'delete customer':
      return sim.request('DELETE', `/v1/customers/${customer(sim, drawn.at)}`);
    case 'again':
      return model.requests.length > 0 && send(model, sim, (drawn.at * 4 + drawn.other) % model.requests.length);
    case 'callbacks': {
      for (const fact of drawn.yes ? sim.channel.callbacks.splice(0) : sim.channel.callbacks.splice(0).reverse()) {
        // One whose consumer dies stays on its queue.
        await sim.takeOne(fact).catch((error: unknown) => {
          sim.channel.callbacks.push(fact);
          throw error;
        });
        model.delivered.push(fact);
      }
      return;
    }
    case 'janitor':
      return sim.world.janitor(sim.world.clock.nowMs());
    case 'queues':
      return sim.world.runQueues();
    case 'payer': {
      const asked = [...sim.channel.charges].filter(([, { outcome }]) => outcome.kind === 'requires_action');
      const found = among(asked, drawn.at)?.[0] as ChannelReference | undefined;
      return found && sim.channel.finishChallenge(found, drawn.yes);
    }
    default: {
      const [path, params] = (REQUESTS[name] as Request)(sim, drawn);
      return send(model, sim, ask(model, path, params));
    }
  }
}

/** What is wrong is said; what broke off is not. */
const orBroken = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'AssertionError') throw error;
  });

type Step = { readonly drawn: Drawn; readonly name: Name; readonly fault: Fault | undefined; readonly with?: Name };
const drawn = fc.record({
  at: fc.nat({ max: 3 }),
  other: fc.nat({ max: 3 }),
  card: fc.constantFrom(...CARDS),
  yes: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.record(
  { drawn, name: fc.constantFrom(...NAMES), fault, with: fc.constantFrom(...NAMES) },
  { requiredKeys: ['drawn', 'name', 'fault'] },
);

async function take(
  model: Model,
  sim: Simulation,
  { drawn, name, fault: broken, with: second }: Step,
  scheduler: fc.Scheduler,
) {
  if (second) {
    sim.onPoint = (label) => scheduler.schedule(Promise.resolve(), label);
    try {
      await scheduler.waitFor(Promise.all([name, second].map((one) => carryOut(model, sim, one, drawn))));
    } finally {
      sim.onPoint = undefined;
    }
  } else if (broken) {
    let wrong: Error | undefined;
    await sim.broken(broken, () =>
      orBroken(carryOut(model, sim, name, drawn)).catch((error: Error) => {
        wrong = error;
      }),
    );
    if (wrong) throw wrong;
    await sim.world.runQueues();
    if (drawn.yes) sim.move(41_000);
  } else await carryOut(model, sim, name, drawn);
}

async function comeToRest(sim: Simulation): Promise<void> {
  for (let look = 0; look < 8; look++) {
    await sim.world.runQueues();
    sim.move(30 * 60_000);
    await sim.janitor();
    for (const fact of sim.channel.callbacks.splice(0)) await sim.takeOne(fact);
  }
  await sim.world.runQueues();
}

it('saved cards agree with themselves after any life, and a repeated callback changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), fc.scheduler(), async (steps, scheduler) => {
      const sim = await simulate();
      const model: Model = { requests: [], delivered: [], lagMs: 0 };
      for (const one of steps) await take(model, sim, one, scheduler);
      await comeToRest(sim);

      expect(contradictions(sim)).toEqual([]);
      expect(await audit(sim)).toEqual([]);
      const { payments, setups } = recordsOf(sim.world);
      expect(payments.filter(isUnresolved)).toEqual([]);
      expect(setups.filter((one) => one.status === 'processing' && isSetupOpen(one))).toEqual([]);
      const before = persistedRecords(sim);
      for (const fact of model.delivered.toReversed()) await sim.takeOne(fact);
      expect(firstDifference(before, persistedRecords(sim))).toBeUndefined();
    }),
    numRuns(60),
  );
});
