/**
 * The same at a channel that answers no queries (test/simulators/unqueried.ts): operations that move money, and the janitor's voids under our
 * reference, break at every await. Nothing but such a void, a repeated request or a callback shows what became of them.
 */
import { describe, expect, it } from 'vitest';
import { audit } from '../../audit/audit.ts';
import { recordsOf } from '../../audit/records.ts';
import { CONFIRMATION_SCENARIOS } from '../../scenarios/crash-confirmations.ts';
import { HOLD_SCENARIOS } from '../../scenarios/crash-holds.ts';
import { CHARGE_SCENARIOS } from '../../scenarios/crash-legacy-charges.ts';
import { SCENARIOS } from '../../scenarios/crash-operations.ts';
import { WALLET_SCENARIOS } from '../../scenarios/crash-wallets.ts';
import { comeToRest, everyAwait } from '../../scenarios/every-await.ts';
import { lostPayment } from '../../scenarios/lost-answers.ts';
import { assertOneEnd } from '../../scenarios/one-end.ts';
import { simulate } from '../../world/simulation.ts';

/** Here only a query shows what the payer, the issuer or the wallet has done: the scenario withholds the callback. */
const BY_QUERY_ALONE: readonly string[] = [
  'the janitor’s look at a payment whose callback never came',
  'the callback of a pending payment',
  'the callback of a charge that was answered as pending',
  'the callback of a challenge that was passed',
  'the return of a payer who passed the challenge',
  'the janitor’s completion of an approval at PayPal',
  'cancel of an order that its payer has paid',
  'the return of a payer who approved at PayPal',
  'the callback of an order that was paid at Alipay',
  'the callback of an approval at PayPal, held for a later capture',
  'the return of a payer who has paid at Alipay, where it takes a day',
  'a second confirmation, by card, of an order that is paid and takes a day',
  'a second confirmation, by card, after the payer has paid the order',
  'cancel of an order that its payer has approved',
  'a refund in part to WeChat Pay, which takes its time',
  'a refund that the balance at the channel does not cover at first',
  'the janitor’s second try of that refund',
];

const ALL = [...SCENARIOS, ...HOLD_SCENARIOS, ...CHARGE_SCENARIOS, ...CONFIRMATION_SCENARIOS, ...WALLET_SCENARIOS].map(
  (scenario) => [scenario.name, scenario] as const,
);

it('every scenario that is left out is one', () => {
  expect(ALL.map(([name]) => name)).toEqual(expect.arrayContaining([...BY_QUERY_ALONE]));
});

it.each(ALL.filter(([name]) => !BY_QUERY_ALONE.includes(name)))(
  '%s: ends in one state at a channel without queries, whatever comes after it dies, or gets no answer, at every await',
  async (_name, scenario) => {
    const from = await simulate(1, 'later');
    const ids = await scenario.before(from);
    await everyAwait({ from, operation: (sim) => scenario.operation(sim, ids), atLeast: 7 }, (broken) =>
      assertOneEnd(scenario, broken, ids),
    );
  },
);

describe.each(['at_once', 'later'] as const)('the janitor’s void, answered %s', (voids) => {
  it.each([
    ['a payment that arrived', 'answer', {}, 'requires_payment_method failed'],
    ['a hold that arrived', 'answer', { capture_method: 'manual' }, 'requires_payment_method failed'],
    ['a payment that did not arrive', 'request', {}, 'requires_payment_method failed'],
    [
      'a payment that was declined',
      'answer',
      { payment_method: 'pm_card_visa_chargeDeclined' },
      'requires_payment_method failed',
    ],
  ] as const)('of %s ends alike after a break at any await', async (_, what, params, end) => {
    const { sim: from } = await lostPayment(voids, what, params);
    from.channel.callbacks.splice(0);
    from.move(121_000);

    await everyAwait({ from, operation: (sim) => sim.janitor(), atLeast: 7 }, async (sim) => {
      await comeToRest(sim);
      await comeToRest(sim);

      const [payment] = recordsOf(sim.world).payments;
      expect(`${payment!.status} ${payment!.attempts.map(({ status }) => status).join()}`).toBe(end);
      // A refusal may be reported without its reason: then another void is sent.
      for (const request of sim.channel.state.requests.keys()) expect(request).toMatch(/^void \S+ [12]$/);
      expect(await audit(sim)).toEqual([]);
    });
  });

  it('of a payment whose callback comes at any await of it brings unapplied money, or pays', async () => {
    const { sim: from } = await lostPayment(voids, 'answer');
    from.move(121_000);
    const ends = new Set<string>();

    for (let n = 1, isPassed = true; isPassed; n++) {
      const sim = from.fork();
      let points = 0;
      sim.onPoint = async () => {
        if (++points !== n) return;
        sim.onPoint = undefined;
        await sim.deliverCallbacks();
      };
      await sim.janitor();
      isPassed = sim.onPoint === undefined;
      sim.onPoint = undefined;
      await comeToRest(sim);
      await comeToRest(sim);

      const [payment] = recordsOf(sim.world).payments;
      const types = recordsOf(sim.world).journal.map(({ entry }) => entry.type);
      ends.add(`${payment!.status} ${types.toSorted().join()}`);
      expect(await audit(sim)).toEqual([]);
    }

    expect([...ends].toSorted()).toEqual([
      'requires_payment_method surplus_received,surplus_returned',
      'succeeded captured',
    ]);
  });
});
