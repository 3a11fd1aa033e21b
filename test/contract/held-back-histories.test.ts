/**
 * Whatever requests, callbacks and jobs do while the stream is held back, alone or at once: what was listed stays listed, and the stream changes
 * no page when it comes (I17).
 */
import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { ChannelReference } from '../../functions/kernel/ids.ts';
import { recheckItem } from '../../functions/stream/kind/recheck.ts';
import { recordsOf } from '../audit/records.ts';
import { heldBack } from '../scenarios/held-back.ts';
import { simulate } from '../world/simulation.ts';

const INTENT = { amount: '1000', currency: 'usd' };
const MINUTE = 60_000;
const STEPS = [
  'create',
  'createWithMethod',
  'pay',
  'payHeld',
  'challenge',
  'confirm',
  'decline',
  'describe',
  'capture',
  'cancel',
  'refund',
  'customer',
  'setup',
  'payer',
  'callbacks',
  'janitor',
  'stream',
  'later',
] as const;
type Step = (typeof STEPS)[number];

test.prop(
  [
    fc.array(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 2 }), { minLength: 3, maxLength: 14 }),
    fc.infiniteStream(fc.nat()),
  ],
  { numRuns: 25 },
)('a history of steps, some of them at once', async (history, numbers) => {
  const sim = await simulate();
  const { post, events, sameOnceProjected } = heldBack(() => sim);
  const sinceMs = { projected: sim.world.clock.nowMs() };
  const any = <T>(of: readonly T[]): T | undefined => of[numbers.next().value! % Math.max(1, of.length)];
  const intent = (): string => `pi_${any(recordsOf(sim.world).payments)?.body}`;
  // A step that its object does not allow changes nothing that is listed.
  const ask = async (path: string, params: Record<string, string> = {}) => {
    await sim.request('POST', path, params, `key ${numbers.next().value}`);
    sim.move(5);
  };
  const made = (params: Record<string, string> = {}) => post('/v1/payment_intents', { ...INTENT, ...params });
  const project = async () => {
    await sim.world.runQueues();
    sinceMs.projected = sim.world.clock.nowMs();
  };
  const run: Record<Step, () => Promise<unknown>> = {
    create: () => made(),
    createWithMethod: () => made({ payment_method: 'pm_card_visa' }),
    pay: () => made({ payment_method: 'pm_card_visa', confirm: 'true' }),
    payHeld: () => made({ payment_method: 'pm_card_visa', confirm: 'true', capture_method: 'manual' }),
    challenge: () =>
      made({ payment_method: 'pm_card_authenticationRequired', confirm: 'true', return_url: 'https://shop.example/' }),
    confirm: () => ask(`/v1/payment_intents/${intent()}/confirm`, { payment_method: 'pm_card_visa' }),
    decline: () => ask(`/v1/payment_intents/${intent()}/confirm`, { payment_method: 'pm_card_visa_chargeDeclined' }),
    describe: () => ask(`/v1/payment_intents/${intent()}`, { description: String(numbers.next().value) }),
    capture: () => ask(`/v1/payment_intents/${intent()}/capture`),
    cancel: () => ask(`/v1/payment_intents/${intent()}/cancel`),
    refund: () => ask('/v1/refunds', { payment_intent: intent(), amount: '100' }),
    customer: () => post('/v1/customers', { name: 'Payer' }),
    setup: () => post('/v1/setup_intents', { payment_method: 'pm_card_visa', confirm: 'true' }),
    payer: async () => {
      const open = [...sim.channel.state.charges].filter(([, { challenge }]) => challenge?.state === 'open');
      const [reference] = any(open) ?? [];
      if (reference) sim.channel.finishChallenge(reference as ChannelReference, numbers.next().value! % 2 === 0);
    },
    callbacks: () => sim.deliverCallbacks(),
    janitor: async () => {
      const minute = Math.floor(sim.world.clock.nowMs() / MINUTE);
      const refs = recordsOf(sim.world).payments.map(({ scope, body }) => ({ kind: 'p', scope, body }) as const);
      const name = String(numbers.next().value! % 1e9).padStart(14, '0');
      await sim.world.table.commit(recheckItem(minute, name, refs)).catch(() => {});
      await sim.world.janitor((minute + 1) * MINUTE);
    },
    stream: project,
    later: async () => {
      // The stream is at most a minute behind.
      if (sim.world.clock.nowMs() - sinceMs.projected > 25_000) await project();
      sim.move(20_000);
    },
  };

  let listed: readonly string[] = [];
  for (const steps of history) {
    await Promise.all(steps.map((step) => run[step]()));
    sim.move(10);
    const ids = (await events()).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...listed]));
    expect(new Set(ids).size).toBe(ids.length);
    listed = ids;
  }
  await sameOnceProjected();
});
