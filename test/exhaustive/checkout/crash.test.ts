/**
 * Everything that is done with a Checkout Session breaks at every await. Whatever follows, a session says the same as its payment or setup
 * intent, all invariants hold, and who sends the request again ends as if it had never broken.
 */
import { expect, it } from 'vitest';
import type { Session } from '../../../functions/checkout/session.ts';
import { commitOfItem } from '../../../functions/notifications/store.ts';
import { SETUP_INTENT } from '../../../functions/setup-intents/setup-intent.ts';
import { audit } from '../../audit/audit.ts';
import { contradictions, ofKind } from '../../audit/cards.ts';
import { sessionContradictions, sessionsOf } from '../../audit/checkout.ts';
import { KEEP, moveTo, openSession, pay } from '../../scenarios/checkout-sessions.ts';
import {
  atWallet,
  challenged,
  declined,
  endOf,
  SESSION_SCENARIOS,
  type SessionScenario,
} from '../../scenarios/crash-checkout.ts';
import { comeToRest, everyAwait, everyHistory, untilAnswered } from '../../scenarios/every-await.ts';
import { type Simulation, simulate } from '../../world/simulation.ts';

const announced = (sim: Simulation): readonly string[] =>
  sim.world.table
    .items('events')
    .flatMap((item) => (item.pk.includes('#e#') ? commitOfItem(item).types : []))
    // Whether `processing` was announced depends on who looked when; what became of it does not.
    .filter((type) => type !== 'payment_intent.processing')
    .sort();

/** All that can be wrong; the books' audit knows nothing of cards that are verified. */
const wrongIn = async (sim: Simulation): Promise<readonly string[]> => [
  ...sessionContradictions(sim),
  ...contradictions(sim),
  ...(ofKind(sim, SETUP_INTENT.name).length === 0 ? await audit(sim) : []),
  ...sim.world.failures,
];

async function assertOneEnd(scenario: SessionScenario, broken: Simulation, id: string): Promise<void> {
  let reference: { readonly end: string; readonly events: readonly string[] } | undefined;
  await everyHistory(
    broken,
    (sim) => scenario.request(sim, id),
    async ({ sim, answer }) => {
      expect(await wrongIn(sim)).toEqual([]);
      // A request that is not sent again may never have begun.
      if (!answer) return;
      expect(scenario.answers ?? [200]).toContain(answer.status);
      const { status, body } = answer;
      expect(await scenario.request(sim, id)).toMatchObject({ status, body });
      const left = { end: endOf(sim), events: announced(sim) };
      expect([scenario.end, scenario.unsent, ...(scenario.found ?? [])]).toContain(left.end);
      if (scenario.found) return;
      expect(left).toEqual(reference ?? left);
      reference = left;
    },
  );
}

it.each(SESSION_SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: agrees with itself and ends in one state at whatever await it breaks',
  async (_name, scenario) => {
    const from = await simulate();
    const id = await scenario.before(from);
    await from.world.runQueues();
    from.move(5_000);
    const whole = from.fork();
    await scenario.request(whole, id);
    await comeToRest(whole);
    expect(await wrongIn(whole)).toEqual([]);
    expect(endOf(whole)).toBe(scenario.end);
    await everyAwait({ from, operation: (sim) => scenario.request(sim, id), atLeast: 6 }, (broken) =>
      assertOneEnd(scenario, broken, id),
    );
  },
);

it('a payer whose request follows one that broke off is the only one who pays', async () => {
  const from = await simulate();
  const id = await openSession(from);
  await from.world.runQueues();
  from.move(5_000);
  await everyAwait({ from, operation: (sim) => pay(sim, id, 'first'), atLeast: 6 }, async (sim) => {
    const second = await untilAnswered(sim, async () => {
      const answer = await pay(sim, id, 'second', 'pm_card_mastercard');
      // The janitor finds the outcome of the first attempt.
      await sim.world.runQueues();
      await sim.janitor();
      return answer;
    });
    await comeToRest(sim);

    expect([200, 400]).toContain(second.status);
    expect(await wrongIn(sim)).toEqual([]);
    expect(endOf(sim)).toMatch(/^complete, succeeded (failed )?captured$/);
    const taken = [...sim.channel.charges.values()].filter(({ captured }) => captured > 0n);
    expect(taken.map(({ captured }) => captured)).toEqual([1500n]);
  });
});

it.each([
  ['has no attempt', openSession, 'expired, none'],
  ['was declined', declined, 'expired, canceled failed'],
  ['waits for its payer', challenged, 'expired, canceled closed'],
  ['waits for its payer at a wallet', atWallet('alipay'), 'expired, canceled closed'],
  ['keeps a card', (sim: Simulation) => openSession(sim, {}, KEEP), 'expired, canceled'],
] as const)('a session that %s ends in time at whatever await the janitor breaks', async (_what, make, end) => {
  const from = await simulate();
  await make(from);
  await from.world.runQueues();
  const [{ expiresMs }] = sessionsOf(from) as [Session];
  await moveTo(from, expiresMs - 1_000);
  from.move(121_000);
  await everyAwait({ from, operation: (sim) => sim.janitor(), hows: ['dies'], atLeast: 6 }, async (sim) => {
    await comeToRest(sim);
    // A void that was never sent counts as lost after a minute, and the next recheck sends it again.
    await comeToRest(sim);

    expect(await wrongIn(sim)).toEqual([]);
    expect(endOf(sim)).toBe(end);
    expect(announced(sim).filter((type) => type.startsWith('checkout'))).toEqual(['checkout.session.expired']);
  });
});
